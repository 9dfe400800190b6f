// Ema: an exponential moving average of the weights, often better than the last ones.
#ifndef SLIMSPLIT_AUTOGRAD_EMA_H_
#define SLIMSPLIT_AUTOGRAD_EMA_H_

#include <vector>

#include "autograd/parameters.h"

namespace slim {

class Ema {
 public:
  // decay in (0, 1), e.g. 0.999 per step; throws UsageError otherwise. Starts at the parameters as
  // they are.
  Ema(double decay, const Parameters<float>& parameters);

  // average = decay * average + (1 - decay) * value, of every parameter; statistics of
  // normalisation are averaged too.
  void Update(const Parameters<float>& parameters);
  // Exchanges averages and values; a second call undoes the first.
  void Swap(Parameters<float>& parameters);

  std::vector<std::vector<float>>& averages() { return averages_; }

 private:
  double decay_;
  std::vector<std::vector<float>> averages_;
};

}  // namespace slim

#endif  // SLIMSPLIT_AUTOGRAD_EMA_H_
