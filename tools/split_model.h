// SplitModel: a trained model cut in two, as its files will hold it.
#ifndef SLIMSPLIT_TOOLS_SPLIT_MODEL_H_
#define SLIMSPLIT_TOOLS_SPLIT_MODEL_H_

#include <memory>
#include <string>
#include <vector>

#include "autograd/model_file.h"
#include "layers/graph_cut_host.h"
#include "split/runtime/model_file.h"

namespace slim {

// The model must outlive it.
class SplitModel {
 public:
  // Cuts at the node of that name. A bottleneck (layers/graph_cut_host.h) is taken out: the codec
  // does its work, with the range or step that training found. After any other node a quantiser is
  // yet to be chosen. Throws UsageError when the network cannot be cut there, or a width is not
  // calibrated.
  SplitModel(const LoadedModel& model, const std::string& node);
  SplitModel(const SplitModel&) = delete;
  SplitModel& operator=(const SplitModel&) = delete;

  // Of the model, where it was cut.
  int32_t node() const { return node_; }
  bool has_quantizer() const { return has_quantizer_; }
  // One per row; whoever measures writes what it finds here.
  std::vector<ModelMode>& modes() { return modes_; }
  std::vector<FeatureFormat>& features() { return features_; }
  // Codes the row by rANS with these tables, one per channel of the latent.
  void SetTables(Width row, std::vector<uint8_t> tables);
  // Codes every row by rANS with the prior that the entropy bottleneck learned. Throws UsageError
  // when the cut is at another node.
  void TakePrior();

  // The halves, with a digest once Seal was called; they point into this.
  const ModelFile& head() const { return head_; }
  const ModelFile& tail() const { return tail_; }
  // Lets the head answer alone; what `exit` points to must stay.
  void SetExit(const ModelExit& exit) { head_.exit = exit; }
  const LoadedModel& model() const { return model_; }

  // Ties the halves together as they are now.
  void Seal();

 private:
  struct Weights {
    const Parameters<float>* parameters;
    const std::vector<int32_t>* nodes;
  };

  ModelFile Half(const OwnedGraph& graph, const Weights* weights) const;
  void TakeQuantizers();
  // Fills in the sizes of the latent and what the head costs.
  void Measure();

  const LoadedModel& model_;
  GraphCut cut_;
  int32_t node_ = 0;
  bool has_quantizer_ = false;
  std::vector<ModelMode> modes_;
  std::vector<FeatureFormat> features_;
  std::vector<std::vector<uint8_t>> tables_;  // [row]
  std::vector<const char*> class_names_;
  Weights head_weights_, tail_weights_;
  ModelFile head_, tail_;
};

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_SPLIT_MODEL_H_
