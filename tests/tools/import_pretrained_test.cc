// Published CIFAR-10 ResNets, in the folder that SLIMSPLIT_DATA names, give PyTorch's logits.
//
// tests/golden/import/cifar_logits.safetensors was written by tools/parity/cifar_logits.py.
#include <math.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "autograd/tape.h"
#include "core/safetensors_host.h"
#include "data/normalize.h"
#include "gtest/gtest.h"
#include "tools/import_torch.h"

namespace slim {
namespace {

constexpr char kGolden[] = "tests/golden/import/cifar_logits.safetensors";

// The file of the weights in SLIMSPLIT_DATA, or empty.
std::string FindWeights(const std::string& net) {
  const char* root = getenv("SLIMSPLIT_DATA");
  if (root == nullptr) return "";
  const std::string folder = std::string(root) + "/pretrained/cifar10-resnet";
  if (!std::filesystem::is_directory(folder)) return "";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string file = entry.path().filename().string();
    if (file.rfind(net + "-", 0) == 0 && entry.path().extension() == ".safetensors")
      return entry.path().string();
  }
  return "";
}

// [N][32][32][3] pixels as the model wants them.
std::vector<float> Normalised(const uint8_t* pixels, int64_t images, const ModelInfo& info) {
  const Normalizer normalizer({info.mean, info.std}, 3);
  std::vector<float> all(images * 32 * 32 * 3);
  Image image;
  image.size = {32, 32, 3};
  for (int64_t i = 0; i < images; ++i) {
    image.pixels.assign(pixels + i * 3072, pixels + (i + 1) * 3072);
    normalizer.Apply(image, all.data() + i * 3072);
  }
  return all;
}

class ImportPretrained : public testing::TestWithParam<const char*> {};

TEST_P(ImportPretrained, LogitsAreThoseOfPyTorch) {
  ImportOptions options;
  options.net = GetParam();
  options.weights = FindWeights(GetParam());
  if (options.weights.empty()) {
    GTEST_SKIP() << "no pretrained/cifar10-resnet/" << GetParam()
                 << "-*.safetensors in the folder SLIMSPLIT_DATA";
  }
  options.widths = {0.5, 1.0};  // narrower widths beside it change nothing
  const LoadedModel model = ImportTorch(options);

  const SafeTensorsFile golden = SafeTensorsFile::Read(kGolden);
  const SafeTensor* images = golden.Find("images");
  const std::vector<float> expected = golden.ReadFloats(*golden.Find(GetParam()));
  const Shape shape(images->shape[0], 32, 32, 3);
  const std::vector<float> inputs = Normalised(golden.data(*images), shape.n(), model.info);

  Tape<float> tape;
  const Var x = tape.Constant(TensorView<const float>(inputs.data(), shape));
  const Var y = tape.Run(model.graph.view(), *model.parameters, 1, x, RunOptions());
  const TensorView<const float> logits = tape.Value(y);
  ASSERT_EQ(logits.Count(), static_cast<int64_t>(expected.size()));
  double difference = 0;
  for (int64_t i = 0; i < logits.Count(); ++i) {
    EXPECT_NEAR(logits[i], expected[i], 1e-4) << "image " << i / 10 << ", class " << i % 10;
    difference = fmax(difference, fabs(logits[i] - expected[i]));
  }
  RecordProperty("largest_difference", std::to_string(difference));
}

INSTANTIATE_TEST_SUITE_P(Cifar10, ImportPretrained, testing::Values("resnet20", "resnet56"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace slim
