#include "data/cifar.h"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/error_host.h"
#include "core/file_host.h"
#include "data/memory_dataset.h"

namespace slim {
namespace {

constexpr int kSide = 32;
constexpr int kPlane = kSide * kSide;
constexpr int kPixelBytes = 3 * kPlane;
constexpr char kNextStep[] =
    "download and unpack the binary version from https://www.cs.toronto.edu/~kriz/cifar.html";

// What differs between the two sets.
struct Format {
  int label_bytes;  // the last one is the label that is used
  const int* label_limits;
  int64_t records_per_file;
  std::vector<std::string> class_names;
};

void CheckLabels(const std::string& path, const Format& format, int64_t record,
                 const uint8_t* bytes) {
  for (int i = 0; i < format.label_bytes; ++i) {
    if (bytes[i] < format.label_limits[i]) continue;
    throw BadInput(
        path + ": byte " + std::to_string(record * (format.label_bytes + kPixelBytes) + i) +
        " (record " + std::to_string(record) + "): label " + std::to_string(bytes[i]) +
        ", but labels are below " + std::to_string(format.label_limits[i]) + "; " + kNextStep);
  }
}

void CheckSize(const std::string& path, const Format& format, int64_t actual) {
  const int64_t record_bytes = format.label_bytes + kPixelBytes;
  const int64_t expected = format.records_per_file * record_bytes;
  if (actual == expected) return;
  throw BadInput(path + ": " + std::to_string(actual) + " bytes, but " +
                 std::to_string(format.records_per_file) + " records of " +
                 std::to_string(record_bytes) + " bytes make " + std::to_string(expected) + "; " +
                 kNextStep);
}

// Writes the records of one file to `pixels` ([N][32][32][3]) and `labels`.
void Unpack(const std::string& path, const Format& format, const std::vector<uint8_t>& bytes,
            uint8_t* pixels, uint8_t* labels) {
  const uint8_t* source = bytes.data();
  for (int64_t record = 0; record < format.records_per_file; ++record) {
    CheckLabels(path, format, record, source);
    labels[record] = source[format.label_bytes - 1];
    source += format.label_bytes;
    for (int i = 0; i < kPlane; ++i) {
      for (int c = 0; c < 3; ++c) *pixels++ = source[c * kPlane + i];
    }
    source += kPixelBytes;
  }
}

std::unique_ptr<Dataset> Read(const std::string& directory, const Format& format,
                              const std::vector<std::string>& files) {
  std::vector<std::unique_ptr<InputFile>> inputs;
  for (const std::string& file : files) {
    const std::string path = directory + "/" + file;
    std::error_code error;
    if (!std::filesystem::exists(path, error))
      throw BadInput(path + ": no such file; " + kNextStep);
    inputs.push_back(std::make_unique<InputFile>(path));
    CheckSize(path, format, inputs.back()->size());
  }
  const size_t per_file = static_cast<size_t>(format.records_per_file);
  std::vector<uint8_t> labels(files.size() * per_file);
  std::vector<uint8_t> pixels(labels.size() * kPixelBytes);
  std::vector<uint8_t> bytes(static_cast<size_t>(inputs[0]->size()));
  for (size_t i = 0; i < inputs.size(); ++i) {
    inputs[i]->Read(bytes.data(), bytes.size());
    Unpack(inputs[i]->path(), format, bytes, &pixels[i * per_file * kPixelBytes],
           &labels[i * per_file]);
  }
  return std::make_unique<MemoryDataset>(ImageSize{kSide, kSide, 3}, format.class_names,
                                         std::move(pixels), std::move(labels));
}

const std::vector<std::string>& Cifar10Names() {
  static const std::vector<std::string> names = {
      "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
  return names;
}

const std::vector<std::string>& Cifar100Names() {
  static const std::vector<std::string> names = {
      "apple",       "aquarium_fish", "baby",      "bear",       "beaver",       "bed",
      "bee",         "beetle",        "bicycle",   "bottle",     "bowl",         "boy",
      "bridge",      "bus",           "butterfly", "camel",      "can",          "castle",
      "caterpillar", "cattle",        "chair",     "chimpanzee", "clock",        "cloud",
      "cockroach",   "couch",         "crab",      "crocodile",  "cup",          "dinosaur",
      "dolphin",     "elephant",      "flatfish",  "forest",     "fox",          "girl",
      "hamster",     "house",         "kangaroo",  "keyboard",   "lamp",         "lawn_mower",
      "leopard",     "lion",          "lizard",    "lobster",    "man",          "maple_tree",
      "motorcycle",  "mountain",      "mouse",     "mushroom",   "oak_tree",     "orange",
      "orchid",      "otter",         "palm_tree", "pear",       "pickup_truck", "pine_tree",
      "plain",       "plate",         "poppy",     "porcupine",  "possum",       "rabbit",
      "raccoon",     "ray",           "road",      "rocket",     "rose",         "sea",
      "seal",        "shark",         "shrew",     "skunk",      "skyscraper",   "snail",
      "snake",       "spider",        "squirrel",  "streetcar",  "sunflower",    "sweet_pepper",
      "table",       "tank",          "telephone", "television", "tiger",        "tractor",
      "train",       "trout",         "tulip",     "turtle",     "wardrobe",     "whale",
      "willow_tree", "wolf",          "woman",     "worm"};
  return names;
}

}  // namespace

std::unique_ptr<Dataset> ReadCifar10(const std::string& directory, Split split) {
  static constexpr int kLimits[] = {10};
  const Format format = {1, kLimits, 10000, Cifar10Names()};
  if (split == Split::kTest) return Read(directory, format, {"test_batch.bin"});
  return Read(directory, format,
              {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
               "data_batch_5.bin"});
}

std::unique_ptr<Dataset> ReadCifar100(const std::string& directory, Split split) {
  static constexpr int kLimits[] = {20, 100};
  const bool test = split == Split::kTest;
  const Format format = {2, kLimits, test ? 10000 : 50000, Cifar100Names()};
  return Read(directory, format, {test ? "test.bin" : "train.bin"});
}

}  // namespace slim
