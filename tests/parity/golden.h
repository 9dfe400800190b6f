// Golden files of tests/golden/parity: what PyTorch computed, written by
// tools/parity/make_goldens.py.
#ifndef SLIMSPLIT_TESTS_PARITY_GOLDEN_H_
#define SLIMSPLIT_TESTS_PARITY_GOLDEN_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/fields.h"
#include "core/safetensors_host.h"
#include "core/shape.h"

namespace slim {

// Names, without folder and extension, of the files that start with `prefix`; sorted.
std::vector<std::string> GoldenNames(const std::string& prefix);

class Golden {
 public:
  explicit Golden(const std::string& name);

  bool Has(const std::string& key) const { return file_.metadata().count(key) != 0; }
  // Metadata; throws std::out_of_range when there is none.
  std::string Text(const std::string& key) const { return file_.metadata().at(key); }
  double Number(const std::string& key) const { return std::stod(Text(key)); }
  std::vector<double> Numbers(const std::string& key) const;  // separated by commas
  const SafeMetadata& metadata() const { return file_.metadata(); }

  const SafeTensor* Find(const std::string& name) const { return file_.Find(name); }
  // Numbers in PyTorch's order; throws std::runtime_error when there is no such tensor.
  std::vector<float> Floats(const std::string& name) const;
  std::vector<int32_t> Ints(const std::string& name) const;
  // An activation [N][C][H][W], or [N][C], in our shape and order.
  Shape ActivationShape(const std::string& name) const;
  std::vector<float> Activation(const std::string& name) const;

 private:
  const SafeTensor& Tensor(const std::string& name) const;
  SafeTensorsFile file_;
};

// Sets every field of a layer to the number that `field.<name>` of a golden says.
class GoldenFields : public FieldVisitor {
 public:
  explicit GoldenFields(const Golden& golden) : golden_(golden) {}
  int visited() const { return visited_; }

 protected:
  void Int(const char* name, int64_t& value) override { value = std::stoll(Next(name)); }
  void Float(const char* name, float& value) override { value = std::stof(Next(name)); }

 private:
  std::string Next(const char* name) {
    ++visited_;
    return golden_.Text(std::string("field.") + name);
  }
  const Golden& golden_;
  int visited_ = 0;
};

// Every number within 1e-5 of the largest of PyTorch's.
void ExpectParity(const std::vector<float>& ours, const std::vector<float>& pytorch,
                  const std::string& what);

// One test per golden file.
class ParityTest : public testing::TestWithParam<std::string> {};
std::string ParityName(const testing::TestParamInfo<std::string>& info);

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_PARITY_GOLDEN_H_
