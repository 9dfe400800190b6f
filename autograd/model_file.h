// A trained network in one file: a safetensors file (core/safetensors_header_host.h) that any
// reader of that format opens.
//
//   tensors            every parameter by its name, F32, in PyTorch's layout
//                      (layers/torch_layout_host.h); what is private to a width is named
//                      "bn.mean@1"
//   __metadata__
//     slimsplit.graph  the network (layers/graph_json_host.h)
//     slimsplit.model  {"version": 1, "calibrated": ["0.5", "1"], "mean": [0.5], "std": [0.25],
//                       "class_names": ["cat", "dog"], "made_by": "..."}
//     slimsplit.crc32  of everything
#ifndef SLIMSPLIT_AUTOGRAD_MODEL_FILE_H_
#define SLIMSPLIT_AUTOGRAD_MODEL_FILE_H_

#include <memory>
#include <string>
#include <vector>

#include "autograd/parameters.h"
#include "layers/graph_builder_host.h"

namespace slim {

// What a network needs beside weights to be used.
struct ModelInfo {
  std::vector<bool> calibrated;  // per width: its normalisation statistics are fit for use
  std::vector<float> mean, std;  // per input channel, in units of pixel / 255; or both empty
  std::vector<std::string> class_names;  // by label; may be empty
  std::string made_by;                   // the command or recipe, for people
};

struct LoadedModel {
  OwnedGraph graph;
  std::unique_ptr<Parameters<float>> parameters;
  ModelInfo info;
};

// Replaces `path` atomically. The same model gives the same bytes, and so does the model that is
// read from them. Throws Failure when a parameter is not finite or a variance negative, UsageError
// when `info` does not fit the graph; the old file is then untouched.
void SaveModel(const std::string& path, const OwnedGraph& graph,
               const Parameters<float>& parameters, const ModelInfo& info);

// Throws BadInput naming file, tensor or field, and rule: what SaveModel did not write is refused,
// before memory is taken for it.
LoadedModel LoadModel(const std::string& path);

// Throws UsageError, which lists the calibrated widths, unless `width` is one of them.
void RequireCalibrated(const OwnedGraph& graph, const ModelInfo& info, Width width);

}  // namespace slim

#endif  // SLIMSPLIT_AUTOGRAD_MODEL_FILE_H_
