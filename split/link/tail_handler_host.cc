#include "split/link/tail_handler_host.h"

#include <math.h>

#include <algorithm>
#include <string>

#include "core/error_host.h"
#include "split/link/answer_host.h"
#include "split/link/link_clock_host.h"

namespace slim {
namespace {

constexpr int kMostTogether = 64;

void Require(const Status& status) {
  if (!status.ok()) throw UsageError(std::string("tail: ") + status.text + "; export it again");
}

int64_t MostSymbols(const ModelFile& tail) {
  int64_t most = 0;
  for (int32_t row = 0; row < tail.graph.plan.rows; ++row) {
    most = std::max(most, tail.features[row].symbols());
  }
  return most;
}

// The least time of a few runs at the widest row; of two where they take long.
double MsOfRun(Engine& engine, const std::vector<float>& latent) {
  constexpr int kLeastRuns = 2, kMostRuns = 10;
  constexpr double kLongMs = 20;
  double least = INFINITY, sum = 0;
  for (int run = 0; run < kLeastRuns || (run < kMostRuns && sum < kLongMs); ++run) {
    const int64_t start_us = NowUs();
    engine.Run(latent.data());
    const double ms = static_cast<double>(NowUs() - start_us) * 1e-3;
    least = std::min(least, ms);
    sum += ms;
  }
  return least;
}

Status WriteAnswer(const float* scores, int64_t classes, std::vector<uint8_t>* body) {
  ClassAnswer answer;
  SLIM_RETURN_IF_ERROR(ClassAnswer::OfScores(scores, classes, &answer));
  answer.Write(body);
  return OkStatus();
}

}  // namespace

TailHandler::TailHandler(const ModelFile& tail, int together)
    : tail_(tail), engine_(tail.graph, tail.weights, 1), together_(together) {
  if (tail.part != ModelPart::kTail) throw UsageError("this file is a head; give the tail");
  if (together < 1 || together > kMostTogether) {
    throw UsageError("tail: frames computed at once must be from 1 to " +
                     std::to_string(kMostTogether));
  }
  const int32_t rows = tail.graph.plan.rows;
  int64_t bytes = 0;
  Require(FeatureDecoder::Plan(tail.features, rows, &bytes));
  codec_memory_ = AllocateAligned(bytes);
  Require(decoder_.Prepare(tail.features, rows, codec_memory_.get(), bytes));
  latent_.resize(static_cast<size_t>(MostSymbols(tail) * together));
  if (together > 1) {
    engine_together_ = std::make_unique<HostEngine>(tail.graph, tail.weights, together);
  }
}

int TailHandler::FastestTogether(const ModelFile& tail, int most) {
  const std::vector<float> latent(static_cast<size_t>(MostSymbols(tail) * most));
  int fastest = 1;
  double least_ms = 0;
  for (int together = 1; together <= most && together <= kMostTogether; together *= 2) {
    HostEngine engine(tail.graph, tail.weights, together);
    const double ms = MsOfRun(engine.engine(), latent) / together;
    if (together > 1 && ms >= 0.95 * least_ms) continue;
    fastest = together;
    least_ms = ms;
  }
  return fastest;
}

Status TailHandler::Handle(int row, const uint8_t* payload, int64_t payload_bytes,
                           std::vector<uint8_t>* body) {
  SLIM_RETURN_IF_ERROR(decoder_.Decode(row, payload, payload_bytes, latent_.data()));
  engine_.engine().SetWidth(row);
  const TensorView<const float> scores = engine_.engine().Run(latent_.data());
  return WriteAnswer(scores.data, scores.Count(), body);
}

void TailHandler::HandleTogether(int row, FrameTask* tasks, int count) {
  if (2 * count <= together_) return FrameHandler::HandleTogether(row, tasks, count);
  Engine& engine = engine_together_->engine();
  engine.SetWidth(row);
  const int64_t symbols = tail_.features[row].symbols();
  for (int i = 0; i < together_; ++i) {
    float* const latent = latent_.data() + i * symbols;
    if (i < count) {
      tasks[i].status = decoder_.Decode(row, tasks[i].payload, tasks[i].payload_bytes, latent);
      if (tasks[i].status.ok()) continue;
    }
    std::fill(latent, latent + symbols, 0.0f);  // nobody's
  }
  const TensorView<const float> scores = engine.Run(latent_.data());
  const int64_t classes = scores.Count() / together_;
  for (int i = 0; i < count; ++i) {
    if (!tasks[i].status.ok()) continue;
    tasks[i].status = WriteAnswer(scores.data + i * classes, classes, &tasks[i].body);
  }
}

ServerOptions TailHandler::OptionsFor(const ModelFile& tail) {
  ServerOptions options;
  options.model_digest = tail.digest;
  options.rows = tail.graph.plan.rows;
  options.limits.payload_bytes = 0;
  for (int32_t row = 0; row < options.rows; ++row) {
    options.limits.payload_bytes =
        std::max(options.limits.payload_bytes, tail.features[row].MostBytes());
  }
  return options;
}

}  // namespace slim
