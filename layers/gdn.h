// Gdn: y_i = x_i / (beta_i + sum_j gamma_ij |x_j|), generalised divisive normalisation over the
// channels of each pixel (Ballé, Laparra and Simoncelli, 2016; with exponents 1, Johnston et al.,
// 2019, called GDN1 in CompressAI).
#ifndef SLIMSPLIT_LAYERS_GDN_H_
#define SLIMSPLIT_LAYERS_GDN_H_

#include "layers/layer.h"

namespace slim {

// x, y: [N][H][W][C]; the inverse multiplies where this divides. beta: [C] >= 1e-6, gamma: [C][C]
// >= 0, of both a width uses a prefix of each axis. Stored is a number p that any step of an
// optimizer may move: the value is max(p, sqrt(minimum + 2^-36))^2 - 2^-36. Below the bound only a
// gradient that moves p up passes.
struct Gdn {
  static constexpr char kName[] = "gdn";

  Channels channels;
  uint8_t inverse = 0;

  void Fields(FieldVisitor& v);
  Status Infer(Inference& i) const;
  // Computes the values of beta and gamma.
  template <class T>
  void Pack(const PackArgs<T>& a) const;
  template <class T>
  void Forward(const ForwardArgs<T>& a) const;
  template <class T>
  void Backward(const BackwardArgs<T>& a) const;
  BackwardNeeds Needs() const { return {BackwardNeeds::kAlways, false}; }
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_GDN_H_
