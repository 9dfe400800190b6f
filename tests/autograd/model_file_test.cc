#include "autograd/model_file.h"

#include <math.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "core/safetensors_host.h"
#include "tests/autograd/store_support.h"

namespace slim {
namespace {

using nlohmann::json;

ModelInfo TinyInfo() {
  ModelInfo info;
  info.calibrated = {false, true};
  info.mean = {0.4914f, 0.25f};
  info.std = {0.2023f, 1e-3f};
  info.class_names = {"cat", "a \"dog\"", "\xc3\xa9t\xc3\xa9"};
  info.made_by = "slimsplit train --net tiny";
  return info;
}

// Running numbers, no two the same, so that a wrong order shows.
Parameters<float> TinyParameters(const OwnedGraph& graph) {
  Parameters<float> parameters(graph);
  float next = 1;
  for (int64_t p = 0; p < parameters.size(); ++p) {
    for (float& value : parameters[p].value) value = next++ / 8;
  }
  return parameters;
}

// A safetensors file that can be changed and written again with a right checksum.
struct Editable {
  struct Tensor {
    SafeDType dtype;
    std::vector<int64_t> shape;
    std::vector<float> values;
  };
  std::map<std::string, Tensor> tensors;
  SafeMetadata metadata;

  void Write(const std::string& path) const {
    SafeTensorsWriter writer;
    for (const auto& entry : metadata) writer.SetMetadata(entry.first, entry.second);
    for (const auto& entry : tensors) {
      const Tensor& tensor = entry.second;
      writer.Add(entry.first, tensor.dtype, tensor.shape, tensor.values.data());
    }
    writer.WriteAtomically(path);
  }
};

class ModelFileTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    path_ = In("tiny.safetensors");
    SaveModel(path_, graph_, TinyParameters(graph_), TinyInfo());
  }
  std::string Refusal(const std::string& path) {
    return MessageOf(ErrorKind::kBadInput, [&] { LoadModel(path); });
  }
  // What refuses the tiny model after `edit`, or "".
  std::string RefusalOf(const std::function<void(Editable&)>& edit) {
    const SafeTensorsFile file = SafeTensorsFile::Read(path_);
    Editable editable;
    editable.metadata = file.metadata();
    for (const SafeTensor& tensor : file.tensors())
      editable.tensors[tensor.name] = {tensor.dtype, tensor.shape, file.ReadFloats(tensor)};
    edit(editable);
    editable.Write(In("edited.safetensors"));
    return Refusal(In("edited.safetensors"));
  }
  std::string RefusalOfInfo(const std::function<void(json&)>& edit) {
    return RefusalOf([&](Editable& e) {
      json info = json::parse(e.metadata["slimsplit.model"]);
      edit(info);
      e.metadata["slimsplit.model"] = info.dump();
    });
  }

  const OwnedGraph graph_ = TinyNet();
  std::string path_;
};

TEST_F(ModelFileTest, HoldsTensorsInTheLayoutOfPyTorch) {
  const SafeTensorsFile file = SafeTensorsFile::Read(path_);
  EXPECT_TRUE(file.has_checksum());
  const SafeTensor* weight = file.Find("conv1.weight");
  ASSERT_NE(weight, nullptr);
  EXPECT_EQ(weight->shape, (std::vector<int64_t>{4, 2, 3, 3}));
  // Ours is [1][4][3][3][2] of 1/8, 2/8, ...: the first input's taps are the odd numbers.
  const std::vector<float> values = file.ReadFloats(*weight);
  for (int tap = 0; tap < 9; ++tap) {
    EXPECT_EQ(values[tap], (1 + 2 * tap) / 8.0f);
    EXPECT_EQ(values[9 + tap], (2 + 2 * tap) / 8.0f);
  }
  EXPECT_EQ(file.Find("linear.weight")->shape, (std::vector<int64_t>{3, 6}));
  EXPECT_EQ(file.Find("bn1.scale@0")->shape, (std::vector<int64_t>{2}));
  EXPECT_EQ(file.Find("bn2.scale")->shape, (std::vector<int64_t>{6}));
  EXPECT_EQ(file.tensors().size(), ListParameters(graph_).size());
}

TEST_F(ModelFileTest, LoadsWhatWasSaved) {
  const LoadedModel model = LoadModel(path_);
  const Parameters<float> saved = TinyParameters(graph_);
  ASSERT_EQ(model.parameters->size(), saved.size());
  for (int64_t p = 0; p < saved.size(); ++p) {
    EXPECT_EQ((*model.parameters)[p].name, saved[p].name);
    EXPECT_EQ((*model.parameters)[p].value, saved[p].value);
  }
  const ModelInfo info = TinyInfo();
  EXPECT_EQ(model.info.calibrated, info.calibrated);
  EXPECT_EQ(model.info.mean, info.mean);
  EXPECT_EQ(model.info.std, info.std);
  EXPECT_EQ(model.info.class_names, info.class_names);
  EXPECT_EQ(model.info.made_by, info.made_by);
  SaveModel(In("again"), model.graph, *model.parameters, model.info);
  EXPECT_EQ(BytesOf(In("again")), BytesOf(path_));
}

// Bytes of format version 1, frozen: every later slimsplit reads them, and version 1 writes them.
TEST_F(ModelFileTest, GoldenFileOfVersion1) {
  const std::string golden = "tests/golden/model_v1.safetensors";
  const LoadedModel model = LoadModel(golden);
  EXPECT_EQ(model.info.made_by, "slimsplit train --net tiny");
  EXPECT_EQ(model.parameters->Find("linear.bias")->value.size(), 3u);
  SaveModel(In("again"), model.graph, *model.parameters, model.info);
  EXPECT_EQ(BytesOf(In("again")), BytesOf(golden));
  EXPECT_EQ(BytesOf(path_), BytesOf(golden));
}

TEST_F(ModelFileTest, ClassNamesNeedNotBeUtf8) {
  ModelInfo info = TinyInfo();
  info.class_names = {"caf\xe9"};
  SaveModel(path_, graph_, TinyParameters(graph_), info);
  EXPECT_EQ(LoadModel(path_).info.class_names[0], "caf\xef\xbf\xbd");
}

TEST_F(ModelFileTest, EveryTruncationIsRefused) {
  for (off_t size = static_cast<off_t>(BytesOf(path_).size()) - 1; size >= 0; --size) {
    ASSERT_EQ(truncate(path_.c_str(), size), 0);
    EXPECT_HAS(Refusal(path_), path_);
  }
}

TEST_F(ModelFileTest, EveryFlippedByteIsRefusedOrHarmless) {
  const std::string bytes = BytesOf(path_);
  std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
  const auto put = [&](size_t i, int byte) {
    file.seekp(static_cast<std::streamoff>(i));
    file.put(static_cast<char>(byte)).flush();
  };
  int harmless = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    put(i, bytes[i] ^ (1 << (i * 5 % 8)));
    try {
      const LoadedModel model = LoadModel(path_);
      SaveModel(In("again"), model.graph, *model.parameters, model.info);
      EXPECT_EQ(BytesOf(In("again")), bytes) << "byte " << i;
      ++harmless;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kBadInput) << error.what();
    }
    put(i, bytes[i]);
  }
  EXPECT_EQ(Refusal(path_), "");
  EXPECT_LT(harmless, 10);  // white space at the end of the header
}

TEST_F(ModelFileTest, TensorsMustBeThoseOfTheGraph) {
  EXPECT_HAS(RefusalOf([](Editable& e) { e.tensors.erase("bn1.var@1"); }),
             "tensor \"bn1.var@1\": it is missing");
  EXPECT_HAS(RefusalOf([](Editable& e) {
               e.tensors["more"] = {SafeDType::kF32, {1}, {1}};
             }),
             "tensor \"more\": the graph has no such parameter");
  EXPECT_HAS(RefusalOf([](Editable& e) {
               e.tensors["linear.weight"].shape = {6, 3};
             }),
             "tensor \"linear.weight\": its shape is [6,3], the graph needs [3,6]");
  EXPECT_HAS(RefusalOf([](Editable& e) { e.tensors["linear.bias"].dtype = SafeDType::kI32; }),
             "tensor \"linear.bias\": it is I32, a model has F32");
  EXPECT_HAS(RefusalOf([](Editable& e) { e.tensors["linear.bias"].values[2] = NAN; }),
             "tensor \"linear.bias\" holds a value that is not finite");
  EXPECT_HAS(RefusalOf([](Editable& e) { e.tensors["bn1.var@0"].values[1] = -1e-9f; }),
             "tensor \"bn1.var@0\" holds a negative variance");
  EXPECT_EQ(RefusalOf([](Editable& e) { e.tensors["bn1.var@0"].values[1] = 0; }), "");
}

// A graph that asks for terabytes is refused by what the file holds, not by the allocator.
TEST_F(ModelFileTest, HugeGraphIsRefusedBeforeMemoryIsTaken) {
  const std::string message = RefusalOf([](Editable& e) {
    json graph = json::parse(e.metadata["slimsplit.graph"]);
    graph["spaces"]["full"] = {2, 60000, 65000, 3};
    graph["nodes"][2]["fields"]["kernel"] = 11;
    graph["nodes"][2]["fields"]["padding"] = 5;
    e.metadata["slimsplit.graph"] = graph.dump();
  });
  EXPECT_HAS(message, "the graph needs [60000,2,3,3]");
}

TEST_F(ModelFileTest, ForeignFilesAreRefused) {
  EXPECT_HAS(RefusalOf([](Editable& e) { e.metadata.clear(); }), "slimsplit import");
  EXPECT_HAS(RefusalOf([](Editable& e) { e.metadata["slimsplit.graph"] = "{}"; }),
             "\"version\" is missing");
  std::string bytes = BytesOf(path_);
  const size_t key = bytes.find("slimsplit.crc32");
  bytes.replace(key, 9, "otherwise");
  PutBytes(path_, bytes);
  EXPECT_HAS(Refusal(path_), "no checksum");
  EXPECT_HAS(Refusal(In("absent")), "absent");
}

TEST_F(ModelFileTest, InformationIsJudged) {
  EXPECT_HAS(RefusalOfInfo([](json& i) { i["version"] = 2; }), "a model of version 2");
  EXPECT_HAS(RefusalOfInfo([](json& i) { i.erase("mean"); }), "\"mean\" is missing");
  EXPECT_HAS(RefusalOfInfo([](json& i) { i["mood"] = 1; }), "\"mood\" is unknown");
  EXPECT_HAS(RefusalOfInfo([](json& i) { i["calibrated"] = {"0.7"}; }), "no width has this name");
  EXPECT_HAS(RefusalOfInfo([](json& i) { i["mean"] = {0.5}; }), "one number per input channel");
  EXPECT_HAS(RefusalOfInfo([](json& i) { i["std"][1] = 0; }), "\"std\" above 0");
  EXPECT_HAS(RefusalOfInfo([](json& i) { i["std"][1] = 1e300; }), "std[1]: must be a finite");
  EXPECT_HAS(RefusalOfInfo([](json& i) { i["class_names"] = {1}; }), "must be a string");
}

TEST_F(ModelFileTest, WhatCouldNotBeLoadedIsNotSaved) {
  const std::string before = BytesOf(path_);
  Parameters<float> parameters = TinyParameters(graph_);
  parameters.Find("bn1.var@0")->value[0] = -1;
  EXPECT_HAS(
      MessageOf(ErrorKind::kFailure, [&] { SaveModel(path_, graph_, parameters, TinyInfo()); }),
      "\"bn1.var@0\" holds a negative variance");
  parameters.Find("bn1.var@0")->value[0] = INFINITY;
  EXPECT_HAS(
      MessageOf(ErrorKind::kFailure, [&] { SaveModel(path_, graph_, parameters, TinyInfo()); }),
      "not finite");
  ModelInfo info = TinyInfo();
  info.calibrated.pop_back();
  EXPECT_HAS(
      MessageOf(ErrorKind::kUsage, [&] { SaveModel(path_, graph_, TinyParameters(graph_), info); }),
      "one mark per width");
  EXPECT_EQ(BytesOf(path_), before);
}

TEST_F(ModelFileTest, UncalibratedWidthIsRefused) {
  ModelInfo info = TinyInfo();
  RequireCalibrated(graph_, info, 1);
  const std::string message =
      MessageOf(ErrorKind::kUsage, [&] { RequireCalibrated(graph_, info, 0); });
  EXPECT_HAS(message, "width 0.5 is not calibrated");
  EXPECT_HAS(message, "calibrated: 1;");
  EXPECT_HAS(message, "slimsplit calibrate");
  info.calibrated = {false, false};
  EXPECT_HAS(MessageOf(ErrorKind::kUsage, [&] { RequireCalibrated(graph_, info, 1); }),
             "calibrated: none");
}

}  // namespace
}  // namespace slim
