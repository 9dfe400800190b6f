// BatchNorm: y = act(gamma * (x - mean) / sqrt(var + eps) + beta), per channel (Ioffe and Szegedy,
// 2015).
#ifndef SLIMSPLIT_LAYERS_BATCH_NORM_H_
#define SLIMSPLIT_LAYERS_BATCH_NORM_H_

#include "layers/activation.h"
#include "layers/layer.h"

namespace slim {

// What the widths share. Statistics are not shared where widths learn together: a sum over fewer
// inputs has another mean.
enum class BatchNormAffine : uint8_t {
  kPerWidth = 0,  // gamma and beta private to each width (S-Nets, ICLR 2019: switchable batch norm)
  kShared = 1,    // one gamma and beta, a prefix active (US-Nets, ICCV 2019)
  kFrozen = 2,    // one of everything, and training uses the running statistics as they are: part
                  // of a network that was trained before
};

// x, y: [N][H][W][C]. In training mean and var are of the batch, and running statistics follow
// them: running = (1 - momentum) * running + momentum * batch, with the unbiased variance;
// otherwise the running ones are used.
struct BatchNorm {
  static constexpr char kName[] = "batch_norm";
  static constexpr bool kTakesBf16 = true;

  Channels channels;
  float epsilon = 1e-5f;
  BatchNormAffine affine = BatchNormAffine::kPerWidth;
  Activation activation = Activation::kNone;

  void Fields(FieldVisitor& v);
  Status Infer(Inference& i) const;
  // With running statistics y = act(x * scale + shift); x = z + bias where a bias is given, and
  // scale and shift are for z. Scale and shift have room for `channels` numbers.
  template <class R>
  void Fold(const TensorView<const R>* params, int64_t channels, const R* bias_of_input, R* scale,
            R* shift) const;
  template <class T>
  void Forward(const ForwardArgs<T>& a) const;
  template <class T>
  void ForwardTrain(const ForwardArgs<T>& a) const;
  template <class T>
  void Backward(const BackwardArgs<T>& a) const;
  BackwardNeeds Needs() const {
    const bool to_learn = affine == BatchNormAffine::kFrozen && activation == Activation::kNone;
    return {to_learn ? BackwardNeeds::kToLearn : BackwardNeeds::kAlways, false};
  }
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_BATCH_NORM_H_
