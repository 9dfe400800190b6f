#include "tools/import_torch.h"

#include <math.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "core/error_host.h"
#include "core/safetensors_host.h"
#include "data/normalize.h"
#include "layers/nets/nets_host.h"
#include "layers/torch_layout_host.h"

namespace slim {
namespace {

constexpr size_t kMaxListed = 20;

// The state_dict of a file, by the names that PyTorch's modules have without DataParallel.
class StateDict {
 public:
  explicit StateDict(const std::string& path) : file_(SafeTensorsFile::Read(path)) {
    const std::string prefix = "module.", ignored = "num_batches_tracked";
    for (const SafeTensor& tensor : file_.tensors()) {
      std::string name = tensor.name;
      if (name.compare(0, prefix.size(), prefix) == 0) name.erase(0, prefix.size());
      if (name.substr(name.rfind('.') + 1) == ignored) continue;
      if (!tensors_.emplace(name, &tensor).second)
        Refuse(tensor.name, "the same name is there with and without \"module.\"");
    }
  }

  const SafeTensor* Find(const std::string& name) const {
    const auto found = tensors_.find(name);
    return found == tensors_.end() ? nullptr : found->second;
  }
  const std::map<std::string, const SafeTensor*>& tensors() const { return tensors_; }

  // The size of axis `axis` of a weight with `rank` axes, as a number of channels.
  int Channels(const std::string& name, size_t rank, size_t axis) const {
    const SafeTensor* tensor = Find(name);
    if (tensor == nullptr) Refuse(name, "it is missing, but the network needs it; check --net");
    if (tensor->shape.size() != rank)
      Refuse(tensor->name, "it must have " + std::to_string(rank) + " axes; check --net");
    const int64_t size = tensor->shape[axis];
    if (size < 1 || size > UINT16_MAX)
      Refuse(tensor->name, "axis " + std::to_string(axis) + " must have 1 .. 65535 elements");
    return static_cast<int>(size);
  }

  // Numbers that a parameter of this role can have.
  std::vector<float> Read(const SafeTensor& tensor, ParamRole role) const {
    std::vector<float> values = file_.ReadFloats(tensor);
    for (const float value : values) {
      if (!isfinite(value)) Refuse(tensor.name, "a value is not finite; export the weights again");
      if (role == ParamRole::kRunningVar && value < 0)
        Refuse(tensor.name, "a variance is negative; export the weights again");
    }
    return values;
  }

  const std::string& name() const { return file_.name(); }

 private:
  [[noreturn]] void Refuse(const std::string& tensor, const std::string& rule) const {
    throw BadInput(file_.name() + ": tensor \"" + tensor + "\": " + rule);
  }

  SafeTensorsFile file_;
  std::map<std::string, const SafeTensor*> tensors_;
};

std::string TorchName(const Graph& graph, const ParameterInfo& parameter) {
  const std::string node = graph.nodes[parameter.node].name;
  switch (parameter.role) {
    case ParamRole::kScale:
      return node + ".weight";
    case ParamRole::kShift:
      return node + ".bias";
    case ParamRole::kRunningMean:
      return node + ".running_mean";
    case ParamRole::kRunningVar:
      return node + ".running_var";
    default:  // weight and bias are called so here too
      return parameter.name;
  }
}

OwnedGraph MakeGraph(const ImportOptions& options, const StateDict& dict) {
  NetOptions net;
  net.height = net.width =
      options.image_size > 0 ? options.image_size : UsualImageSize(options.net);
  net.centred_shortcuts = true;
  const OwnedGraph any = MakeNet(options.net, net);  // to learn the names of its ends
  const Graph& graph = any.view();
  net.channels = dict.Channels(std::string(graph.nodes[0].name) + ".weight", 4, 1);
  net.classes = dict.Channels(std::string(graph.nodes[graph.num_nodes - 1].name) + ".weight", 2, 0);
  net.widths = options.widths;
  net.affine = ParseAffine(options.affine);
  net.divisor = options.divisor;
  return MakeNet(options.net, net);
}

std::string Text(const std::vector<int64_t>& shape) {
  std::string text;
  for (const int64_t size : shape) text += (text.empty() ? "" : "x") + std::to_string(size);
  return "[" + text + "]";
}

std::string Listed(const char* title, const std::vector<std::string>& names) {
  if (names.empty()) return "";
  std::string text = std::string("; ") + title;
  for (size_t i = 0; i < std::min(names.size(), kMaxListed); ++i)
    text += (i == 0 ? " " : ", ") + names[i];
  if (names.size() > kMaxListed)
    text += " and " + std::to_string(names.size() - kMaxListed) + " more";
  return text;
}

// Throws unless file and network have the same tensors.
void ExpectSameTensors(const StateDict& dict, const std::string& net,
                       const std::map<std::string, std::vector<int64_t>>& wanted) {
  std::vector<std::string> missing, unknown, other_shape;
  for (const auto& want : wanted) {
    const SafeTensor* tensor = dict.Find(want.first);
    if (tensor == nullptr) {
      missing.push_back(want.first);
    } else if (tensor->shape != want.second) {
      other_shape.push_back(want.first + " is " + Text(tensor->shape) + " instead of " +
                            Text(want.second));
    }
  }
  for (const auto& have : dict.tensors()) {
    if (wanted.count(have.first) == 0) unknown.push_back(have.second->name);
  }
  if (missing.empty() && unknown.empty() && other_shape.empty()) return;
  throw BadInput(dict.name() + ": these are not the weights of " + net + "; check --net" +
                 Listed("missing:", missing) + Listed("not in the network:", unknown) +
                 Listed("of another shape:", other_shape));
}

}  // namespace

LoadedModel ImportTorch(const ImportOptions& options) {
  const Normalization normalization = NormalizationPreset(options.normalization);
  const StateDict dict(options.weights);
  LoadedModel model;
  model.graph = MakeGraph(options, dict);
  const Graph& graph = model.graph.view();
  const Width whole = graph.plan.rows - 1;

  std::map<std::string, std::vector<int64_t>> wanted;
  for (const ParameterInfo& info : ListParameters(model.graph)) {
    if (info.width < 0 || info.width == whole)
      wanted[TorchName(graph, info)] = TorchShape(info.role, info.shape);
  }
  ExpectSameTensors(dict, options.net, wanted);

  model.parameters = std::make_unique<Parameters<float>>(model.graph);
  Parameters<float>& parameters = *model.parameters;
  for (int64_t i = 0; i < parameters.size(); ++i) {
    Parameter<float>& p = parameters[i];
    const std::vector<float> torch = dict.Read(*dict.Find(TorchName(graph, p)), p.role);
    // Of a vector that is private to a narrower width, this reads the first numbers.
    FromTorch(p.role, p.shape, torch.data(), p.value.data());
  }
  model.info.calibrated.assign(graph.plan.rows, false);
  model.info.calibrated[whole] = true;
  model.info.mean = normalization.mean;
  model.info.std = normalization.std;
  return model;
}

}  // namespace slim
