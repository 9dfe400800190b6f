// The contract of a layer: one small plain struct with a few verbs.
//
//   struct Conv2d {
//     static constexpr char kName[] = "conv2d";
//     Channels in, out; ...                // its fields: plain data, at most kMaxLayerBytes
//     void Fields(FieldVisitor& v);        // lists them once
//     Status Infer(Inference& i) const;    // judges shapes at one width; the only judge
//     static constexpr bool kTakesBf16 = true;  // optional: instantiated for Bf16 too
//     bool TakesEpilogue() const;          // optional: what follows may fold into Forward
//     bool TakesSwish() const;             // optional: so may a swish
//     template <class T>
//     void Pack(const PackArgs<T>& a) const;  // optional: weights as the kernels want them
//     template <class T>
//     void BuildTable(const Inference& i, void* table) const;  // optional: what shapes decide
//     template <class T>
//     void Forward(const ForwardArgs<T>& a) const;             // cannot fail
//     template <class T>
//     void ForwardTrain(const ForwardArgs<T>& a) const;        // optional: batch statistics
//     template <class T>
//     void Backward(const BackwardArgs<T>& a) const;           // x_grad.cc, training only
//     BackwardNeeds Needs() const;                             // optional: what Backward reads
//   };
//
// Only Infer sees a width. The other verbs receive views that are already cut to it. Activations
// and their gradients are stored as T, all else is Real<T>. T is float; tests check gradients in
// double; the layers that do most of the work of training also take Bf16 (kTakesBf16).
#ifndef SLIMSPLIT_LAYERS_LAYER_H_
#define SLIMSPLIT_LAYERS_LAYER_H_

#include <stdint.h>

#include "core/fields.h"
#include "core/kernels/kernels.h"
#include "core/shape.h"
#include "core/status.h"
#include "core/tensor_view.h"
#include "core/width.h"
#include "core/workspace.h"

namespace slim {

inline constexpr int kMaxInputs = 8;
inline constexpr int kMaxParams = 4;
inline constexpr int kMaxLayerBytes = 32;

// What a parameter is; decides how it is initialised, whether it learns, and its layout in PyTorch.
enum class ParamRole : uint8_t {
  kConvWeight,            // [G][O/G][KH][KW][I/G]
  kTransposedConvWeight,  // [1][O][KH][KW][I]
  kDepthwiseWeight,       // [KH][KW][C]
  kLinearWeight,          // [O][taps][I]
  kBias,                  // [C]
  kScale,                 // [C], starts at 1
  kShift,                 // [C], starts at 0
  kRunningMean,           // [C], not learned
  kRunningVar,            // [C], not learned
  kGdnBeta,               // [C], stored reparametrised
  kGdnGamma,              // [C][C], stored reparametrised
  kRange,                 // [bits][2], the low and high end of a quantiser of so many bits
  kStep,                  // [rates], of a quantiser
  kPrior,                 // [rates][C][parameters of one channel's distribution]
};
inline bool IsLearned(ParamRole role) {
  return role != ParamRole::kRunningMean && role != ParamRole::kRunningVar;
}

enum class Sharing : uint8_t {
  kPrefix,    // one tensor; a width uses the first indices of each axis
  kPerWidth,  // one tensor per width, stored as records like `bn.mean@1`
};

struct ParamSpec {
  const char* name = "";
  ParamRole role = ParamRole::kBias;
  Sharing sharing = Sharing::kPrefix;
  Shape full;    // as stored
  Shape active;  // at this width
};

// What a layer finds out about itself at one width. The first part is given, the second is the
// answer.
struct Inference {
  WidthPlan plan;
  Width width = 0;
  int num_inputs = 0;
  Shape inputs[kMaxInputs];
  int scalar_bytes = 4;  // size of T: 2, 4 or 8
  int workers = 1;       // threads that the verbs may use
  int tile = 6;          // pixel tile of the kernel table in use (Kernels::tile)

  int used_inputs =
      0;  // the first so many inputs matter at this width; all unless the layer says fewer
  Shape output;
  int num_params = 0;
  ParamSpec params[kMaxParams];
  int64_t packed_bytes = 0;            // packed weights, for all widths
  int64_t table_bytes = 0;             // what BuildTable finds out from shapes alone
  uint64_t table_key = 0;              // tables of the same size and key are the same
  int64_t forward_scratch_bytes = 0;   // during Forward and ForwardTrain
  int64_t backward_scratch_bytes = 0;  // during Backward
  int64_t saved_bytes = 0;             // from ForwardTrain to Backward, besides inputs and output
  int64_t macs = 0;                    // multiply-accumulates of Forward, of the whole batch

  int real_bytes() const { return scalar_bytes == 8 ? 8 : 4; }  // size of Real<T>
  int64_t Active(Channels c) const { return plan.Active(width, c); }
  int64_t Full(Channels c) const { return plan.Full(c); }
  void AddParam(const ParamSpec& spec) { params[num_params++] = spec; }
  // A vector with one number per channel of `c`.
  void AddVector(const char* name, ParamRole role, Sharing sharing, Channels c) {
    const Shape active(Active(c));
    AddParam(
        {name, role, sharing, sharing == Sharing::kPerWidth ? active : Shape(Full(c)), active});
  }
};

// Common judgements for Infer.
Status ExpectInputs(const Inference& i, int count);
// Input `index` must have as many channels as the space `c` has at this width.
Status ExpectChannels(const Inference& i, int index, Channels c);

template <class T>
struct PackArgs {
  TensorView<const Real<T>>
      params[kMaxParams];  // the widest active prefix to pack, with the full pitches
  Shape output;            // of the layer at any width: the size of its map
  Real<T>* packed = nullptr;
};

template <class T>
struct ForwardArgs {
  int num_inputs = 0;  // Inference::used_inputs
  TensorView<const T> inputs[kMaxInputs];
  TensorView<T> output;
  TensorView<Real<T>> params[kMaxParams];  // only ForwardTrain writes, only running statistics
  const Real<T>* packed = nullptr;         // what Pack wrote
  const void* table = nullptr;             // what BuildTable wrote
  // Takes the place of the layer's own bias and activation; given only to layers that list it.
  const Epilogue<T>* epilogue = nullptr;
  bool swish = false;  // a swish follows at once; given only to layers that take it
  void* scratch = nullptr;
  void* saved = nullptr;  // null outside training
  double momentum = 0.1;  // running = (1 - momentum) * running + momentum * batch
  int workers = 1;
};

template <class T>
struct BackwardArgs {
  int num_inputs = 0;
  TensorView<const T> inputs[kMaxInputs];  // where Needs asks for none the data are null,
  TensorView<const T> output;              // the shapes are there
  TensorView<const Real<T>> params[kMaxParams];
  const void* saved = nullptr;
  void* scratch = nullptr;
  bool batch_statistics = true;  // the forward pass was ForwardTrain
  int workers = 1;

  TensorView<const T> grad_output;
  TensorView<T>
      grad_inputs[kMaxInputs];  // replaced, or added to where accumulate says so; null: not wanted
  bool accumulate[kMaxInputs] = {};
  TensorView<Real<T>> grad_params[kMaxParams];  // always added to; null: frozen
};

// What Backward reads besides shapes, gradients, parameters and what was saved. The numbers that
// nobody will read are given back as soon as the forward pass is done with them.
struct BackwardNeeds {
  enum Inputs : uint8_t {
    kAlways,   // their numbers, whatever is wanted
    kToLearn,  // only for gradients of parameters
    kNever,
  };
  Inputs inputs = kAlways;
  bool output = true;  // the numbers of the layer's own output
};

// Instantiate a verb for the scalar types in use, at the end of the file that defines it.
#define SLIM_INSTANTIATE_FORWARD(Layer)                                 \
  template void Layer::Forward<float>(const ForwardArgs<float>&) const; \
  template void Layer::Forward<double>(const ForwardArgs<double>&) const
#define SLIM_INSTANTIATE_FORWARD_TRAIN(Layer)                                \
  template void Layer::ForwardTrain<float>(const ForwardArgs<float>&) const; \
  template void Layer::ForwardTrain<double>(const ForwardArgs<double>&) const
#define SLIM_INSTANTIATE_PACK(Layer)                              \
  template void Layer::Pack<float>(const PackArgs<float>&) const; \
  template void Layer::Pack<double>(const PackArgs<double>&) const
#define SLIM_INSTANTIATE_BUILD_TABLE(Layer)                              \
  template void Layer::BuildTable<float>(const Inference&, void*) const; \
  template void Layer::BuildTable<double>(const Inference&, void*) const
#define SLIM_INSTANTIATE_BACKWARD(Layer)                                  \
  template void Layer::Backward<float>(const BackwardArgs<float>&) const; \
  template void Layer::Backward<double>(const BackwardArgs<double>&) const

// For Bf16, of a layer that takes it.
#define SLIM_INSTANTIATE_FORWARD_BF16(Layer) \
  template void Layer::Forward<Bf16>(const ForwardArgs<Bf16>&) const
#define SLIM_INSTANTIATE_BACKWARD_BF16(Layer) \
  template void Layer::Backward<Bf16>(const BackwardArgs<Bf16>&) const

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_LAYER_H_
