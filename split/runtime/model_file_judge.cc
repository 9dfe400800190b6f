#include "split/runtime/model_file_judge.h"

namespace slim {

Status ModelJudge::Judge() {
  Status status = CheckGraph(graph_);
  if (!status.ok()) return Refused(graph_, status.text);
  const bool exit = file_.exit.present();
  if (exit) status = CheckGraph(file_.exit.graph);
  if (!status.ok()) return Refused(file_.exit.graph, status.text);
  for (Width row = 0; row < graph_.plan.rows; ++row) {
    SLIM_RETURN_IF_ERROR(JudgeNodes(graph_, index_[0], row));
    SLIM_RETURN_IF_ERROR(JudgeMode(row));
    if (exit) SLIM_RETURN_IF_ERROR(JudgeExit(row));
  }
  if (matched_ != index_->count) {
    return Invalid("model file: a parameter that no node has", index_->records - index_->file);
  }
  return OkStatus();
}

Status ModelJudge::JudgeNodes(const Graph& graph, const ParameterIndex& index, Width row) {
  shapes_[0] = graph.InputShape(row, 1);
  if (shapes_[0].Count() > kMaxElements) {
    return Refused(graph, "model file: the input has too many elements");
  }
  for (int32_t k = 0; k < graph.num_nodes; ++k) {
    Inference i;
    Status status = InferNode(graph, k, row, shapes_, &i);
    for (int slot = 0; status.ok() && slot < i.num_params; ++slot) {
      status = JudgeParameter(index, k, slot, row, i.params[slot]);
    }
    status.where = PlaceOf(graph.nodes[k].name);
    SLIM_RETURN_IF_ERROR(status);
  }
  return OkStatus();
}

Status ModelJudge::JudgeMode(Width row) {
  const Shape& input = shapes_[0];
  const Shape& output = shapes_[graph_.num_nodes];
  const bool head = file_.part == ModelPart::kHead;
  if (head && input != Shape(1, file_.image_height, file_.image_width, file_.image_channels)) {
    return Refused(graph_, "model file: the head takes other images than it says");
  }
  if (!head && file_.num_classes > 0 && output.Count() != file_.num_classes) {
    return Refused(graph_, "model file: the tail tells another number of classes apart");
  }
  const Shape& latent = head ? output : input;
  FeatureFormat& features = features_[row];
  const ModelMode& mode = file_.modes[row];
  features.pixels = latent.h() * latent.w();
  features.channels = latent.c();
  Status status = features.Judge();
  if (status.ok() && mode.payload_bytes > features.MostBytes()) {
    status = Invalid("model file: a mode expects more bytes than it can have");
  }
  status.where = PlaceOf(mode.name);
  return status;
}

Status ModelJudge::JudgeExit(Width row) {
  const Graph& exit = file_.exit.graph;
  const Shape latent = shapes_[graph_.num_nodes];
  SLIM_RETURN_IF_ERROR(JudgeNodes(exit, index_[1], row));
  if (shapes_[0] != latent) {
    return Refused(exit, "model file: the exit takes another latent than the head makes");
  }
  if (file_.num_classes > 0 && shapes_[exit.num_nodes].Count() != file_.num_classes) {
    return Refused(exit, "model file: the exit tells another number of classes apart");
  }
  return OkStatus();
}

Status ModelJudge::JudgeParameter(const ParameterIndex& index, int32_t node, int slot, Width row,
                                  const ParamSpec& spec) {
  const bool shared = spec.sharing == Sharing::kPrefix;
  const uint8_t* record = index.Find(node, slot, shared ? -1 : row);
  if (record == nullptr) return Invalid("model file: a parameter of this node is missing");
  const int64_t count = spec.full.Count();
  if (ParameterIndex::Count(record) != static_cast<uint64_t>(count)) {
    return Invalid("model file: a parameter of this node has another size");
  }
  if (shared && row > 0) return OkStatus();  // judged in the first row
  ++matched_;
  const float* values = index.Floats(record);
  for (int64_t i = 0; i < count; ++i) {
    if (!__builtin_isfinite(values[i])) {
      return Invalid("model file: a parameter of this node is not finite");
    }
    if (spec.role == ParamRole::kRunningVar && values[i] < 0) {
      return Invalid("model file: a variance of this node is negative");
    }
  }
  return OkStatus();
}

}  // namespace slim
