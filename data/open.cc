#include "data/open.h"

#include <charconv>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "core/error_host.h"
#include "data/cifar.h"
#include "data/idx.h"
#include "data/image_folder.h"
#include "data/synthetic.h"

namespace slim {
namespace {

// A spec taken apart: KIND[:DIR][,KEY=NUMBER]...; for the synthetic kind the options follow the
// colon.
class Spec {
 public:
  explicit Spec(const std::string& text) : text_(text), kind_(text.substr(0, text.find(':'))) {
    if (kind_ == text) return;
    std::string rest = text.substr(kind_.size() + 1);
    for (bool first = true; !rest.empty(); first = false) {
      const size_t comma = rest.find(',');
      const std::string part = rest.substr(0, comma);
      rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
      if (first && kind_ != "synthetic") {
        directory_ = part;
      } else {
        AddOption(part);
      }
    }
  }

  const std::string& kind() const { return kind_; }

  // The folder of the data set, which must exist.
  const std::string& Directory() const {
    if (directory_.empty()) throw Refuse("names no folder");
    std::error_code error;
    if (!std::filesystem::is_directory(directory_, error)) {
      throw BadInput("data set '" + text_ + "': there is no folder " + directory_ +
                     "; check the path");
    }
    return directory_;
  }

  // Takes an option out of the spec.
  int64_t Take(const std::string& key, int64_t otherwise, int64_t least, int64_t most) {
    const auto option = options_.find(key);
    if (option == options_.end()) return otherwise;
    const int64_t value = option->second;
    options_.erase(option);
    if (value < least || value > most) {
      throw Refuse(key + " is not in " + std::to_string(least) + ".." + std::to_string(most));
    }
    return value;
  }

  // To be called when all known options are taken.
  void RefuseLeftOver() const {
    if (!options_.empty()) throw Refuse("has no option '" + options_.begin()->first + "'");
  }

  Error Refuse(const std::string& why) const {
    return UsageError("data set '" + text_ + "': " + why + "; known are\n" + DatasetSpecHelp());
  }

 private:
  void AddOption(const std::string& part) {
    const size_t equals = part.find('=');
    if (equals == std::string::npos) throw Refuse("'" + part + "' is not KEY=NUMBER");
    int64_t value = 0;
    const char* end = part.data() + part.size();
    const std::from_chars_result result = std::from_chars(part.data() + equals + 1, end, value);
    if (result.ec != std::errc() || result.ptr != end) {
      throw Refuse("'" + part + "' is not KEY=NUMBER");
    }
    options_[part.substr(0, equals)] = value;
  }

  std::string text_, kind_, directory_;
  std::map<std::string, int64_t> options_;
};

std::unique_ptr<Dataset> OpenSynthetic(Spec* spec, Split split) {
  const int64_t seed = spec->Take("seed", 1, 0, INT64_MAX);
  const int64_t size = spec->Take("size", 4096, 4, INT32_MAX);
  spec->RefuseLeftOver();
  return std::make_unique<SyntheticDataset>(seed, split == Split::kTest ? size / 4 : size, split);
}

std::unique_ptr<Dataset> OpenIdx(Spec* spec, Split split) {
  const int classes = static_cast<int>(spec->Take("classes", 10, 1, 256));
  spec->RefuseLeftOver();
  return ReadIdx(spec->Directory(), split, classes);
}

std::unique_ptr<Dataset> OpenFolder(Spec* spec, Split split) {
  const int side = static_cast<int>(spec->Take("size", 0, 1, 4096));
  spec->RefuseLeftOver();
  return std::make_unique<ImageFolder>(spec->Directory(), split, side);
}

}  // namespace

std::string DatasetSpecHelp() {
  return "  synthetic[:seed=1,size=4096]  ten classes of shapes, drawn by the program\n"
         "  cifar10:DIR, cifar100:DIR     binary version\n"
         "  idx:DIR[,classes=10]          MNIST family, plain or .gz\n"
         "  folder:DIR[,size=SIDE]        DIR/{train,test}/CLASS/*.{jpg,png}";
}

std::unique_ptr<Dataset> OpenDataset(const std::string& text, Split split) {
  Spec spec(text);
  if (spec.kind() == "synthetic") return OpenSynthetic(&spec, split);
  if (spec.kind() == "idx") return OpenIdx(&spec, split);
  if (spec.kind() == "folder") return OpenFolder(&spec, split);
  if (spec.kind() == "cifar10" || spec.kind() == "cifar100") {
    spec.RefuseLeftOver();
    return spec.kind() == "cifar10" ? ReadCifar10(spec.Directory(), split)
                                    : ReadCifar100(spec.Directory(), split);
  }
  throw spec.Refuse("unknown kind '" + spec.kind() + "'");
}

}  // namespace slim
