// ModelJudge: whether what a model file holds can run: graphs, modes, parameters at every width.
#ifndef SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_JUDGE_H_
#define SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_JUDGE_H_

#include "split/runtime/model_file.h"
#include "split/runtime/model_file_index.h"

namespace slim {

class ModelJudge {
 public:
  // `index` are those of the graph and of the exit; `shapes` is scratch [nodes + 1] of the larger
  // graph; `features` are those of `file`, which get their size.
  ModelJudge(const ModelFile& file, const ParameterIndex* index, Shape* shapes,
             FeatureFormat* features)
      : file_(file), graph_(file.graph), index_(index), shapes_(shapes), features_(features) {}

  // `where` is the byte offset of the name of the node or mode that breaks a rule.
  Status Judge();

 private:
  // Leaves the shapes of all values in shapes_.
  Status JudgeNodes(const Graph& graph, const ParameterIndex& index, Width row);
  Status JudgeMode(Width row);
  Status JudgeExit(Width row);
  Status JudgeParameter(const ParameterIndex& index, int32_t node, int slot, Width row,
                        const ParamSpec& spec);
  // A rule that a graph as a whole breaks.
  Status Refused(const Graph& graph, const char* rule) const {
    return Invalid(rule, PlaceOf(graph.nodes[0].name));
  }
  int64_t PlaceOf(const char* text) const {
    return reinterpret_cast<const uint8_t*>(text) - index_->file;
  }

  const ModelFile& file_;
  const Graph& graph_;
  const ParameterIndex* index_;
  Shape* shapes_;
  FeatureFormat* features_;
  int64_t matched_ = 0;  // parameters that a node has
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_JUDGE_H_
