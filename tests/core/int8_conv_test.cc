// Convolutions of bytes: every table, direct and by Winograd's algorithm, against the definition,
// to the bit.
#include "tests/core/int8_support.h"

namespace slim {
namespace {

// One call of conv in memory as tight as it can be.
struct Int8ConvProblem {
  ConvGeometry geometry;
  int64_t images, channels, outputs, full_channels, full_outputs;
  int64_t source_pixel_pitch, source_image_pitch, target_pixel_pitch, target_image_pitch;
  int8_t source_zero;
  std::vector<int8_t> source, target, weight;  // weight: [full_outputs][taps][full_channels]
  Steps steps;

  Int8ConvProblem(const ConvGeometry& g, Random* random)
      : geometry(g),
        images(Between(random, 1, 3)),
        channels(Between(random, 1, random->Below(3) == 0 ? 70 : 9)),
        outputs(Between(random, 1, random->Below(2) == 0 ? 70 : 20)),
        steps(random, outputs, channels * geometry.taps()) {
    const int64_t sources = geometry.source_h * geometry.source_w, targets = geometry.targets();
    full_channels = channels + Between(random, 0, 5);
    full_outputs = outputs + Between(random, 0, 20);
    source_pixel_pitch = channels + Between(random, 0, 3);
    target_pixel_pitch = outputs + Between(random, 0, 3);
    source_image_pitch = sources * source_pixel_pitch + Between(random, 0, 2);
    target_image_pitch = targets * target_pixel_pitch + Between(random, 0, 2);
    source_zero = random->Below(3) == 0 ? 0 : DrawBytes(random, 1)[0];
    source = DrawBytes(
        random, (images - 1) * source_image_pitch + (sources - 1) * source_pixel_pitch + channels);
    target = DrawBytes(
        random, (images - 1) * target_image_pitch + (targets - 1) * target_pixel_pitch + outputs);
    weight = DrawBytes(random, full_outputs * geometry.taps() * full_channels);
  }

  std::vector<int8_t> Expected() const {
    std::vector<int8_t> y = target;
    const Requantization r = steps.Get();
    for (int64_t n = 0; n < images; ++n) {
      std::vector<int64_t> sums(geometry.targets() * outputs, 0);
      ForEachMeeting(geometry, [&](int64_t t, int64_t k, int64_t s) {
        const int8_t* x = &source[n * source_image_pitch + s * source_pixel_pitch];
        for (int64_t o = 0; o < outputs; ++o) {
          const int8_t* w = &weight[(o * geometry.taps() + k) * full_channels];
          for (int64_t c = 0; c < channels; ++c) {
            sums[t * outputs + o] += (x[c] - source_zero) * w[c];
          }
        }
      });
      for (int64_t t = 0; t < geometry.targets(); ++t) {
        for (int64_t o = 0; o < outputs; ++o) {
          y[n * target_image_pitch + t * target_pixel_pitch + o] =
              Requantized(r, sums[t * outputs + o], o);
        }
      }
    }
    return y;
  }

  // What a table makes of it, the work cut in two at `cut` of all items.
  std::vector<int8_t> Run(const Int8Kernels& kernels, double cut) const {
    const Numbers<int8_t> x(source), y(target);
    const Numbers<int32_t> table(GatherTableSize(geometry, kernels.tile));
    const Numbers<int8_t> packed(PackedInt8Size(full_outputs, geometry.taps(), full_channels));
    const int64_t sources = geometry.source_h * geometry.source_w;
    const GuardedBuffer staged(Int8StagedSize(images, sources, channels), alignof(int32_t));
    PackInt8Weights(weight.data(), full_outputs, geometry.taps(), full_channels, kernels.group,
                    packed.data());
    Int8ConvArgs a;
    a.table =
        BuildGatherTable(geometry, kernels.tile, Int8StagedPitch(channels), false, table.data());
    a.source = x.data();
    a.source_image_pitch = source_image_pitch;
    a.source_pixel_pitch = source_pixel_pitch;
    a.source_pixels = sources;
    a.images = images;
    a.staged = staged.As<void>();
    a.channels = channels;
    a.source_zero = source_zero;
    a.packed = packed.data();
    a.tap_pitch = Int8TapPitch(full_channels);
    a.block_pitch = geometry.taps() * a.tap_pitch;
    a.target = y.data();
    a.target_image_pitch = target_image_pitch;
    a.target_pixel_pitch = target_pixel_pitch;
    a.outputs = outputs;
    a.requantization = steps.Get();
    const int64_t pixels = Int8StagedPixels(a), half = static_cast<int64_t>(cut * pixels);
    kernels.stage(a, half, pixels);
    kernels.stage(a, 0, half);
    const int64_t items = images * a.table.tiles, middle = static_cast<int64_t>(cut * items);
    kernels.conv(a, middle, items);
    kernels.conv(a, 0, middle);
    EXPECT_TRUE(y.Intact());
    EXPECT_TRUE(staged.Intact());
    return y.Copy();
  }

  // The same by Winograd's algorithm; geometry: 3x3, stride 1.
  std::vector<int8_t> RunWinograd(const Int8Kernels& kernels, double cut) const {
    const Numbers<int8_t> x(source), y(target);
    const Numbers<int16_t> packed(PackedInt8PointsSize(full_outputs, full_channels));
    const GuardedBuffer scratch(Int8WinogradScratch(channels), alignof(int32_t));
    PackInt8Points(weight.data(), full_outputs, full_channels, kernels.point_group, packed.data());
    Int8WinogradArgs a;
    a.geometry = geometry;
    a.source = x.data();
    a.source_image_pitch = source_image_pitch;
    a.source_pixel_pitch = source_pixel_pitch;
    a.channels = channels;
    a.source_zero = source_zero;
    a.packed = packed.data();
    a.point_pitch = Int8PointPitch(full_channels);
    a.block_pitch = kInt8Points * a.point_pitch;
    a.target = y.data();
    a.target_image_pitch = target_image_pitch;
    a.target_pixel_pitch = target_pixel_pitch;
    a.outputs = outputs;
    a.requantization = steps.Get();
    a.scratch = scratch.As<void>();
    const int64_t tiles = images * WinogradTiles(2, geometry);
    const int64_t middle = static_cast<int64_t>(cut * tiles);
    kernels.winograd_conv(a, middle, tiles);
    kernels.winograd_conv(a, 0, middle);
    EXPECT_TRUE(y.Intact());
    EXPECT_TRUE(scratch.Intact());
    return y.Copy();
  }
};

TEST(Int8ConvTest, EveryTableConvolvesToTheBit) {
  int64_t inside = 0, all = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    Random random = Random::Derive(seed, 11);
    const Int8ConvProblem problem(DrawGeometry(&random, random.Below(4) == 0), &random);
    const std::vector<int8_t> expected = problem.Expected();
    const double cut = random.Uniform();
    for (const Int8Kernels* table : AllInt8Tables()) {
      ASSERT_EQ(problem.Run(*table, cut), expected)
          << table->isa << ", seed " << seed << ": " << Describe(problem.geometry) << ", "
          << problem.channels << " of " << problem.full_channels << " -> " << problem.outputs;
    }
    for (const int8_t y : expected) inside += y != problem.steps.low && y != problem.steps.high;
    all += static_cast<int64_t>(expected.size());
  }
  EXPECT_GT(inside, all / 3);  // else clamps hide what the kernels do
}

TEST(Int8ConvTest, WinogradConvolvesToTheBit) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Random random = Random::Derive(seed, 14);
    ConvGeometry g;
    g.kernel_h = g.kernel_w = 3;
    g.padding = Between(&random, 0, 3);
    g.source_h = Between(&random, 3, 12);
    g.source_w = Between(&random, 3, 12);
    g.target_h = g.source_h + 2 * g.padding - 2;
    g.target_w = g.source_w + 2 * g.padding - 2;
    const Int8ConvProblem problem(g, &random);
    const std::vector<int8_t> expected = problem.Expected();
    const double cut = random.Uniform();
    for (const Int8Kernels* table : AllInt8Tables()) {
      if (table->winograd_conv == nullptr) continue;
      ASSERT_EQ(problem.RunWinograd(*table, cut), expected)
          << table->isa << ", seed " << seed << ": " << Describe(g) << ", " << problem.channels
          << " of " << problem.full_channels << " -> " << problem.outputs;
    }
  }
}

// The largest sums there are under a full kernel: 255 * -128 in every product.
TEST(Int8ConvTest, NoPartOfASumOverflows) {
  for (const Int8Kernels* table : AllInt8Tables()) {
    constexpr int64_t kChannels = 3000, kTaps = 9;
    ConvGeometry g;
    g.target_h = g.target_w = 1;
    g.source_h = g.source_w = g.kernel_h = g.kernel_w = 3;
    const Numbers<int8_t> x(std::vector<int8_t>(kTaps * kChannels, 127));
    const std::vector<int8_t> weight(kTaps * kChannels, -128);
    const Numbers<int8_t> packed(PackedInt8Size(1, kTaps, kChannels)), y(1);
    const GuardedBuffer staged(Int8StagedSize(1, kTaps, kChannels), alignof(int32_t));
    const Numbers<int32_t> memory(GatherTableSize(g, table->tile));
    PackInt8Weights(weight.data(), 1, kTaps, kChannels, table->group, packed.data());
    // 255 * -128 * 27000 = -881280000; times 2^30 / 2^(31 + 22) that is -105.06.
    const int32_t multiplier = 1 << 30;
    const int8_t shift = 22;
    Int8ConvArgs a;
    a.table = BuildGatherTable(g, table->tile, Int8StagedPitch(kChannels), false, memory.data());
    a.source = x.data();
    a.source_pixel_pitch = kChannels;
    a.source_pixels = kTaps;
    a.staged = staged.As<void>();
    a.channels = kChannels;
    a.source_zero = -128;
    a.packed = packed.data();
    a.tap_pitch = Int8TapPitch(kChannels);
    a.block_pitch = kTaps * a.tap_pitch;
    a.target = y.data();
    a.target_pixel_pitch = a.outputs = 1;
    a.requantization.multiplier = &multiplier;
    a.requantization.shift = &shift;
    table->stage(a, 0, Int8StagedPixels(a));
    table->conv(a, 0, 1);
    EXPECT_EQ(y[0], -105) << table->isa;
  }
}

}  // namespace
}  // namespace slim
