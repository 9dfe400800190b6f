// IDX: the array files of MNIST and its family, plain or compressed with gzip
// (http://yann.lecun.com/exdb/mnist).
//
//   images  0x00 0x00 0x08 0x03, count, height, width (4 bytes each, big endian),
//           count * height * width bytes
//   labels  0x00 0x00 0x08 0x01, count, count bytes
#ifndef SLIMSPLIT_DATA_IDX_H_
#define SLIMSPLIT_DATA_IDX_H_

#include <memory>
#include <string>

#include "data/dataset.h"

namespace slim {

// Reads {train,t10k}-images-idx3-ubyte and -labels-idx1-ubyte, or the same with .gz, from
// `directory`. Images have one channel; classes are named "0", "1", ... Throws Error on a missing
// file, a wrong magic number, sizes that do not agree with the length of the file or with each
// other, a damaged gzip stream, or a label >= `classes` (1 .. 256).
std::unique_ptr<Dataset> ReadIdx(const std::string& directory, Split split, int classes = 10);

}  // namespace slim

#endif  // SLIMSPLIT_DATA_IDX_H_
