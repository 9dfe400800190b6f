// Importing weights of PyTorch: where each number goes, and what is refused.
#include <math.h>

#include <string>

#include "gtest/gtest.h"
#include "tests/core/file_support.h"
#include "tests/tools/import_support.h"
#include "tools/import_torch.h"

namespace slim {
namespace {

class ImportTest : public FileTest {
 protected:
  static LoadedModel Import(const TorchDict& dict, std::vector<double> widths = {1.0}) {
    dict.Write("w.safetensors");
    ImportOptions options;
    options.net = "plain-cnn";
    options.weights = "w.safetensors";
    options.widths = std::move(widths);
    return ImportTorch(options);
  }
  static std::string Refusal(const TorchDict& dict) {
    return MessageOf([&] { Import(dict); }, ErrorKind::kBadInput);
  }
};

const std::vector<float>& Get(const LoadedModel& model, const std::string& name) {
  const Parameter<float>* parameter = model.parameters->Find(name);
  EXPECT_NE(parameter, nullptr) << name;
  return parameter->value;
}

TEST_F(ImportTest, EveryTensorGoesToItsPlace) {
  TorchDict dict = PlainCnnDict(3, 10);
  const LoadedModel model = Import(dict);
  EXPECT_EQ(Get(model, "bn2.scale@0"), dict.tensors["bn2.weight"].values);
  EXPECT_EQ(Get(model, "bn2.shift@0"), dict.tensors["bn2.bias"].values);
  EXPECT_EQ(Get(model, "bn2.mean@0"), dict.tensors["bn2.running_mean"].values);
  EXPECT_EQ(Get(model, "bn2.var@0"), dict.tensors["bn2.running_var"].values);
  EXPECT_EQ(Get(model, "linear.weight"), dict.tensors["linear.weight"].values);
  EXPECT_EQ(Get(model, "linear.bias"), dict.tensors["linear.bias"].values);
  // [O][I][KH][KW] -> [O][KH][KW][I]: output 5, input 2, row 0, column 1.
  EXPECT_EQ(Get(model, "conv1.weight")[((5 * 3 + 0) * 3 + 1) * 3 + 2],
            dict.tensors["conv1.weight"].values[((5 * 3 + 2) * 3 + 0) * 3 + 1]);
  EXPECT_EQ(model.info.calibrated, std::vector<bool>{true});
  EXPECT_EQ(model.info.mean, (std::vector<float>{0.485f, 0.456f, 0.406f}));
}

TEST_F(ImportTest, CountersAndThePrefixOfDataParallelDoNotMatter) {
  const LoadedModel plain = Import(PlainCnnDict(3, 10));
  TorchDict prefixed;
  for (const auto& [name, tensor] : PlainCnnDict(3, 10).tensors)
    prefixed.tensors["module." + name] = tensor;
  prefixed.Write("p.safetensors", {"module.bn1", "module.bn2", "module.bn3"});
  ImportOptions options;
  options.net = "plain-cnn";
  options.weights = "p.safetensors";
  const LoadedModel same = ImportTorch(options);
  for (int64_t i = 0; i < plain.parameters->size(); ++i)
    EXPECT_EQ((*plain.parameters)[i].value, (*same.parameters)[i].value);
}

TEST_F(ImportTest, ClassesAndInputChannelsAreThoseOfTheWeights) {
  const LoadedModel model = Import(PlainCnnDict(3, 17));
  EXPECT_EQ(Get(model, "linear.bias").size(), 17u);
  PlainCnnDict(1, 4).Write("gray.safetensors");
  ImportOptions options;
  options.net = "plain-cnn";
  options.weights = "gray.safetensors";
  options.normalization = "fashion-mnist";
  options.image_size = 28;
  const LoadedModel gray = ImportTorch(options);
  EXPECT_EQ(gray.graph.view().InputShape(0, 1), Shape(1, 28, 28, 1));
  EXPECT_EQ(gray.info.mean.size(), 1u);
}

TEST_F(ImportTest, NarrowerWidthsStartFromThePrefixAndAreNotCalibrated) {
  TorchDict dict = PlainCnnDict(3, 10);
  const LoadedModel model = Import(dict, {0.25, 1.0});
  const std::vector<float>& whole = dict.tensors["bn3.running_mean"].values;
  EXPECT_EQ(Get(model, "bn3.mean@1"), whole);
  EXPECT_EQ(Get(model, "bn3.mean@0"), std::vector<float>(whole.begin(), whole.begin() + 16));
  EXPECT_EQ(model.info.calibrated, (std::vector<bool>{false, true}));
}

TEST_F(ImportTest, AnImportedModelIsReadBackAsItWas) {
  const LoadedModel model = Import(PlainCnnDict(3, 10), {0.5, 1.0});
  SaveModel("m.safetensors", model.graph, *model.parameters, model.info);
  const LoadedModel again = LoadModel("m.safetensors");
  for (int64_t i = 0; i < model.parameters->size(); ++i)
    EXPECT_EQ((*model.parameters)[i].value, (*again.parameters)[i].value);
  EXPECT_EQ(again.info.calibrated, model.info.calibrated);
  EXPECT_EQ(again.info.std, model.info.std);
}

TEST_F(ImportTest, TensorsThatDoNotFitAreListed) {
  TorchDict dict = PlainCnnDict(3, 10);
  dict.tensors.erase("bn2.running_var");
  dict.tensors.erase("conv3.weight");
  dict.Add("bn9.weight", {4}, 1);
  dict.Add("bn1.bias", {8}, 1);
  const std::string message = Refusal(dict);
  EXPECT_HAS(message, "w.safetensors");
  EXPECT_HAS(message, "plain-cnn");
  EXPECT_HAS(message, "missing: bn2.running_var, conv3.weight;");
  EXPECT_HAS(message, "not in the network: bn9.weight;");
  EXPECT_HAS(message, "of another shape: bn1.bias is [8] instead of [16]");
}

TEST_F(ImportTest, WeightsOfAnotherNetworkAreRefused) {
  TorchDict dict = PlainCnnDict(3, 10);
  dict.tensors.erase("linear.weight");
  EXPECT_HAS(Refusal(dict), "tensor \"linear.weight\": it is missing");
  dict = PlainCnnDict(3, 10);
  dict.Add("conv1.weight", {16, 27}, 1);
  EXPECT_HAS(Refusal(dict), "tensor \"conv1.weight\": it must have 4 axes");
  dict = PlainCnnDict(3, 10);
  dict.Add("linear.weight", {0, 64}, 1);
  EXPECT_HAS(Refusal(dict), "tensor \"linear.weight\": axis 0 must have 1 .. 65535");
  dict.Add("linear.weight", {65536, 64}, 1);
  EXPECT_HAS(Refusal(dict), "tensor \"linear.weight\": axis 0 must have 1 .. 65535");
}

TEST_F(ImportTest, NumbersThatMakeNoSenseAreRefused) {
  TorchDict dict = PlainCnnDict(3, 10);
  dict.tensors["bn1.running_var"].values[3] = -1e-3f;
  EXPECT_HAS(Refusal(dict), "tensor \"bn1.running_var\": a variance is negative");
  dict = PlainCnnDict(3, 10);
  dict.tensors["conv2.weight"].values[7] = NAN;
  EXPECT_HAS(Refusal(dict), "tensor \"conv2.weight\": a value is not finite");
}

TEST_F(ImportTest, ANameWithAndWithoutPrefixIsRefused) {
  TorchDict dict = PlainCnnDict(3, 10);
  dict.Add("module.linear.bias", {10}, 1);
  EXPECT_HAS(Refusal(dict), "with and without \"module.\"");
}

TEST_F(ImportTest, TensorsOfIntegersAreRefused) {
  const TorchDict dict = PlainCnnDict(3, 10);
  SafeTensorsWriter writer;
  const std::vector<int32_t> integers(10);
  for (const auto& [name, tensor] : dict.tensors) {
    if (name != "linear.bias")
      writer.Add(name, SafeDType::kF32, tensor.shape, tensor.values.data());
  }
  writer.Add("linear.bias", SafeDType::kI32, {10}, integers.data());
  writer.WriteAtomically("i.safetensors");
  ImportOptions options;
  options.net = "plain-cnn";
  options.weights = "i.safetensors";
  EXPECT_HAS(MessageOf([&] { ImportTorch(options); }, ErrorKind::kBadInput), "linear.bias");
}

}  // namespace
}  // namespace slim
