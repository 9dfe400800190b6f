#include "layers/blocks_host.h"

#include "layers/activations.h"
#include "layers/conv2d.h"
#include "layers/global_avg_pool.h"
#include "layers/multiply.h"

namespace slim {
namespace {

Conv2d Pixelwise(Channels in, Channels out, Activation activation) {
  Conv2d conv{in, out};
  conv.kernel = 1;
  conv.padding = 0;
  conv.bias = 1;
  conv.activation = activation;
  return conv;
}

}  // namespace

Value AddSqueezeExcite(GraphBuilder& b, const std::string& name, Value x, Channels c,
                       Channels squeezed) {
  Value s = b.Add(name + ".avgpool", GlobalAvgPool(), {x});
  s = b.Add(name + ".fc1", Pixelwise(c, squeezed, Activation::kRelu), {s});
  s = b.Add(name + ".fc2", Pixelwise(squeezed, c, Activation::kNone), {s});
  s = b.Add(name + ".gate", Sigmoid(), {s});
  return b.Add(name + ".scale", Multiply(), {x, s});
}

}  // namespace slim
