#include "layers/skeleton_layer.h"

namespace slim {

void SkeletonLayer::Fields(FieldVisitor& v) { v.Field("channels", channels); }

Status SkeletonLayer::Infer(Inference& i) const {
  SLIM_RETURN_IF_ERROR(ExpectInputs(i, 1));
  SLIM_RETURN_IF_ERROR(ExpectChannels(i, 0, channels));
  i.AddVector("scale", ParamRole::kScale, Sharing::kPrefix, channels);
  i.output = i.inputs[0];
  i.macs = i.output.Count();
  return OkStatus();
}

template <class T>
void SkeletonLayer::Forward(const ForwardArgs<T>& a) const {
  // x, y: [pixels][C]
  const int64_t channels_active = a.output.shape.c();
  for (int64_t i = 0; i < a.output.Count(); ++i) {
    a.output[i] = a.params[0][i % channels_active] * a.inputs[0][i];
  }
}

SLIM_INSTANTIATE_FORWARD(SkeletonLayer);

}  // namespace slim
