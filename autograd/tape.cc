#include "autograd/tape.h"

#include <string.h>

#include <algorithm>

#include "core/error_host.h"
#include "core/kernels/kernels.h"
#include "core/parallel.h"

namespace slim {

template <class T>
Var Tape<T>::NewVar(const TensorView<const T>& value) {
  Slot slot;
  slot.value = value;
  slots_.push_back(slot);
  return {static_cast<int32_t>(slots_.size()) - 1};
}

template <class T>
Var Tape<T>::Constant(const TensorView<const T>& value) {
  return NewVar(value);
}

template <class T>
Var Tape<T>::Leaf(const TensorView<const T>& value, const TensorView<T>& gradient) {
  const Var v = NewVar(value);
  slots_[v.id].gradient = gradient;
  slots_[v.id].wants_gradient = slots_[v.id].has_gradient = true;
  return v;
}

template <class T>
TensorView<const T> Tape<T>::Value(Var v) const {
  return slots_[v.id].value;
}

template <class T>
TensorView<T> Tape<T>::Gradient(Var v) {
  Slot& slot = slots_[v.id];
  if (!slot.has_gradient) {
    const int64_t bytes = slot.value.Count() * sizeof(T);
    slot.gradient = TensorView<T>(static_cast<T*>(pool_.Acquire(bytes)), slot.value.shape);
    memset(static_cast<void*>(slot.gradient.data), 0, bytes);
    slot.has_gradient = slot.owns_gradient = true;
  }
  return slot.gradient;
}

template <class T>
Var Tape<T>::Run(const Graph& graph, Parameters<T>& parameters, Width width, Var input,
                 const RunOptions& options, std::vector<Var>* values) {
  const Shape& given = slots_[input.id].value.shape;
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
    i.scalar_bytes = sizeof(T);
    i.workers = ParallelWorkers();
    i.tile = GetKernels<T>().tile;
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
    T* memory = static_cast<T*>(pool_.Acquire(shapes_[k + 1].Count() * sizeof(T)));
    const Var output = NewVar(TensorView<const T>(memory, shapes_[k + 1]));
    slots_[output.id].owns_value = true;
    if (RunNode(graph, parameters, inferences_[k], k, ids_.data(), options, output)) {
      NoteNeeds(records_.back(), graph.nodes[k]);
    }
    ids_[k + 1] = output.id;
    for (int32_t value = 1; value <= k; ++value) {
      if (last_use_[value] != k || ids_[value] < 0 || read_backward_[value]) continue;
      ReleaseValue(slots_[ids_[value]]);
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
bool Tape<T>::RunNode(const Graph& graph, Parameters<T>& parameters, const Inference& inference,
                      int32_t index, const int32_t* values, const RunOptions& options, Var output) {
  const Node& node = graph.nodes[index];
  const LayerVerbs<T>& verbs = TrainingVerbsOf<T>(node.kind);
  ForwardArgs<T> args;
  PackArgs<T> pack;
  bool wants_gradient = false, learns = false, has_statistics = false;
  args.num_inputs = inference.used_inputs;
  for (int j = 0; j < args.num_inputs; ++j) {
    const Slot& slot = slots_[values[node.inputs[j]]];
    args.inputs[j] = slot.value;
    wants_gradient |= slot.wants_gradient;
  }
  args.output = TensorView<T>(const_cast<T*>(slots_[output.id].value.data), inference.output);
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

  if (!options.record || !wants_gradient) {
    pool_.Release(args.saved);
    return false;
  }
  slots_[output.id].wants_gradient = true;
  records_.emplace_back();
  Record& record = records_.back();
  record.kind = node.kind;
  memcpy(record.layer, node.layer, sizeof(record.layer));
  record.inference = inference;
  record.parameters = &parameters;
  record.node = index;
  record.output = output.id;
  for (int j = 0; j < args.num_inputs; ++j) record.inputs[j] = values[node.inputs[j]];
  record.saved = args.saved;
  record.batch_statistics = train;
  return true;
}

template <class T>
void Tape<T>::NoteNeeds(const Record& record, const Node& node) {
  const BackwardNeeds needs = TrainingVerbsOf<T>(record.kind).needs(record.layer);
  if (needs.output) read_backward_[record.node + 1] = true;
  bool inputs = needs.inputs == BackwardNeeds::kAlways;
  for (int p = 0; p < record.inference.num_params && needs.inputs == BackwardNeeds::kToLearn; ++p) {
    inputs |= record.parameters->At(record.node, p, record.inference.width).learns();
  }
  for (int j = 0; inputs && j < record.inference.used_inputs; ++j) {
    read_backward_[node.inputs[j]] = true;
  }
}

template <class T>
void Tape<T>::Backward() {
  for (auto record = records_.rbegin(); record != records_.rend(); ++record) {
    Slot& output = slots_[record->output];
    if (output.has_gradient) BackwardOne(*record);
    pool_.Release(record->saved);
    ReleaseGradient(output);
    ReleaseValue(output);
  }
  records_.clear();
}

template <class T>
void Tape<T>::BackwardOne(Record& record) {
  const Inference& inference = record.inference;
  BackwardArgs<T> args;
  args.num_inputs = inference.used_inputs;
  args.output = slots_[record.output].value;
  args.grad_output = slots_[record.output].gradient;
  for (int j = 0; j < args.num_inputs; ++j) {
    Slot& slot = slots_[record.inputs[j]];
    args.inputs[j] = slot.value;
    if (!slot.wants_gradient) continue;
    args.accumulate[j] = slot.has_gradient;
    if (!slot.has_gradient) {
      slot.gradient = TensorView<T>(static_cast<T*>(pool_.Acquire(slot.value.Count() * sizeof(T))),
                                    slot.value.shape);
      slot.has_gradient = slot.owns_gradient = true;
    }
    args.grad_inputs[j] = slot.gradient;
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
  TrainingVerbsOf<T>(record.kind).backward(record.layer, args);
  pool_.Release(args.scratch);
}

template <class T>
void Tape<T>::ReleaseValue(Slot& slot) {
  if (!slot.owns_value) return;
  pool_.Release(const_cast<T*>(slot.value.data));
  slot.value.data = nullptr;
  slot.owns_value = false;
}

template <class T>
void Tape<T>::ReleaseGradient(Slot& slot) {
  if (!slot.owns_gradient) return;
  pool_.Release(slot.gradient.data);
  slot.gradient.data = nullptr;
  slot.owns_gradient = slot.has_gradient = false;
}

template <class T>
void Tape<T>::Clear() {
  for (Record& record : records_) pool_.Release(record.saved);
  records_.clear();
  for (Slot& slot : slots_) {
    ReleaseGradient(slot);
    ReleaseValue(slot);
  }
  slots_.clear();
}

template class Tape<float>;
template class Tape<double>;

}  // namespace slim
