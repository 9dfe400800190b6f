// CIFAR-10 and CIFAR-100 in their binary version (Krizhevsky, "Learning Multiple Layers of Features
// from Tiny Images").
//
//   CIFAR-10   record = label (1 byte, 0..9), 3072 bytes;
//              data_batch_1.bin .. data_batch_5.bin, test_batch.bin
//   CIFAR-100  record = coarse label (1 byte, 0..19), fine label (1 byte, 0..99), 3072 bytes;
//              train.bin, test.bin
//
// The 3072 bytes are three planes of 32x32: red, green, blue.
#ifndef SLIMSPLIT_DATA_CIFAR_H_
#define SLIMSPLIT_DATA_CIFAR_H_

#include <memory>
#include <string>

#include "data/dataset.h"

namespace slim {

// Reads one half from `directory`; images are 32x32x3. CIFAR-100 is labelled with its 100 fine
// classes. Throws Error on a missing file, a file of another size than the published one, or a
// label out of range.
std::unique_ptr<Dataset> ReadCifar10(const std::string& directory, Split split);
std::unique_ptr<Dataset> ReadCifar100(const std::string& directory, Split split);

}  // namespace slim

#endif  // SLIMSPLIT_DATA_CIFAR_H_
