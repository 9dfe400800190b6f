#include "data/image_folder.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "core/error_host.h"
#include "data/image_file.h"
#include "data/resize.h"

namespace slim {
namespace {

namespace fs = std::filesystem;

constexpr char kLayout[] = "expected are ROOT/train/CLASS/*.jpg and ROOT/test/CLASS/*.jpg (or val)";

bool IsImage(const fs::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = static_cast<char>(tolower(static_cast<unsigned char>(c)));
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png";
}

// Names of what is in `directory` and wanted, sorted.
template <class Wanted>
std::vector<std::string> List(const std::string& directory, Wanted wanted) {
  std::error_code error;
  std::vector<std::string> names;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (wanted(*entry)) names.push_back(entry->path().filename().string());
  }
  if (error) throw BadInput(directory + ": " + error.message() + "; " + kLayout);
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> Classes(const std::string& directory) {
  std::vector<std::string> names = List(directory, [](const fs::directory_entry& entry) {
    std::error_code error;
    return entry.is_directory(error) && entry.path().filename().string()[0] != '.';
  });
  if (names.empty()) throw BadInput(directory + ": no folder of a class; " + kLayout);
  return names;
}

}  // namespace

ImageFolder::ImageFolder(const std::string& root, Split split, int side)
    : side_(side), class_names_(Classes(root + "/train")) {
  std::string directory = root + "/train";
  if (split == Split::kTest) {
    directory = root + (fs::is_directory(root + "/test") ? "/test" : "/val");
  }
  for (const std::string& name : Classes(directory)) {
    const std::string folder = directory + "/" + name;
    const auto known = std::lower_bound(class_names_.begin(), class_names_.end(), name);
    if (known == class_names_.end() || *known != name) {
      throw BadInput(folder + ": class '" + name + "' is not in " + root +
                     "/train; rename or remove the folder");
    }
    const std::vector<std::string> files = List(folder, [](const fs::directory_entry& entry) {
      std::error_code error;
      return entry.is_regular_file(error) && IsImage(entry.path());
    });
    if (files.empty()) {
      throw BadInput(folder + ": no .jpg, .jpeg or .png file; add images or remove the folder");
    }
    const int label = static_cast<int>(known - class_names_.begin());
    for (const std::string& file : files) files_.push_back({folder + "/" + file, label});
  }
}

void ImageFolder::Get(int64_t index, Image* image) const {
  if (side_ == 0) return ReadImageFile(files_[index].path, image);
  Image original;
  ReadImageFile(files_[index].path, &original);
  Resampler().Resample(original, CenterSquare(original.size), side_, side_, image);
}

}  // namespace slim
