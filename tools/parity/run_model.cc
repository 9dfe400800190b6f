// run_model MODEL IMAGES OUT: the logits of a model, for scripts to compare with PyTorch's.
//
// IMAGES: safetensors with "images", U8 [N][H][W][C]; OUT: "logits", F32 [N][classes], of the whole
// network. The images are normalised as the model says.
#include <stdio.h>

#include <algorithm>
#include <string>
#include <vector>

#include "autograd/model_file.h"
#include "autograd/tape.h"
#include "core/error_host.h"
#include "core/kernels/blas_host.h"
#include "core/parallel_host.h"
#include "core/safetensors_host.h"
#include "data/normalize.h"

namespace slim {
namespace {

constexpr int64_t kBatch = 100;

// [N][H][W][C], judged to be what the graph takes.
Shape ShapeOf(const SafeTensorsFile& file, const SafeTensor& images, const Graph& graph) {
  const std::vector<int64_t>& s = images.shape;
  if (images.dtype != SafeDType::kU8 || s.size() != 4 || s[1] != graph.height ||
      s[2] != graph.width || s[3] != graph.plan.Full(graph.channels)) {
    throw BadInput(file.name() + ": \"images\" must be U8, [N][H][W][C] as the model takes them");
  }
  return Shape(s[0], s[1], s[2], s[3]);
}

std::vector<float> Logits(LoadedModel& model, const uint8_t* pixels, const Shape& shape) {
  const Normalizer normalizer({model.info.mean, model.info.std}, static_cast<int>(shape.c()));
  const int64_t image = shape.h() * shape.w() * shape.c();
  const Width whole = model.graph.view().plan.rows - 1;
  std::vector<float> logits, inputs;
  Tape<float> tape;
  for (int64_t first = 0; first < shape.n(); first += kBatch) {
    const int64_t count = std::min(kBatch, shape.n() - first);
    inputs.resize(count * image);
    for (int64_t i = 0; i < count; ++i) {
      const uint8_t* begin = pixels + (first + i) * image;
      Image one;
      one.size = {static_cast<int>(shape.h()), static_cast<int>(shape.w()),
                  static_cast<int>(shape.c())};
      one.pixels.assign(begin, begin + image);
      normalizer.Apply(one, inputs.data() + i * image);
    }
    const Shape batch(count, shape.h(), shape.w(), shape.c());
    const Var x = tape.Constant(TensorView<const float>(inputs.data(), batch));
    RunOptions options;
    options.record = false;
    const TensorView<const float> y =
        tape.Value(tape.Run(model.graph.view(), *model.parameters, whole, x, options));
    logits.insert(logits.end(), y.data, y.data + y.Count());
    tape.Clear();
  }
  return logits;
}

int Main(int argc, char** argv) {
  if (argc != 4) throw UsageError("usage: run_model MODEL IMAGES OUT");
  UseThreads(0);
  UseOpenBlas();
  LoadedModel model = LoadModel(argv[1]);
  const SafeTensorsFile file = SafeTensorsFile::Read(argv[2]);
  const SafeTensor* images = file.Find("images");
  if (images == nullptr) throw BadInput(file.name() + ": has no tensor \"images\"");
  const Shape shape = ShapeOf(file, *images, model.graph.view());
  const std::vector<float> logits = Logits(model, file.data(*images), shape);
  SafeTensorsWriter writer;
  const int64_t count = static_cast<int64_t>(logits.size());
  writer.Add("logits", SafeDType::kF32, {shape.n(), shape.n() > 0 ? count / shape.n() : 0},
             logits.data());
  writer.WriteAtomically(argv[3]);
  return 0;
}

}  // namespace
}  // namespace slim

int main(int argc, char** argv) {
  try {
    return slim::Main(argc, argv);
  } catch (const std::exception& error) {
    fprintf(stderr, "run_model: %s\n", error.what());
    return 1;
  }
}
