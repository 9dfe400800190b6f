#include "layers/gdn.h"

#include "layers/gdn_scratch.h"

namespace slim {
namespace {

template <class T>
void Measure(int64_t full, int64_t active, Inference* i) {
  Workspace packed, forward, backward;
  GdnValues<T>(full, packed);
  GdnForwardScratch<T>(active, i->workers, forward);
  GdnBackwardScratch<T>(active, i->workers, backward);
  i->packed_bytes = packed.used();
  i->forward_scratch_bytes = forward.used();
  i->backward_scratch_bytes = backward.used();
}

}  // namespace

void Gdn::Fields(FieldVisitor& v) {
  v.Field("channels", channels);
  v.Field("inverse", inverse);
}

Status Gdn::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 1));
  SLIM_RETURN_IF_ERROR(ExpectChannels(i, 0, channels));
  if (inverse > 1) return Invalid("inverse must be 0 or 1", inverse);
  const int64_t full = i.Full(channels), active = i.Active(channels);
  i.AddVector("beta", ParamRole::kGdnBeta, Sharing::kPrefix, channels);
  i.AddParam(
      {"gamma", ParamRole::kGdnGamma, Sharing::kPrefix, Shape(full, full), Shape(active, active)});
  i.output = i.inputs[0];
  i.macs = SaturatingMul(i.output.Count(), active + 1);
  if (i.scalar_bytes == 8) {
    Measure<double>(full, active, &i);
  } else {
    Measure<float>(full, active, &i);
  }
  return OkStatus();
}

template <class T>
void Gdn::Pack(const PackArgs<T>& a) const {
  Workspace packed(a.packed);
  GdnValues<T>(a.params[1].pitch[0], packed).Fill(a.params[0], a.params[1]);
}

template <class T>
void Gdn::Forward(const ForwardArgs<T>& a) const {
  const int64_t active = a.output.shape.c();
  Workspace workspace(a.scratch), packed(const_cast<T*>(a.packed));
  const GdnForwardScratch<T> scratch(active, a.workers, workspace);
  const GdnValues<T> values(a.params[1].pitch[0], packed);
  ForEachGdnRun(a.output.shape.pixels(), [&](int64_t first, int64_t pixels, int worker) {
    const T* x = a.inputs[0].data + first * active;
    T* y = a.output.data + first * active;
    values.Norms(x, pixels, active, scratch.magnitude + worker * kGdnRun * active, y);
    for (int64_t i = 0; i < pixels * active; ++i) y[i] = inverse ? x[i] * y[i] : x[i] / y[i];
  });
}

SLIM_INSTANTIATE_PACK(Gdn);
SLIM_INSTANTIATE_FORWARD(Gdn);

}  // namespace slim
