// Opening a data set by a text that names its kind and place, as the command line and recipes do.
#ifndef SLIMSPLIT_DATA_OPEN_H_
#define SLIMSPLIT_DATA_OPEN_H_

#include <memory>
#include <string>

#include "data/dataset.h"

namespace slim {

// What a spec may look like, one kind per line, for help texts.
std::string DatasetSpecHelp();

//   synthetic[:seed=1,size=4096]   size images to train, a quarter of them to test
//   cifar10:DIR   cifar100:DIR     the binary version
//   idx:DIR[,classes=10]           MNIST family
//   folder:DIR[,size=64]           images scaled and cut to size x size; without it they keep their
//   sizes
// DIR has no comma. Throws Error on an unknown kind or option, and what the reader of the kind
// throws.
std::unique_ptr<Dataset> OpenDataset(const std::string& spec, Split split);

}  // namespace slim

#endif  // SLIMSPLIT_DATA_OPEN_H_
