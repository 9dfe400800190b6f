// What the tests of data share: files to read, errors to expect, small data sets.
#ifndef SLIMSPLIT_TESTS_DATA_DATA_SUPPORT_H_
#define SLIMSPLIT_TESTS_DATA_DATA_SUPPORT_H_

#include <stdint.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/error_host.h"
#include "data/dataset.h"
#include "gtest/gtest.h"

namespace slim {

using Bytes = std::vector<uint8_t>;

// An empty folder of its own for the test that is running.
inline std::string TestFolder() {
  const testing::TestInfo* info = testing::UnitTest::GetInstance()->current_test_info();
  const std::string folder =
      testing::TempDir() + "/" + info->test_suite_name() + "." + info->name();
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

inline void WriteBytes(const std::string& path, const Bytes& bytes) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  ASSERT_TRUE(file.good()) << path;
}

// Runs `act`, which must throw an Error of `kind` whose message holds each of `parts`.
template <class Act>
void ExpectError(ErrorKind kind, const std::vector<std::string>& parts, Act act) {
  try {
    act();
    ADD_FAILURE() << "no error where one was due";
  } catch (const Error& error) {
    EXPECT_EQ(static_cast<int>(error.kind()), static_cast<int>(kind)) << error.what();
    for (const std::string& part : parts) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
          << "'" << part << "' is missing in: " << error.what();
    }
  }
}

// Image i has `side` x `side` x 3 pixels of value (i + offset of the byte) modulo 251, and label i
// modulo 7. Asking for image `broken` throws.
class CountingDataset : public Dataset {
 public:
  CountingDataset(int64_t size, int side, int64_t broken = -1)
      : size_(size), side_(side), broken_(broken), names_({"a", "b", "c", "d", "e", "f", "g"}) {}

  int64_t size() const override { return size_; }
  ImageSize image_size() const override { return {side_, side_, 3}; }
  const std::vector<std::string>& class_names() const override { return names_; }
  int Label(int64_t index) const override { return static_cast<int>(index % 7); }
  void Get(int64_t index, Image* image) const override {
    if (index == broken_) throw BadInput("image " + std::to_string(index) + " is broken");
    image->Resize(image_size());
    for (size_t i = 0; i < image->pixels.size(); ++i) {
      image->pixels[i] = static_cast<uint8_t>((index + static_cast<int64_t>(i)) % 251);
    }
  }

 private:
  int64_t size_;
  int side_;
  int64_t broken_;
  std::vector<std::string> names_;
};

// The image with these rows of gray values.
inline Image Gray(const std::vector<Bytes>& rows) {
  Image image;
  image.size = {static_cast<int>(rows.size()), static_cast<int>(rows[0].size()), 1};
  for (const Bytes& row : rows) image.pixels.insert(image.pixels.end(), row.begin(), row.end());
  return image;
}

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_DATA_DATA_SUPPORT_H_
