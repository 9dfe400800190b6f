#include "autograd/model_file.h"

#include <math.h>

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/error_host.h"
#include "core/json_host.h"
#include "core/json_place_host.h"
#include "core/safetensors_host.h"
#include "layers/graph_json_host.h"
#include "layers/torch_layout_host.h"

namespace slim {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr char kGraphKey[] = "slimsplit.graph";
constexpr char kModelKey[] = "slimsplit.model";

// What is wrong with the values of a parameter, or nothing.
std::string JudgeValues(ParamRole role, const std::vector<float>& values) {
  for (const float value : values) {
    if (!isfinite(value)) return "holds a value that is not finite";
    if (role == ParamRole::kRunningVar && value < 0) return "holds a negative variance";
  }
  return "";
}

// What is wrong with the information about a graph, or nothing.
std::string JudgeInfo(const OwnedGraph& graph, const ModelInfo& info) {
  const size_t channels = graph.view().plan.Full(graph.view().channels);
  if (info.calibrated.size() != graph.width_names().size())
    return "\"calibrated\" must have one mark per width";
  if (info.mean.size() != info.std.size() || (!info.mean.empty() && info.mean.size() != channels))
    return "\"mean\" and \"std\" must be empty or have one number per input channel";
  for (size_t c = 0; c < info.mean.size(); ++c) {
    if (!isfinite(info.mean[c]) || !isfinite(info.std[c]) || info.std[c] <= 0)
      return "\"mean\" and \"std\" must be finite, and \"std\" above 0";
  }
  return "";
}

std::vector<std::string> CalibratedNames(const OwnedGraph& graph, const ModelInfo& info) {
  std::vector<std::string> names;
  for (size_t row = 0; row < info.calibrated.size(); ++row) {
    if (info.calibrated[row]) names.push_back(graph.width_names()[row]);
  }
  return names;
}

ordered_json Decimals(const std::vector<float>& values) {
  ordered_json decimals = ordered_json::array();
  for (const float value : values) decimals.push_back(ShortestDecimal(value));
  return decimals;
}

std::string InfoToJson(const OwnedGraph& graph, const ModelInfo& info) {
  ordered_json root;
  root["version"] = kVersion;
  root["calibrated"] = CalibratedNames(graph, info);
  root["mean"] = Decimals(info.mean);
  root["std"] = Decimals(info.std);
  root["class_names"] = info.class_names;
  root["made_by"] = info.made_by;
  // Class names may come from folder names, which need not be UTF-8.
  return root.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::vector<float> ReadFloats(const JsonPlace& place) {
  std::vector<float> values;
  for (size_t i = 0; i < place.Count(); ++i) values.push_back(place.Element(i).Float());
  return values;
}

ModelInfo InfoFromJson(const std::string& path, const OwnedGraph& graph, const std::string& text) {
  JsonLimits limits;
  limits.max_entries = limits.max_bytes;
  const json value = ParseJson(path + ": " + kModelKey, text.data(), text.size(), limits);
  const JsonPlace root(path, kModelKey, value);
  if (root.Member("version").Integer(1, INT32_MAX) != kVersion) {
    throw BadInput(path + ": it is a model of version " + value["version"].dump() +
                   ", but this slimsplit reads version 1; use a newer one");
  }
  root.ExpectMembers({"version", "calibrated", "mean", "std", "class_names", "made_by"});
  ModelInfo info;
  info.calibrated.resize(graph.width_names().size());
  const JsonPlace calibrated = root.Member("calibrated");
  for (size_t i = 0; i < calibrated.Count(); ++i) {
    size_t row = 0;
    while (row < info.calibrated.size() && graph.width_names()[row] != calibrated.Element(i).Text())
      ++row;
    if (row == info.calibrated.size()) calibrated.Element(i).Refuse("no width has this name");
    info.calibrated[row] = true;
  }
  info.mean = ReadFloats(root.Member("mean"));
  info.std = ReadFloats(root.Member("std"));
  const JsonPlace names = root.Member("class_names");
  for (size_t i = 0; i < names.Count(); ++i) info.class_names.push_back(names.Element(i).Text());
  info.made_by = root.Member("made_by").Text();
  const std::string wrong = JudgeInfo(graph, info);
  if (!wrong.empty()) root.Refuse(wrong);
  return info;
}

const std::string& Metadata(const SafeTensorsFile& file, const char* key) {
  const auto entry = file.metadata().find(key);
  if (entry == file.metadata().end()) {
    throw BadInput(
        file.name() + ": has no metadata " + key +
        ", so it is not a model of slimsplit; `slimsplit import` reads weights of PyTorch");
  }
  return entry->second;
}

std::string Text(const std::vector<int64_t>& shape) { return json(shape).dump(); }

// The tensor of each parameter, judged but for its values. No other tensor may be there.
std::vector<const SafeTensor*> MatchTensors(const SafeTensorsFile& file,
                                            const std::vector<ParameterInfo>& parameters) {
  const auto refuse = [&](const std::string& name, const std::string& rule) {
    throw BadInput(file.name() + ": tensor " + Quoted(name) + ": " + rule +
                   "; the file is damaged, or slimsplit did not write it");
  };
  std::map<std::string, const SafeTensor*> unmatched;
  for (const SafeTensor& tensor : file.tensors()) unmatched[tensor.name] = &tensor;
  std::vector<const SafeTensor*> matched;
  for (const ParameterInfo& parameter : parameters) {
    const auto found = unmatched.find(parameter.name);
    if (found == unmatched.end()) refuse(parameter.name, "it is missing, but the graph needs it");
    const SafeTensor& tensor = *found->second;
    const std::vector<int64_t> shape = TorchShape(parameter.role, parameter.shape);
    if (tensor.dtype != SafeDType::kF32)
      refuse(tensor.name, std::string("it is ") + Name(tensor.dtype) + ", a model has F32");
    if (tensor.shape != shape)
      refuse(tensor.name,
             "its shape is " + Text(tensor.shape) + ", the graph needs " + Text(shape));
    matched.push_back(&tensor);
    unmatched.erase(found);
  }
  if (!unmatched.empty()) refuse(unmatched.begin()->first, "the graph has no such parameter");
  return matched;
}

}  // namespace

void SaveModel(const std::string& path, const OwnedGraph& graph,
               const Parameters<float>& parameters, const ModelInfo& info) {
  const std::string wrong = JudgeInfo(graph, info);
  if (!wrong.empty()) throw UsageError(path + ": not written: " + wrong);
  SafeTensorsWriter writer;
  writer.SetMetadata(kGraphKey, GraphToJson(graph));
  writer.SetMetadata(kModelKey, InfoToJson(graph, info));
  std::vector<std::vector<float>> torch(parameters.size());
  for (int64_t p = 0; p < parameters.size(); ++p) {
    const Parameter<float>& parameter = parameters[p];
    const std::string fault = JudgeValues(parameter.role, parameter.value);
    if (!fault.empty()) {
      throw Failure(path + ": not written: \"" + parameter.name + "\" " + fault +
                    "; the training has diverged: go back to the last checkpoint");
    }
    torch[p].resize(parameter.value.size());
    ToTorch(parameter.role, parameter.shape, parameter.value.data(), torch[p].data());
    writer.Add(parameter.name, SafeDType::kF32, TorchShape(parameter.role, parameter.shape),
               torch[p].data());
  }
  writer.WriteAtomically(path);
}

LoadedModel LoadModel(const std::string& path) {
  const SafeTensorsFile file = SafeTensorsFile::Read(path);
  const std::string& graph_text = Metadata(file, kGraphKey);
  const std::string& info_text = Metadata(file, kModelKey);
  if (!file.has_checksum())
    throw BadInput(path + ": has no checksum, so another program changed it; use the original");
  LoadedModel model;
  model.graph = GraphFromJson(path, graph_text);
  model.info = InfoFromJson(path, model.graph, info_text);
  const std::vector<const SafeTensor*> tensors = MatchTensors(file, ListParameters(model.graph));
  model.parameters = std::make_unique<Parameters<float>>(model.graph);
  for (size_t p = 0; p < tensors.size(); ++p) {
    Parameter<float>& parameter = (*model.parameters)[static_cast<int64_t>(p)];
    const std::vector<float> torch = file.ReadFloats(*tensors[p]);
    const std::string fault = JudgeValues(parameter.role, torch);
    if (!fault.empty()) {
      throw BadInput(path + ": tensor \"" + parameter.name + "\" " + fault +
                     "; train or export the model again");
    }
    FromTorch(parameter.role, parameter.shape, torch.data(), parameter.value.data());
  }
  return model;
}

void RequireCalibrated(const OwnedGraph& graph, const ModelInfo& info, Width width) {
  if (info.calibrated[width]) return;
  std::string names;
  for (const std::string& name : CalibratedNames(graph, info))
    names += (names.empty() ? "" : ", ") + name;
  throw UsageError(
      "width " + graph.width_names()[width] +
      " is not calibrated: its normalisation statistics are not fit for use; calibrated: " +
      (names.empty() ? "none" : names) + "; calibrate the others with `slimsplit calibrate`");
}

}  // namespace slim
