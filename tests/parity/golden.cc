#include "tests/parity/golden.h"

#include <math.h>
#include <string.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <stdexcept>

namespace slim {
namespace {

// Seen from the root of the repository, where tests run.
constexpr char kFolder[] = "tests/golden/parity";

}  // namespace

std::vector<std::string> GoldenNames(const std::string& prefix) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    const std::string name = entry.path().stem().string();
    if (name.compare(0, prefix.size(), prefix) == 0) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Golden::Golden(const std::string& name)
    : file_(SafeTensorsFile::Read(std::string(kFolder) + "/" + name + ".safetensors")) {}

std::vector<double> Golden::Numbers(const std::string& key) const {
  std::vector<double> numbers;
  std::stringstream text(Text(key));
  for (std::string part; std::getline(text, part, ',');) numbers.push_back(std::stod(part));
  return numbers;
}

const SafeTensor& Golden::Tensor(const std::string& name) const {
  const SafeTensor* tensor = file_.Find(name);
  if (tensor == nullptr) throw std::runtime_error(file_.name() + " has no tensor " + name);
  return *tensor;
}

std::vector<float> Golden::Floats(const std::string& name) const {
  return file_.ReadFloats(Tensor(name));
}

std::vector<int32_t> Golden::Ints(const std::string& name) const {
  const SafeTensor& tensor = Tensor(name);
  if (tensor.dtype != SafeDType::kI32) throw std::runtime_error(name + " is not I32");
  std::vector<int32_t> values(tensor.count());
  memcpy(values.data(), file_.data(tensor), values.size() * sizeof(int32_t));
  return values;
}

Shape Golden::ActivationShape(const std::string& name) const {
  std::vector<int64_t> s = Tensor(name).shape;
  if (s.size() == 2) s.insert(s.end(), {1, 1});
  return Shape(s.at(0), s.at(2), s.at(3), s.at(1));
}

std::vector<float> Golden::Activation(const std::string& name) const {
  const Shape shape = ActivationShape(name);
  const std::vector<float> nchw = Floats(name);
  std::vector<float> nhwc(nchw.size());
  const int64_t pixels = shape.h() * shape.w();
  for (int64_t n = 0; n < shape.n(); ++n) {
    for (int64_t c = 0; c < shape.c(); ++c) {
      for (int64_t p = 0; p < pixels; ++p) {
        nhwc[(n * pixels + p) * shape.c() + c] = nchw[(n * shape.c() + c) * pixels + p];
      }
    }
  }
  return nhwc;
}

void ExpectParity(const std::vector<float>& ours, const std::vector<float>& pytorch,
                  const std::string& what) {
  ASSERT_EQ(ours.size(), pytorch.size()) << what;
  double largest = 0;
  for (float p : pytorch) largest = fmax(largest, fabs(p));
  for (size_t i = 0; i < ours.size(); ++i) {
    ASSERT_TRUE(fabs(static_cast<double>(ours[i]) - pytorch[i]) <= 1e-5 * largest)
        << what << ": element " << i << " is " << ours[i] << ", PyTorch has " << pytorch[i]
        << "; the largest is " << largest;
  }
}

std::string ParityName(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

}  // namespace slim
