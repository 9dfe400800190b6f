#include "split/control/mode_table.h"

#include <math.h>

#include "gtest/gtest.h"
#include "split/control/compute_estimator.h"
#include "split/control/link_estimator.h"

namespace slim {
namespace {

class ModeTableTest : public testing::Test {
 protected:
  // Two compute rows with two rate rows each.
  ModeEntry modes_[4] = {{"11", 0, 0, 0.5f, 100, 1000},
                         {"12", 0, 1, 0.6f, 200, 1000},
                         {"21", 1, 0, 0.7f, 100, 3000},
                         {"22", 1, 1, 0.8f, 200, 3000}};
  ModeTable table_ = {modes_, 4, {true, 0.4f, 1100}};
};

TEST_F(ModeTableTest, AcceptsAGoodTable) {
  EXPECT_TRUE(table_.Judge().ok());
  EXPECT_EQ(table_.ComputeRows(), 2);
  table_.local.present = false;
  table_.local.macs = -1;  // then nobody looks
  EXPECT_TRUE(table_.Judge().ok());
}

TEST_F(ModeTableTest, RefusesNumbersOfModesOutOfBounds) {
  for (const int count : {-1, 0, kMaxModes + 1, INT32_MAX}) {
    table_.count = count;
    EXPECT_FALSE(table_.Judge().ok()) << count;
  }
  table_ = {nullptr, 1, {}};
  EXPECT_FALSE(table_.Judge().ok());
}

TEST_F(ModeTableTest, SaysWhichModeBreaksARule) {
  const ModeEntry good = modes_[3];
  const auto refused = [&](const char* what) {
    const Status status = table_.Judge();
    EXPECT_FALSE(status.ok()) << what;
    EXPECT_EQ(status.where, 3) << what << ": " << status.text;
    modes_[3] = good;
  };
  for (const float accuracy : {-0.1f, 1.1f, NAN, INFINITY}) {
    modes_[3].accuracy = accuracy;
    refused("accuracy");
  }
  for (const int64_t bytes : {int64_t{0}, int64_t{-1}, LinkEstimator::kMostBytes + 1, INT64_MAX}) {
    modes_[3].payload_bytes = bytes;
    refused("payload");
  }
  for (const int64_t macs : {int64_t{0}, INT64_MIN, kMostMacs + 1, INT64_MAX}) {
    modes_[3].head_macs = macs;
    refused("MACs");
  }
  modes_[3].compute_row = kMaxComputeRows;
  refused("row");
  modes_[3].rate_row = 0;
  refused("twice");
  modes_[3].head_macs = 3001;
  refused("another number of MACs than its row");
  EXPECT_TRUE(table_.Judge().ok());
}

TEST_F(ModeTableTest, JudgesTheLocalExit) {
  table_.local.accuracy = NAN;
  EXPECT_FALSE(table_.Judge().ok());
  table_.local = {true, 0.4f, 0};
  EXPECT_FALSE(table_.Judge().ok());
}

}  // namespace
}  // namespace slim
