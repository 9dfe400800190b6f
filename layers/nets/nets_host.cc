#include "layers/nets/nets_host.h"

#include "core/error_host.h"

namespace slim {
namespace {

struct NamedNet {
  const char* name;
  int image_size;
  bool classifier;
  OwnedGraph (*make)(const NetOptions& options);
};

constexpr NamedNet kNets[] = {
    {"plain-cnn", 32, true, PlainCnn},
    {"resnet8", 32, true, ResNet8},
    {"resnet20", 32, true, [](const NetOptions& options) { return CifarResNet(3, options); }},
    {"resnet56", 32, true, [](const NetOptions& options) { return CifarResNet(9, options); }},
    {"resnet18", 224, true, ResNet18},
    {"resnet50", 224, true, ResNet50},
    {"mobilenetv2", 224, true, MobileNetV2},
    {"slimmable-encoder", 384, false, SlimmableEncoder},
};

const NamedNet& Find(const std::string& name) {
  std::string known;
  for (const NamedNet& net : kNets) {
    if (name == net.name) return net;
    known += std::string(known.empty() ? "" : ", ") + net.name;
  }
  throw UsageError("unknown network \"" + name + "\"; known are " + known);
}

}  // namespace

OwnedGraph MakeNet(const std::string& name, const NetOptions& options) {
  return Find(name).make(options);
}

std::vector<std::string> NetNames() {
  std::vector<std::string> names;
  for (const NamedNet& net : kNets) {
    if (net.classifier) names.push_back(net.name);
  }
  return names;
}

int UsualImageSize(const std::string& name) { return Find(name).image_size; }

BatchNormAffine ParseAffine(const std::string& name) {
  if (name == "per-width") return BatchNormAffine::kPerWidth;
  if (name == "shared") return BatchNormAffine::kShared;
  throw UsageError("affine: unknown kind \"" + name + "\"; known are per-width, shared");
}

}  // namespace slim
