#include "layers/nets/nets_host.h"

#include "core/error_host.h"

namespace slim {
namespace {

struct NamedNet {
  const char* name;
  int image_size;
  OwnedGraph (*make)(const NetOptions& options);
};

constexpr NamedNet kNets[] = {
    {"plain-cnn", 32, PlainCnn},
    {"resnet8", 32, ResNet8},
    {"resnet20", 32, [](const NetOptions& options) { return CifarResNet(3, options); }},
    {"resnet56", 32, [](const NetOptions& options) { return CifarResNet(9, options); }},
    {"resnet18", 224, ResNet18},
    {"resnet50", 224, ResNet50},
    {"mobilenetv2", 224, MobileNetV2},
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
  for (const NamedNet& net : kNets) names.push_back(net.name);
  return names;
}

int UsualImageSize(const std::string& name) { return Find(name).image_size; }

BatchNormAffine ParseAffine(const std::string& name) {
  if (name == "per-width") return BatchNormAffine::kPerWidth;
  if (name == "shared") return BatchNormAffine::kShared;
  throw UsageError("affine: unknown kind \"" + name + "\"; known are per-width, shared");
}

}  // namespace slim
