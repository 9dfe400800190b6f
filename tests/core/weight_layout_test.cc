// Weights packed as taps, and their gradient added up: equal to the definition for every table and
// every order in memory. (At Winograd's points: winograd_kernels_test.cc.)
#include "tests/core/kernels_support.h"

namespace slim {
namespace {

// Weights of which inputs, outputs or neither lie side by side, with gaps.
struct Layout {
  int64_t outputs, taps, inputs, output_pitch, tap_pitch, input_pitch, count;

  explicit Layout(Random* random)
      : outputs(Between(random, 1, random->Below(2) == 0 ? 70 : 20)),
        taps(Between(random, 1, 10)),
        inputs(Between(random, 1, 21)) {
    const int64_t gap = Between(random, 0, 3);
    if (random->Below(3) == 0) {  // [input][tap][output]
      output_pitch = 1;
      tap_pitch = outputs + gap;
      input_pitch = taps * tap_pitch;
      count = inputs * input_pitch;
    } else {  // [output][tap][input]
      input_pitch = Between(random, 1, 3) == 3 ? 2 : 1;
      tap_pitch = inputs * input_pitch + gap;
      output_pitch = taps * tap_pitch;
      count = outputs * output_pitch;
    }
  }

  template <class T>
  WeightView<T> At(T* data) const {
    return {data, outputs, taps, inputs, output_pitch, tap_pitch, input_pitch};
  }
  int64_t Place(int64_t o, int64_t tap, int64_t i) const {
    return o * output_pitch + tap * tap_pitch + i * input_pitch;
  }
  int64_t blocks() const { return RoundUpToBlock(outputs) / kBlock; }
};

template <class T>
void ExpectPacked(const Kernels<T>& table, const Layout& layout, Random* random) {
  const int64_t packed_inputs = layout.inputs + Between(random, 0, 2);
  const int64_t middle = Between(random, 0, layout.blocks());
  const Numbers<T> weights(layout.count, random);
  const Numbers<T> packed(layout.blocks() * layout.taps * packed_inputs * kBlock, random);
  std::vector<T> expected = packed.Copy();
  for (int64_t o = 0; o < layout.blocks() * kBlock; ++o) {
    for (int64_t tap = 0; tap < layout.taps; ++tap) {
      for (int64_t i = 0; i < layout.inputs; ++i) {
        const int64_t row = (o / kBlock * layout.taps + tap) * packed_inputs + i;
        expected[row * kBlock + o % kBlock] =
            o < layout.outputs ? weights[layout.Place(o, tap, i)] : 0;
      }
    }
  }
  const WeightView<const T> view = layout.At<const T>(weights.data());
  table.pack_weights(0, view, packed_inputs, packed.data(), middle, layout.blocks());
  table.pack_weights(0, view, packed_inputs, packed.data(), 0, middle);
  EXPECT_TRUE(packed.Intact());
  EXPECT_EQ(packed.Copy(), expected) << table.isa;
}

template <class T>
void ExpectSums(const Kernels<T>& table, const Layout& layout, Random* random) {
  const int64_t row = layout.blocks() * kBlock, middle = Between(random, 0, layout.blocks());
  const Numbers<T> gradient(layout.count, random);
  std::vector<T> expected = gradient.Copy();
  WeightSums<T> a;
  a.parts = Between(random, 1, 3);
  a.part_pitch = layout.taps * layout.inputs * row + Between(random, 0, 5);
  const Numbers<T> sums(a.parts * a.part_pitch, random);
  a.sums = sums.data();
  a.gradient = layout.At<T>(gradient.data());
  for (int64_t o = 0; o < layout.outputs; ++o) {
    for (int64_t tap = 0; tap < layout.taps; ++tap) {
      for (int64_t i = 0; i < layout.inputs; ++i) {
        T total = 0;  // in this order
        for (int64_t part = 0; part < a.parts; ++part) {
          total += sums[part * a.part_pitch + (tap * layout.inputs + i) * row + o];
        }
        expected[layout.Place(o, tap, i)] += total;
      }
    }
  }
  table.add_weight_sums(a, middle, layout.blocks());
  table.add_weight_sums(a, 0, middle);
  EXPECT_TRUE(gradient.Intact());
  EXPECT_EQ(gradient.Copy(), expected) << table.isa;
}

template <class T>
void ExpectLayouts(const std::vector<const Kernels<T>*>& tables) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Random random = Random::Derive(seed, 9);
    const Layout layout(&random);
    SCOPED_TRACE("seed " + std::to_string(seed));
    for (const Kernels<T>* table : tables) {
      ExpectPacked(*table, layout, &random);
      ExpectSums(*table, layout, &random);
    }
    if (testing::Test::HasFailure()) return;
  }
}

TEST(WeightLayoutTest, EveryTablePacksAndAddsUp) {
  ExpectLayouts<float>(AllTables());
  ExpectLayouts<double>({&PortableKernels<double>()});
}

}  // namespace
}  // namespace slim
