#include "autograd/tape.h"

#include <string.h>

#include <algorithm>

#include "core/error_host.h"
#include "core/kernels/kernels.h"
#include "core/parallel.h"

namespace slim {

template <class T>
Var Tape<T>::Constant(const TensorView<const T>& value) {
  return {values_.Add(value, TensorView<T>())};
}

template <class T>
Var Tape<T>::Leaf(const TensorView<const T>& value, const TensorView<T>& gradient) {
  return {values_.Add(value, gradient)};
}

template <class T>
Var Tape<T>::Run(const Graph& graph, Parameters<T>& parameters, Width width, Var input,
                 const RunOptions& options, std::vector<Var>* values) {
  const Shape given = values_.ShapeOf(input.id);
  if (given != graph.InputShape(width, given.n())) {
    throw UsageError("the input is " + std::to_string(given.h()) + "x" + std::to_string(given.w()) +
                     "x" + std::to_string(given.c()) + ", but the network takes " +
                     std::to_string(graph.height) + "x" + std::to_string(graph.width) + "x" +
                     std::to_string(graph.plan.Active(width, graph.channels)));
  }
  const int32_t nodes = graph.num_nodes;
  inferences_.resize(nodes);
  shapes_.resize(nodes + 1);
  ids_.assign(nodes + 1, -1);
  shapes_[0] = given;
  ids_[0] = input.id;
  for (int32_t k = 0; k < nodes; ++k) {
    Inference& i = inferences_[k];
    const bool as_bf16 = RunsAsBf16(graph.nodes[k].kind);
    i.scalar_bytes = as_bf16 ? sizeof(Low) : sizeof(T);
    i.workers = ParallelWorkers();
    i.tile = as_bf16 ? GetKernels<Low>().tile : GetKernels<T>().tile;
    const Status status = InferNode(graph, k, width, shapes_.data(), &i);
    if (!status.ok())
      throw UsageError(std::string("node \"") + graph.nodes[k].name + "\": " + status.text);
  }
  // The last node that reads each value; -1: this width does not need it.
  last_use_.assign(nodes + 1, -1);
  last_use_[nodes] = nodes;
  for (int32_t k = nodes - 1; k >= 0; --k) {
    if (last_use_[k + 1] < 0) continue;
    for (int j = 0; j < inferences_[k].used_inputs; ++j) {
      int32_t& last = last_use_[graph.nodes[k].inputs[j]];
      last = std::max(last, k);
    }
  }
  read_backward_.assign(nodes + 1, options.record && values != nullptr);
  for (int32_t k = 0; k < nodes; ++k) {
    if (last_use_[k + 1] < 0) continue;
    const bool recorded =
        RunsAsBf16(graph.nodes[k].kind)
            ? RunNode<Low>(graph, parameters, inferences_[k], k, ids_.data(), options, &ids_[k + 1])
            : RunNode<T>(graph, parameters, inferences_[k], k, ids_.data(), options, &ids_[k + 1]);
    if (recorded) NoteNeeds(graph.nodes[k], &records_.back());
    for (int32_t value = 1; value <= k; ++value) {
      if (last_use_[value] != k || ids_[value] < 0 || read_backward_[value]) continue;
      values_.ReleaseValue(ids_[value]);
      if (!options.record) ids_[value] = -1;
    }
  }
  if (values != nullptr) {
    values->clear();
    for (int32_t id : ids_) values->push_back({id});
  }
  return {ids_[nodes]};
}

template <class T>
template <class S>
bool Tape<T>::RunNode(const Graph& graph, Parameters<T>& parameters, const Inference& inference,
                      int32_t index, const int32_t* values, const RunOptions& options,
                      int32_t* output) {
  const Node& node = graph.nodes[index];
  const LayerVerbs<S>& verbs = TrainingVerbsOf<S>(node.kind);
  ForwardArgs<S> args;
  PackArgs<S> pack;
  bool wants_gradient = false, learns = false, has_statistics = false;
  args.num_inputs = inference.used_inputs;
  for (int j = 0; j < args.num_inputs; ++j) {
    const int32_t input = values[node.inputs[j]];
    args.inputs[j] = values_.template ToRead<S>(input);
    wants_gradient |= values_.WantsGradient(input);
  }
  *output = values_.template AddNew<S>(inference.output);
  args.output = values_.template ToWrite<S>(*output);
  for (int p = 0; p < inference.num_params; ++p) {
    Parameter<T>& parameter = parameters.At(index, p, inference.width);
    args.params[p] =
        TensorView<T>(parameter.value.data(), parameter.shape).Prefix(inference.params[p].active);
    pack.params[p] = args.params[p];
    learns |= parameter.learns();
    has_statistics |= inference.params[p].role == ParamRole::kRunningMean;
  }
  wants_gradient |= learns;
  const bool keeps_statistics = options.mode == RunMode::kEval ||
                                (options.mode == RunMode::kTrain && has_statistics && !learns);
  const bool train = !keeps_statistics && verbs.forward_train != nullptr;
  args.momentum = options.momentum;
  args.workers = inference.workers;
  void* packed = pool_.Acquire(inference.packed_bytes);
  if (verbs.pack != nullptr) {
    pack.output = inference.output;
    pack.packed = static_cast<T*>(packed);
    verbs.pack(node.layer, pack);
    args.packed = pack.packed;
  }
  void* table = pool_.Acquire(inference.table_bytes);
  if (verbs.build_table != nullptr) {
    verbs.build_table(node.layer, inference, table);
    args.table = table;
  }
  args.scratch = pool_.Acquire(inference.forward_scratch_bytes);
  args.saved = train ? pool_.Acquire(inference.saved_bytes) : nullptr;
  (train ? verbs.forward_train : verbs.forward)(node.layer, args);
  pool_.Release(args.scratch);
  pool_.Release(table);
  pool_.Release(packed);
  values_.ReleaseCopies();

  if (!options.record || !wants_gradient) {
    pool_.Release(args.saved);
    return false;
  }
  values_.SetWantsGradient(*output);
  records_.emplace_back();
  Record& record = records_.back();
  record.kind = node.kind;
  memcpy(record.layer, node.layer, sizeof(record.layer));
  record.inference = inference;
  record.parameters = &parameters;
  record.node = index;
  record.output = *output;
  for (int j = 0; j < args.num_inputs; ++j) record.inputs[j] = values[node.inputs[j]];
  record.saved = args.saved;
  record.batch_statistics = train;
  record.as_bf16 = !std::is_same_v<S, T>;
  return true;
}

template <class T>
void Tape<T>::NoteNeeds(const Node& node, Record* record) {
  const BackwardNeeds needs = TrainingVerbsOf<T>(record->kind).needs(record->layer);
  record->reads_output = needs.output;
  record->reads_inputs = needs.inputs == BackwardNeeds::kAlways;
  const int params = needs.inputs == BackwardNeeds::kToLearn ? record->inference.num_params : 0;
  for (int p = 0; p < params; ++p) {
    record->reads_inputs |=
        record->parameters->At(record->node, p, record->inference.width).learns();
  }
  if (record->reads_output) read_backward_[record->node + 1] = true;
  for (int j = 0; record->reads_inputs && j < record->inference.used_inputs; ++j) {
    read_backward_[node.inputs[j]] = true;
  }
}

template <class T>
void Tape<T>::Backward() {
  for (auto record = records_.rbegin(); record != records_.rend(); ++record) {
    if (values_.HasGradient(record->output)) {
      record->as_bf16 ? BackwardOne<Low>(*record) : BackwardOne<T>(*record);
    }
    pool_.Release(record->saved);
    values_.ReleaseGradient(record->output);
    values_.ReleaseValue(record->output);
  }
  records_.clear();
  values_.FinishLeaves();
}

template <class T>
template <class S>
void Tape<T>::BackwardOne(Record& record) {
  const Inference& inference = record.inference;
  BackwardArgs<S> args;
  args.num_inputs = inference.used_inputs;
  args.output = TensorView<const S>(nullptr, inference.output);
  if (record.reads_output) args.output = values_.template ToRead<S>(record.output);
  args.grad_output = values_.template WholeGradient<S>(record.output);
  for (int j = 0; j < args.num_inputs; ++j) {
    const int32_t input = record.inputs[j];
    args.inputs[j] = TensorView<const S>(nullptr, inference.inputs[j]);
    if (record.reads_inputs) args.inputs[j] = values_.template ToRead<S>(input);
    if (!values_.WantsGradient(input)) continue;
    args.grad_inputs[j] = values_.template GradientTo<S>(input, &args.accumulate[j]);
  }
  for (int p = 0; p < inference.num_params; ++p) {
    Parameter<T>& parameter = record.parameters->At(record.node, p, inference.width);
    const Shape& active = inference.params[p].active;
    args.params[p] = TensorView<const T>(parameter.value.data(), parameter.shape).Prefix(active);
    if (!parameter.learns()) continue;
    args.grad_params[p] = TensorView<T>(parameter.gradient.data(), parameter.shape).Prefix(active);
  }
  args.saved = record.saved;
  args.batch_statistics = record.batch_statistics;
  args.workers = inference.workers;
  args.scratch = pool_.Acquire(inference.backward_scratch_bytes);
  TrainingVerbsOf<S>(record.kind).backward(record.layer, args);
  pool_.Release(args.scratch);
  values_.ReleaseCopies();
}

template <class T>
void Tape<T>::Clear() {
  for (Record& record : records_) pool_.Release(record.saved);
  records_.clear();
  values_.Clear();
}

template class Tape<float>;
template class Tape<double>;

}  // namespace slim
