#include "split/control/mode_table.h"

#include "split/control/compute_estimator.h"
#include "split/control/link_estimator.h"

namespace slim {
namespace {

static_assert(ComputeEstimator::kMaxRows == kMaxComputeRows + 1, "the rows and the local exit");

bool IsPart(float x) { return x >= 0 && x <= 1; }  // false for what is no number
bool AreMacs(int64_t x) { return x >= 1 && x <= kMostMacs; }

}  // namespace

Status ModeTable::Judge() const {
  if (modes == nullptr || count < 1 || count > kMaxModes) {
    return Invalid("a mode table has 1 to 64 modes", count);
  }
  for (int m = 0; m < count; ++m) {
    const ModeEntry& mode = modes[m];
    if (mode.compute_row >= kMaxComputeRows) return Invalid("compute row above 31", m);
    if (!IsPart(mode.accuracy)) return Invalid("the accuracy of a mode is not in [0, 1]", m);
    if (mode.payload_bytes < 1 || mode.payload_bytes > LinkEstimator::kMostBytes) {
      return Invalid("the payload of a mode must have 1 to 2^32 bytes", m);
    }
    if (!AreMacs(mode.head_macs)) return Invalid("the head of a mode must have 1 to 2^50 MACs", m);
    for (int other = 0; other < m; ++other) {
      if (modes[other].compute_row != mode.compute_row) continue;
      if (modes[other].rate_row == mode.rate_row) return Invalid("a mode occurs twice", m);
      if (modes[other].head_macs != mode.head_macs) {
        return Invalid("modes of one compute row differ in their head's MACs", m);
      }
    }
  }
  if (!local.present) return OkStatus();
  if (!IsPart(local.accuracy)) return Invalid("the accuracy of the local exit is not in [0, 1]");
  if (!AreMacs(local.macs)) return Invalid("the local exit must have 1 to 2^50 MACs");
  return OkStatus();
}

int ModeTable::ComputeRows() const {
  int rows = 0;
  for (int m = 0; m < count; ++m) {
    if (modes[m].compute_row >= rows) rows = modes[m].compute_row + 1;
  }
  return rows;
}

}  // namespace slim
