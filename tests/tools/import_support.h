// What the tests of imports share: state_dicts as PyTorch writes them.
#ifndef SLIMSPLIT_TESTS_TOOLS_IMPORT_SUPPORT_H_
#define SLIMSPLIT_TESTS_TOOLS_IMPORT_SUPPORT_H_

#include <stdint.h>

#include <map>
#include <string>
#include <vector>

#include "core/safetensors_host.h"

namespace slim {

// Tensors by name, to be changed and written.
struct TorchTensor {
  std::vector<int64_t> shape;
  std::vector<float> values;
};

struct TorchDict {
  std::map<std::string, TorchTensor> tensors;

  // A tensor of that shape; its numbers are a little above `first` and all different.
  void Add(const std::string& name, const std::vector<int64_t>& shape, float first) {
    TorchTensor tensor{shape, {}};
    int64_t count = 1;
    for (const int64_t size : shape) count *= size;
    for (int64_t i = 0; i < count; ++i)
      tensor.values.push_back(first + 0.5f * static_cast<float>(i) / static_cast<float>(count));
    tensors[name] = tensor;
  }

  // Writes the file; `tracked` names get a counter as num_batches_tracked.
  void Write(const std::string& path, const std::vector<std::string>& tracked = {}) const {
    SafeTensorsWriter writer;
    for (const auto& [name, tensor] : tensors)
      writer.Add(name, SafeDType::kF32, tensor.shape, tensor.values.data());
    static const int64_t kBatches = 391;
    for (const std::string& name : tracked)
      writer.Add(name + ".num_batches_tracked", SafeDType::kI64, {}, &kBatches);
    writer.SetMetadata("format", "pt");
    writer.WriteAtomically(path);
  }
};

// The state_dict of a plain-cnn with `channels` inputs and `classes` outputs.
inline TorchDict PlainCnnDict(int64_t channels, int64_t classes) {
  TorchDict dict;
  int64_t in = channels;
  for (int64_t i = 1; i <= 3; ++i) {
    const int64_t out = 8 << i;
    const std::string number = std::to_string(i);
    const float base = static_cast<float>(10 * i);
    dict.Add("conv" + number + ".weight", {out, in, 3, 3}, base + 1);
    dict.Add("bn" + number + ".weight", {out}, base + 2);
    dict.Add("bn" + number + ".bias", {out}, base + 3);
    dict.Add("bn" + number + ".running_mean", {out}, base + 4);
    dict.Add("bn" + number + ".running_var", {out}, base + 5);
    in = out;
  }
  dict.Add("linear.weight", {classes, 64}, 1);
  dict.Add("linear.bias", {classes}, 2);
  return dict;
}

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_TOOLS_IMPORT_SUPPORT_H_
