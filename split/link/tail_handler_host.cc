#include "split/link/tail_handler_host.h"

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

TailHandler::TailHandler(const ModelFile& tail) : engine_(tail.graph, tail.weights, 1) {
  if (tail.part != ModelPart::kTail) throw UsageError("this file is a head; give the tail");
  const int32_t rows = tail.graph.plan.rows;
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
  engine_.engine().SetWidth(row);
  const TensorView<const float> scores = engine_.engine().Run(latent_.data());
  ClassAnswer answer;
  SLIM_RETURN_IF_ERROR(ClassAnswer::OfScores(scores.data, scores.Count(), &answer));
  answer.Write(body);
  return OkStatus();
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
