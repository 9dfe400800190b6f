// OptionAShortcut: the parameter-free shortcut of CIFAR ResNets (He et al., 2016, option A).
#ifndef SLIMSPLIT_LAYERS_OPTION_A_SHORTCUT_H_
#define SLIMSPLIT_LAYERS_OPTION_A_SHORTCUT_H_

#include "layers/layer.h"

namespace slim {

// x: [N][H][W][I] -> y: [N][ceil(H / stride)][ceil(W / stride)][O]: every stride-th pixel, zeros
// for the channels that x does not have. The zeros come after x's channels, so that a channel stays
// the same one at every width; `centred` puts half of them, (O - I) / 2, before, as some published
// weights expect.
struct OptionAShortcut {
  static constexpr char kName[] = "option_a_shortcut";
  static constexpr bool kTakesBf16 = true;

  Channels in, out;
  uint8_t stride = 2;
  uint8_t centred = 0;

  void Fields(FieldVisitor& v);
  Status Infer(Inference& i) const;
  template <class T>
  void Forward(const ForwardArgs<T>& a) const;
  template <class T>
  void Backward(const BackwardArgs<T>& a) const;
  BackwardNeeds Needs() const { return {BackwardNeeds::kNever, false}; }
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_OPTION_A_SHORTCUT_H_
