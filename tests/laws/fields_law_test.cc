// What holds for the fields of every layer: they survive being written and read, a number that does
// not fit is refused, and whatever Infer accepts runs.
#include <math.h>

#include <algorithm>
#include <set>

#include "tests/laws/cases.h"

namespace slim {
namespace {

// Writes every field as name and bits.
class Writer : public FieldVisitor {
 public:
  std::vector<std::pair<std::string, int64_t>> fields;

 protected:
  void Int(const char* name, int64_t& value) override { fields.emplace_back(name, value); }
  void Float(const char* name, float& value) override {
    int32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    fields.emplace_back(name, bits);
  }
};

// Reads what Writer wrote.
class Reader : public FieldVisitor {
 public:
  explicit Reader(const Writer& from) : fields_(from.fields) {}

 protected:
  void Int(const char* name, int64_t& value) override { value = Next(name); }
  void Float(const char* name, float& value) override {
    const int32_t bits = static_cast<int32_t>(Next(name));
    memcpy(&value, &bits, sizeof(value));
  }

 private:
  int64_t Next(const std::string& name) {
    EXPECT_EQ(fields_.at(at_).first, name);
    return fields_.at(at_++).second;
  }
  std::vector<std::pair<std::string, int64_t>> fields_;
  size_t at_ = 0;
};

// Gives one integer field another value.
class Replace : public FieldVisitor {
 public:
  Replace(int field, int64_t value) : field_(field), value_(value) {}
  bool replaced = false;

 protected:
  void Int(const char*, int64_t& value) override {
    if (at_++ != field_) return;
    value = value_;
    replaced = true;
  }

 private:
  int at_ = 0, field_;
  int64_t value_;
};

// Draws fields, mostly small numbers, some absurd ones.
class Shake : public FieldVisitor {
 public:
  explicit Shake(Random* random) : random_(random) {}

 protected:
  void Int(const char*, int64_t& value) override {
    if (random_->Below(2) == 0) return;
    const int64_t values[] = {0, 1, 2, 3, 4, 5, 6, 8, 255};
    value = values[random_->Below(9)];
  }
  void Float(const char*, float& value) override {
    if (random_->Below(2) == 0) return;
    const float values[] = {-1, 0, 1e-7f, 1e-5f, 0.5f, 1, 1e30f, INFINITY, NAN};
    value = values[random_->Below(9)];
  }

 private:
  Random* random_;
};

class FieldsLaw : public LawTest {};

TEST_P(FieldsLaw, WriteReadWriteGivesTheSame) {
  LayerCase original = Case(), copy = Case();
  const LayerType& type = TypeOf(Case().kind);
  type.construct(copy.layer);
  Writer first, second;
  type.fields(original.layer, first);
  Reader reader(first);
  type.fields(copy.layer, reader);
  EXPECT_TRUE(reader.ok());
  type.fields(copy.layer, second);
  EXPECT_EQ(first.fields, second.fields);
  Inference a, b;
  EXPECT_TRUE(InferCase(original, AtWidth(), 4, 0, &a).ok());
  EXPECT_TRUE(InferCase(copy, AtWidth(), 4, 0, &b).ok());
  EXPECT_EQ(a.output, b.output);
  EXPECT_EQ(a.macs, b.macs);
}

TEST_P(FieldsLaw, NumbersThatDoNotFitAreRefused) {
  for (int64_t value : {int64_t{-1}, int64_t{1} << 32, INT64_MAX}) {
    for (int field = 0;; ++field) {
      LayerCase c = Case();
      Replace replace(field, value);
      TypeOf(c.kind).fields(c.layer, replace);
      if (!replace.replaced) break;
      EXPECT_FALSE(replace.ok()) << "field " << field << " took " << value;
    }
  }
}

// Infer is the only judge: with fields and shapes drawn at random it either refuses or the layer
// runs in the memory that it asked for.
TEST_P(FieldsLaw, WhatInferAcceptsRuns) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Random random = Random::Derive(seed, 17);
    LayerCase c = Case();
    Shake shake(&random);
    TypeOf(c.kind).fields(c.layer, shake);
    if (random.Below(8) == 0) c.inputs.resize(random.Below(kMaxInputs + 1), {1, 2, 2, {0}});
    for (InputSpec& input : c.inputs) {
      if (random.Below(4) == 0) input.h = 1 + random.Below(6);
      if (random.Below(4) == 0) input.w = 1 + random.Below(6);
      if (random.Below(8) == 0) input.n = 1 + random.Below(3);
      if (random.Below(8) == 0) input.c.space = random.Below(c.full.size());
    }
    Inference i;
    const Status status = InferCase(c, AtWidth(), 4, 0, &i);
    if (!status.ok()) {
      EXPECT_STRNE(status.text, "");
      continue;
    }
    EXPECT_GE(i.macs, 0);
    EXPECT_GE(i.output.Count(), 1);
    if (i.output.Count() > 100000 || i.macs > 1000000) continue;
    LayerHarness<float> h(c, AtWidth());
    h.Forward(HarnessMode::kTrain);
    h.Backward();
  }
}

SLIM_FOR_ALL_CASES(FieldsLaw);

TEST(CasesTest, EveryLayerHasACaseAndEveryCaseANarrowWidth) {
  std::set<LayerKind> seen;
  std::set<std::string> names;
  for (const LayerCase& c : AllCases()) {
    seen.insert(c.kind);
    EXPECT_TRUE(names.insert(c.name).second) << c.name << " twice";
    EXPECT_GT(c.rows.size(), 1u) << c.name;
  }
#define SLIM_LAYER(Type) \
  EXPECT_TRUE(seen.count(LayerKind::k##Type)) << #Type << " has no line in cases.inc";
#include "layers/layers.inc"
#undef SLIM_LAYER
}

}  // namespace
}  // namespace slim
