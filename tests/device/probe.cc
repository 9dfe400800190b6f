// A program as a device would have it: no heap, no exceptions, no C++ library; a network at two
// widths in static memory. Prints its answer at each width.
#include <stdio.h>

#define SLIM_LAYERS_IN_USE(Use) Use(Conv2d) Use(BatchNorm) Use(GlobalAvgPool) Use(Linear)
#include "layers/batch_norm.h"
#include "layers/conv2d.h"
#include "layers/global_avg_pool.h"
#include "layers/linear.h"
#include "split/runtime/engine.h"

// After the headers that it needs.
#include "layers/layer_subset.inc"

namespace slim {
namespace {

// Spaces: the image's channels, those of the hidden map (2 or 4), the classes.
constexpr uint16_t kActive[] = {1, 2, 2, 1, 4, 2}, kFull[] = {1, 4, 2};

template <class L>
void Put(const char* name, LayerKind kind, uint16_t input, const L& layer, Node* node) {
  *node = Node();
  node->name = name;
  node->kind = kind;
  node->num_inputs = 1;
  node->inputs[0] = input;
  new (node->layer) L(layer);
}

// Every weight is 1/4 except a negative one, so that the answer can be computed by hand.
const float* Weights(const void* context, int32_t node, int slot, Width) {
  const float* numbers = static_cast<const float*>(context);
  // Norm: scale 1, shift 0, mean 0, variance 1.
  return node == 1 && (slot == 1 || slot == 2) ? numbers + 64 : node == 1 ? numbers + 128 : numbers;
}

int Main() {
  static Node nodes[4];
  Put("conv", LayerKind::kConv2d, 0, Conv2d{{0}, {1}}, &nodes[0]);
  Put("norm", LayerKind::kBatchNorm, 1,
      BatchNorm{{1}, 1e-9f, BatchNormAffine::kShared, Activation::kRelu}, &nodes[1]);
  Put("mean", LayerKind::kGlobalAvgPool, 2, GlobalAvgPool{}, &nodes[2]);
  Put("classes", LayerKind::kLinear, 3, Linear{{1}, {2}, 1, 0}, &nodes[3]);
  Graph graph;
  graph.plan = {2, 3, kActive, kFull};
  graph.height = graph.width = 4;
  graph.channels = {0};
  graph.nodes = nodes;
  graph.num_nodes = 4;

  static float numbers[192];
  for (int i = 0; i < 64; ++i) numbers[i] = 0.25f;
  for (int i = 128; i < 192; ++i) numbers[i] = 1;
  alignas(kAlignment) static unsigned char memory[64 << 10];
  Engine engine;
  const Status status = engine.Prepare(graph, {Weights, numbers}, 1, memory, sizeof(memory));
  if (!status.ok()) {
    printf("%s: node %d\n", status.text, static_cast<int>(status.where));
    return 1;
  }
  float image[16];
  for (float& v : image) v = 1;
  for (Width width = 0; width < 2; ++width) {
    engine.SetWidth(width);
    const TensorView<const float> y = engine.Run(image);
    printf("%.4f %.4f\n", static_cast<double>(y[0]), static_cast<double>(y[1]));
  }
  // A layer that the program does not name is refused, not run.
  nodes[2].kind = LayerKind::kMaxPool;
  EngineNeed need;
  printf("%s\n", Engine::Plan(graph, 1, memory, &need).text);
  return 0;
}

}  // namespace
}  // namespace slim

int main() { return slim::Main(); }
