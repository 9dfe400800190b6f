#include "data/idx.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/error_host.h"
#include "core/file_host.h"
#include "core/shape.h"
#include "data/memory_dataset.h"

namespace slim {
namespace {

constexpr char kNextStep[] =
    "download the four files train-images-idx3-ubyte, train-labels-idx1-ubyte, "
    "t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte again, with or without .gz";
// Deflate makes no more than this of one byte.
constexpr int64_t kMaxExpansion = 1032;

// One IDX file, read from its start; zlib passes on files that are not compressed as they are.
class IdxFile {
 public:
  explicit IdxFile(const std::string& path)
      : path_(path), file_bytes_(InputFile(path).size()), file_(gzopen(path.c_str(), "rb")) {
    if (file_ == nullptr) throw Refuse(strerror(errno));
  }
  ~IdxFile() { gzclose(file_); }
  IdxFile(const IdxFile&) = delete;
  IdxFile& operator=(const IdxFile&) = delete;

  Error Refuse(const std::string& why) const {
    return BadInput(path_ + ": " + why + "; " + kNextStep);
  }

  // Reads magic number and sizes, and compares them with the length of the file.
  Shape ReadHeader(int rank) {
    uint8_t magic[4];
    Read(magic, sizeof magic);
    if (magic[0] != 0 || magic[1] != 0 || magic[2] != 8 || magic[3] != rank) {
      throw Refuse("byte 0: an IDX file of bytes with " + std::to_string(rank) +
                   " axes begins with 0 0 8 " + std::to_string(rank));
    }
    Shape shape;
    shape.rank = rank;
    for (int i = 0; i < rank; ++i) {
      uint8_t size[4];
      Read(size, sizeof size);
      shape.dim[i] =
          int64_t{size[0]} << 24 | int64_t{size[1]} << 16 | int64_t{size[2]} << 8 | size[3];
      if (shape.dim[i] == 0) {
        throw Refuse("byte " + std::to_string(4 + 4 * i) + ": a size is 0");
      }
    }
    const int64_t limit = gzdirect(file_) ? file_bytes_ : SaturatingMul(file_bytes_, kMaxExpansion);
    if (shape.Count() > limit) {
      throw Refuse("byte 4: sizes ask for " + std::to_string(shape.Count()) +
                   " bytes, more than the file can hold");
    }
    return shape;
  }

  // Reads `count` bytes, which must be the last ones.
  std::vector<uint8_t> ReadRest(int64_t count) {
    constexpr int64_t kBlock = 1 << 24;
    std::vector<uint8_t> bytes;
    // Memory is taken as the bytes arrive: a compressed file may promise far more than it has.
    while (count > 0) {
      const int64_t block = std::min(count, kBlock);
      bytes.resize(bytes.size() + static_cast<size_t>(block));
      Read(bytes.data() + bytes.size() - block, block);
      count -= block;
    }
    uint8_t extra;
    // Reaching the end also checks the sum that closes a gzip stream.
    if (ReadSome(&extra, 1) != 0) {
      throw Refuse("byte " + std::to_string(offset_ - 1) + ": bytes follow the last element");
    }
    return bytes;
  }

 private:
  int ReadSome(uint8_t* bytes, int64_t count) {
    const int64_t part = std::min<int64_t>(count, 1 << 24);
    const int read = gzread(file_, bytes, static_cast<unsigned>(part));
    int code = Z_OK;
    const char* text = gzerror(file_, &code);
    if (read < 0 || (code != Z_OK && code != Z_STREAM_END)) {
      throw Refuse("damaged or cut off after byte " + std::to_string(offset_) +
                   " of its content (zlib: " + text + ")");
    }
    offset_ += read;
    return read;
  }

  void Read(uint8_t* bytes, int64_t count) {
    while (count > 0) {
      const int read = ReadSome(bytes, count);
      if (read == 0) {
        throw Refuse("ends at byte " + std::to_string(offset_) + ", " + std::to_string(count) +
                     " bytes too early");
      }
      bytes += read;
      count -= read;
    }
  }

  std::string path_;
  int64_t file_bytes_;
  gzFile file_;
  int64_t offset_ = 0;
};

// The plain file where there is one, else the compressed one.
std::string Find(const std::string& directory, const std::string& name) {
  const std::string path = directory + "/" + name;
  std::error_code error;
  if (std::filesystem::exists(path, error)) return path;
  if (std::filesystem::exists(path + ".gz", error)) return path + ".gz";
  throw BadInput(path + "[.gz]: no such file; " + kNextStep);
}

}  // namespace

std::unique_ptr<Dataset> ReadIdx(const std::string& directory, Split split, int classes) {
  if (classes < 1 || classes > 256) {
    throw UsageError("idx: " + std::to_string(classes) + " classes; choose 1 to 256");
  }
  const std::string half = split == Split::kTrain ? "train" : "t10k";
  IdxFile images(Find(directory, half + "-images-idx3-ubyte"));
  const Shape shape = images.ReadHeader(3);
  IdxFile labels(Find(directory, half + "-labels-idx1-ubyte"));
  const Shape label_shape = labels.ReadHeader(1);
  if (label_shape.dim[0] != shape.dim[0]) {
    throw labels.Refuse("byte 4: " + std::to_string(label_shape.dim[0]) + " labels for " +
                        std::to_string(shape.dim[0]) + " images");
  }
  if (std::max(shape.dim[1], shape.dim[2]) > 16384) {
    throw images.Refuse("byte 8: images of " + std::to_string(shape.dim[1]) + "x" +
                        std::to_string(shape.dim[2]) + ", the limit is 16384 a side");
  }
  std::vector<uint8_t> label_bytes = labels.ReadRest(label_shape.Count());
  for (size_t i = 0; i < label_bytes.size(); ++i) {
    if (label_bytes[i] < classes) continue;
    throw labels.Refuse("byte " + std::to_string(8 + i) + ": label " +
                        std::to_string(label_bytes[i]) + ", but there are " +
                        std::to_string(classes) + " classes");
  }
  std::vector<std::string> names;
  for (int i = 0; i < classes; ++i) names.push_back(std::to_string(i));
  const ImageSize size = {static_cast<int>(shape.dim[1]), static_cast<int>(shape.dim[2]), 1};
  return std::make_unique<MemoryDataset>(size, std::move(names), images.ReadRest(shape.Count()),
                                         std::move(label_bytes));
}

}  // namespace slim
