#include "autograd/ema.h"

#include "core/error_host.h"

namespace slim {

Ema::Ema(double decay, const Parameters<float>& parameters) : decay_(decay) {
  if (!(decay > 0 && decay < 1))
    throw UsageError("--ema-decay must lie between 0 and 1, or be 0 for no averaging");
  for (int64_t p = 0; p < parameters.size(); ++p) averages_.push_back(parameters[p].value);
}

void Ema::Update(const Parameters<float>& parameters) {
  const float keep = static_cast<float>(decay_), take = static_cast<float>(1 - decay_);
  for (int64_t p = 0; p < parameters.size(); ++p) {
    const float* value = parameters[p].value.data();
    float* average = averages_[p].data();
    const size_t count = averages_[p].size();
    for (size_t i = 0; i < count; ++i) average[i] = keep * average[i] + take * value[i];
  }
}

void Ema::Swap(Parameters<float>& parameters) {
  for (int64_t p = 0; p < parameters.size(); ++p) parameters[p].value.swap(averages_[p]);
}

}  // namespace slim
