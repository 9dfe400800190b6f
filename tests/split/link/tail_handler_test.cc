#include <math.h>

#include <algorithm>
#include <vector>

#include "core/error_host.h"
#include "gtest/gtest.h"
#include "split/link/answer_host.h"
#include "split/link/tail_handler_host.h"
#include "tests/split/runtime/model_file_support.h"

namespace slim {
namespace {

// The halves as they are read.
struct Halves {
  SmallSplit split;
  ParsedFile head{ModelFileBytes(split.head())}, tail{ModelFileBytes(split.tail())};
};

// Some latent of a row, coded.
std::vector<uint8_t> PayloadOf(const ModelFile& head, Width row, float phase) {
  int64_t bytes = 0;
  EXPECT_TRUE(FeatureEncoder::Plan(head.features, head.graph.plan.rows, &bytes).ok());
  const AlignedMemory memory = AllocateAligned(bytes);
  FeatureEncoder encoder;
  EXPECT_TRUE(encoder.Prepare(head.features, head.graph.plan.rows, memory.get(), bytes).ok());
  std::vector<float> latent(static_cast<size_t>(head.features[row].symbols()));
  for (size_t i = 0; i < latent.size(); ++i) {
    latent[i] = 1.5f + 1.5f * sinf(phase + static_cast<float>(i));
  }
  std::vector<uint8_t> payload(static_cast<size_t>(head.features[row].MostBytes()));
  EXPECT_TRUE(
      encoder
          .Encode(row, latent.data(), payload.data(), static_cast<int64_t>(payload.size()), &bytes)
          .ok());
  payload.resize(static_cast<size_t>(bytes));
  return payload;
}

// What the tail makes of a payload, by other code.
std::vector<float> ScoresOf(const ModelFile& tail, Width row, const std::vector<uint8_t>& payload) {
  int64_t bytes = 0;
  EXPECT_TRUE(FeatureDecoder::Plan(tail.features, tail.graph.plan.rows, &bytes).ok());
  const AlignedMemory memory = AllocateAligned(bytes);
  FeatureDecoder decoder;
  EXPECT_TRUE(decoder.Prepare(tail.features, tail.graph.plan.rows, memory.get(), bytes).ok());
  std::vector<float> latent(static_cast<size_t>(tail.features[row].symbols()));
  EXPECT_TRUE(
      decoder.Decode(row, payload.data(), static_cast<int64_t>(payload.size()), latent.data())
          .ok());
  return RunFile(tail, row, latent);
}

TEST(TailHandler, AnswersWithTheMostProbableClassInEveryMode) {
  Halves split;
  TailHandler handler(split.tail.file);
  for (int i = 0; i < 30; ++i) {
    const Width row = i % 3;
    const std::vector<uint8_t> payload =
        PayloadOf(split.head.file, row, 0.1f * static_cast<float>(i));
    const std::vector<float> scores = ScoresOf(split.tail.file, row, payload);
    std::vector<uint8_t> body;
    ASSERT_TRUE(
        handler.Handle(row, payload.data(), static_cast<int64_t>(payload.size()), &body).ok());
    ClassAnswer answer;
    ASSERT_TRUE(ClassAnswer::Parse(body, &answer).ok());
    const auto best = std::max_element(scores.begin(), scores.end());
    EXPECT_EQ(answer.label, best - scores.begin());
    double sum = 0;
    for (const float score : scores) sum += exp(score - *best);
    EXPECT_NEAR(answer.score, 1 / sum, 1e-6);
    EXPECT_LE(static_cast<int64_t>(payload.size()),
              TailHandler::OptionsFor(split.tail.file).limits.payload_bytes);
  }
}

TEST(TailHandler, RefusesPayloadsThatAreNoneAndGoesOn) {
  Halves split;
  TailHandler handler(split.tail.file);
  std::vector<uint8_t> body;
  for (Width row = 0; row < 3; ++row) {
    std::vector<uint8_t> payload = PayloadOf(split.head.file, row, 1);
    payload.push_back(0);
    const auto size = static_cast<int64_t>(payload.size());
    EXPECT_FALSE(handler.Handle(row, payload.data(), size, &body).ok());
    if (split.tail.file.features[row].coding == Coding::kRawBits) {  // rANS has no such redundancy
      EXPECT_FALSE(handler.Handle(row, payload.data(), size - 2, &body).ok());
      EXPECT_FALSE(handler.Handle(row, payload.data(), 0, &body).ok());
    }
    EXPECT_TRUE(handler.Handle(row, payload.data(), size - 1, &body).ok());
  }
}

// Four, three of four (one place is nobody's), and two, which are not worth it; one payload is
// none.
TEST(TailHandler, TogetherFramesAreAnsweredAsAlone) {
  Halves split;
  TailHandler alone(split.tail.file), together(split.tail.file, 4);
  EXPECT_EQ(alone.most_together(), 1);
  EXPECT_EQ(together.most_together(), 4);
  for (const int count : {4, 3, 2}) {
    for (Width row = 0; row < 3; ++row) {
      std::vector<std::vector<uint8_t>> payloads;
      std::vector<FrameTask> tasks;
      for (int i = 0; i < count; ++i) {
        payloads.push_back(PayloadOf(split.head.file, row, static_cast<float>(i)));
        if (i == 1) payloads.back().push_back(0);
      }
      for (const std::vector<uint8_t>& payload : payloads) {
        tasks.push_back({payload.data(), static_cast<int64_t>(payload.size()), {}, {}});
      }
      together.HandleTogether(row, tasks.data(), count);
      for (int i = 0; i < count; ++i) {
        std::vector<uint8_t> body;
        const Status status = alone.Handle(row, tasks[i].payload, tasks[i].payload_bytes, &body);
        EXPECT_EQ(status.ok(), i != 1);
        EXPECT_EQ(tasks[i].status.ok(), status.ok());
        if (!status.ok()) continue;
        ClassAnswer expected, answer;
        ASSERT_TRUE(ClassAnswer::Parse(body, &expected).ok());
        ASSERT_TRUE(ClassAnswer::Parse(tasks[i].body, &answer).ok());
        EXPECT_EQ(answer.label, expected.label);
        EXPECT_NEAR(answer.score, expected.score, 1e-6);
      }
    }
  }
  const int fastest = TailHandler::FastestTogether(split.tail.file, 8);
  EXPECT_TRUE(fastest == 1 || fastest == 2 || fastest == 4 || fastest == 8) << fastest;
  EXPECT_THROW(TailHandler(split.tail.file, 0), Error);
  EXPECT_THROW(TailHandler(split.tail.file, 65), Error);
}

TEST(TailHandler, AHeadIsNoTail) {
  Halves split;
  EXPECT_THROW(TailHandler(split.head.file), Error);
}

TEST(ClassAnswer, IsSixBytesWithAProbability) {
  std::vector<uint8_t> body;
  ClassAnswer{513, 0.5f}.Write(&body);
  EXPECT_EQ(body, (std::vector<uint8_t>{1, 2, 0, 0, 0, 0x3f}));
  ClassAnswer answer;
  EXPECT_TRUE(ClassAnswer::Parse(body, &answer).ok());
  EXPECT_EQ(answer.label, 513);
  EXPECT_EQ(answer.score, 0.5f);
  body[5] = 0xbf;  // negative
  EXPECT_FALSE(ClassAnswer::Parse(body, &answer).ok());
  body[4] = 0xc0;
  body[5] = 0x7f;  // no number
  EXPECT_FALSE(ClassAnswer::Parse(body, &answer).ok());
  body.pop_back();
  EXPECT_FALSE(ClassAnswer::Parse(body, &answer).ok());
}

}  // namespace
}  // namespace slim
