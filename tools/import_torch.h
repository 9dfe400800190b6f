// ImportTorch: the weights of a PyTorch network in a reference network of ours.
//
// The file is a state_dict in safetensors. A tensor finds its place by name: the nodes of the
// reference networks are called as PyTorch's modules (layers/nets/nets_host.h), and of a batch
// norm's parameters
//
//   weight -> scale   bias -> shift   running_mean -> mean   running_var -> var
//
// A prefix "module." (of DataParallel) is dropped, num_batches_tracked ignored. The number of
// classes and of input channels are those of the weights.
#ifndef SLIMSPLIT_TOOLS_IMPORT_TORCH_H_
#define SLIMSPLIT_TOOLS_IMPORT_TORCH_H_

#include <string>
#include <vector>

#include "autograd/model_file.h"

namespace slim {

struct ImportOptions {
  std::string net;      // layers/nets/nets_host.h
  std::string weights;  // the file
  std::vector<double> widths = {1.0};
  std::string affine = "per-width";  // or "shared"
  int divisor = 1;
  int image_size = 0;                      // height and width; 0: the usual one of the network
  std::string normalization = "imagenet";  // a preset of data/normalize.h
};

// The network with the weights of the file. The whole network is calibrated; a narrower width gets
// the first numbers of the batch norms and is not. Throws BadInput that names file, tensors and
// rule when file and network do not have the same tensors, or when a number makes no sense.
LoadedModel ImportTorch(const ImportOptions& options);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_IMPORT_TORCH_H_
