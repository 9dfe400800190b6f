#include "layers/nets/nets_host.h"

#include "core/error_host.h"

namespace slim {
namespace {

struct NamedNet {
  const char* name;
  OwnedGraph (*make)(const NetOptions& options);
};

constexpr NamedNet kNets[] = {
    {"plain-cnn", PlainCnn},
    {"resnet8", ResNet8},
    {"resnet20", [](const NetOptions& options) { return CifarResNet(3, options); }},
    {"resnet56", [](const NetOptions& options) { return CifarResNet(9, options); }},
};

}  // namespace

OwnedGraph MakeNet(const std::string& name, const NetOptions& options) {
  std::string known;
  for (const NamedNet& net : kNets) {
    if (name == net.name) return net.make(options);
    known += std::string(known.empty() ? "" : ", ") + net.name;
  }
  throw UsageError("unknown network \"" + name + "\"; known are " + known);
}

std::vector<std::string> NetNames() {
  std::vector<std::string> names;
  for (const NamedNet& net : kNets) names.push_back(net.name);
  return names;
}

}  // namespace slim
