#include "split/link/tail_handler_host.h"

#include <math.h>

#include <algorithm>
#include <string>

#include "core/error_host.h"
#include "split/link/answer_host.h"

namespace slim {
namespace {

void Require(const Status& status) {
  if (!status.ok()) throw UsageError(std::string("tail: ") + status.text + "; export it again");
}

}  // namespace

TailHandler::TailHandler(const ModelFile& tail) {
  if (tail.part != ModelPart::kTail) throw UsageError("this file is a head; give the tail");
  const int32_t rows = tail.graph.plan.rows;
  const AlignedMemory planning = AllocateAligned(Engine::PlanBytes(tail.graph));
  EngineNeed need;
  Require(Engine::Plan(tail.graph, 1, planning.get(), &need));
  arena_ = AllocateAligned(need.total());
  Require(engine_.Prepare(tail.graph, tail.weights, 1, arena_.get(), need.total()));
  int64_t bytes = 0;
  Require(FeatureDecoder::Plan(tail.features, rows, &bytes));
  codec_memory_ = AllocateAligned(bytes);
  Require(decoder_.Prepare(tail.features, rows, codec_memory_.get(), bytes));
  int64_t most = 0;
  for (int32_t row = 0; row < rows; ++row) most = std::max(most, tail.features[row].symbols());
  latent_.resize(static_cast<size_t>(most));
}

Status TailHandler::Handle(int row, const uint8_t* payload, int64_t payload_bytes,
                           std::vector<uint8_t>* body) {
  SLIM_RETURN_IF_ERROR(decoder_.Decode(row, payload, payload_bytes, latent_.data()));
  engine_.SetWidth(row);
  const TensorView<const float> scores = engine_.Run(latent_.data());
  const float* best = std::max_element(scores.data, scores.data + scores.Count());
  double sum = 0;
  for (int64_t i = 0; i < scores.Count(); ++i) sum += exp(scores.data[i] - *best);
  ClassAnswer answer;
  answer.label = static_cast<uint16_t>(best - scores.data);
  answer.score = static_cast<float>(1 / sum);
  if (!(answer.score >= 0)) return Invalid("tail: scores that are no numbers");
  answer.Write(body);
  return OkStatus();
}

int64_t TailHandler::MostBytes(const ModelFile& file) {
  int64_t most = 0;
  for (int32_t row = 0; row < file.graph.plan.rows; ++row) {
    most = std::max(most, file.features[row].MostBytes());
  }
  return most;
}

}  // namespace slim
