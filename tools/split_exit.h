// SplitExit: a trained exit as the head's file will hold it.
#ifndef SLIMSPLIT_TOOLS_SPLIT_EXIT_H_
#define SLIMSPLIT_TOOLS_SPLIT_EXIT_H_

#include <string>
#include <vector>

#include "autograd/model_file.h"
#include "data/loader.h"
#include "layers/graph_cut_host.h"
#include "tools/split_model.h"

namespace slim {

class SplitExit {
 public:
  // `exit` is what `train --exit-of` has made of the model that `split` cuts, at the same place;
  // gives the head of `split` its exit, so both must outlive this. Throws UsageError when it is an
  // exit of another head.
  SplitExit(const LoadedModel& exit, SplitModel* split);
  SplitExit(const SplitExit&) = delete;
  SplitExit& operator=(const SplitExit&) = delete;

  // Finds out how many of the images of the loader's epoch 0 the exit gets right at each row.
  void Measure(Loader& loader, bool quiet);

  // One line per row on standard output.
  void Print(bool json) const;

 private:
  const LoadedModel& exit_;
  SplitModel& split_;
  GraphCut cut_;
  std::vector<ExitMode> modes_;
};

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_SPLIT_EXIT_H_
