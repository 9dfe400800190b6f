// Numbers stored as Bf16: how they round, and the loops over [pixel][channel] against the same of
// the portable table for float.
#include "tests/core/kernels_support.h"

namespace slim {
namespace {

float FloatOf(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

TEST(Bf16Test, RoundsToTheNearestAndTiesToEven) {
  EXPECT_EQ(Bf16(1.0f).bits, 0x3f80);
  EXPECT_EQ(Bf16(-2.5f).bits, 0xc020);
  EXPECT_EQ(Bf16(FloatOf(0x3f808000)).bits, 0x3f80);  // between two, the first even
  EXPECT_EQ(Bf16(FloatOf(0x3f818000)).bits, 0x3f82);  // the second even
  EXPECT_EQ(Bf16(FloatOf(0x3f808001)).bits, 0x3f81);
  EXPECT_EQ(Bf16(FloatOf(0x7f7fffff)).bits, 0x7f80);  // more than it holds: infinity
  EXPECT_EQ(Bf16(-INFINITY).bits, 0xff80);
  EXPECT_TRUE(isnan(Bf16(NAN)));
  EXPECT_TRUE(isnan(Bf16(FloatOf(0x7f800001))));  // a NaN whose upper half is infinity's
  EXPECT_TRUE(isnan(Bf16(FloatOf(0xffffffff))));
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    Bf16 value;
    value.bits = static_cast<uint16_t>(bits);
    const float wide = value;
    EXPECT_TRUE(isnan(wide) || Bf16(wide).bits == bits) << bits;
  }
}

class Bf16KernelsTest : public testing::TestWithParam<int> {
 protected:
  const Kernels<Bf16>& Table() const { return *AllBf16Tables()[GetParam()]; }
  const Kernels<float>& Float() const { return PortableKernels<float>(); }
};

// A number of the same value in the other table's memory.
Numbers<float> Wide(const Numbers<Bf16>& x) {
  const std::vector<Bf16> values = x.Copy();
  return Numbers<float>(std::vector<float>(values.begin(), values.end()));
}

TEST_P(Bf16KernelsTest, Conversions) {
  Random random(1);
  for (int64_t count = 0; count < 150; ++count) {
    const Numbers<float> x(count, &random), y(count), sums(count, &random);
    const Numbers<Bf16> low(count), low_sums(count, &random);
    if (count > 5) x[count / 2] = NAN, x[count / 3] = INFINITY, x[1] = FloatOf(0x3f818000);
    const Numbers<float> wide_sums = Wide(low_sums);
    const std::vector<float> sums_before = sums.Copy();
    Table().narrow(x.data(), count, false, low.data());
    Table().widen(low.data(), count, false, y.data());
    Table().narrow(x.data(), count, true, low_sums.data());
    Table().widen(low.data(), count, true, sums.data());
    EXPECT_TRUE(y.Intact() && low.Intact() && sums.Intact() && low_sums.Intact());
    for (int64_t i = 0; i < count; ++i) {
      if (isnan(x[i])) {
        EXPECT_TRUE(isnan(y[i]) && isnan(sums[i]) && isnan(low_sums[i])) << i;
        continue;
      }
      EXPECT_EQ(low[i].bits, Bf16(x[i]).bits) << x[i];
      EXPECT_EQ(y[i], static_cast<float>(low[i]));
      EXPECT_EQ(low_sums[i].bits, Bf16(wide_sums[i] + x[i]).bits) << x[i];
      EXPECT_EQ(sums[i], sums_before[i] + static_cast<float>(low[i]));
    }
  }
}

TEST_P(Bf16KernelsTest, LoopsOverChannels) {
  Random random(2);
  for (int trial = 0; trial < 200; ++trial) {
    const int64_t pixels = Between(&random, 0, random.Below(4) == 0 ? 3000 : 20);
    const int64_t channels = Between(&random, 1, pixels > 200 ? 9 : 70), count = pixels * channels;
    SCOPED_TRACE(std::to_string(pixels) + " pixels of " + std::to_string(channels));
    const Numbers<Bf16> x(count, &random), dy(count, &random), y(count), dx(count, &random);
    const Numbers<float> wide_x = Wide(x), wide_dy = Wide(dy), wide_y(count), wide_dx = Wide(dx);
    const Numbers<float> a(channels, &random), b(channels, &random), c(channels, &random),
        mean(channels, &random);
    const Clamp<float> clamp = DrawClamp<float>(&random);
    const double sums_tolerance = 1e-6 * (1 + sqrt(static_cast<double>(pixels)));

    const auto expect_sums = [&](const char* what, auto sum_up) {
      const Numbers<double> sum(channels, &random), other(channels, &random);
      const Numbers<double> wide_sum(sum.Copy()), wide_other(other.Copy());
      sum_up(sum.data(), other.data(), wide_sum.data(), wide_other.data());
      ExpectClose(sum.Copy(), wide_sum.Copy(), sums_tolerance, what);
      ExpectClose(other.Copy(), wide_other.Copy(), sums_tolerance, what);
    };
    expect_sums("moments", [&](double* s, double* q, double* ws, double* wq) {
      Table().channel_moments(x.data(), pixels, channels, mean.data(), s, q);
      Float().channel_moments(wide_x.data(), pixels, channels, mean.data(), ws, wq);
    });
    expect_sums("sums", [&](double* s, double*, double* ws, double*) {
      Table().channel_sums(x.data(), pixels, channels, s);
      Float().channel_sums(wide_x.data(), pixels, channels, ws);
    });
    MaskedGrad<Bf16> in = {x.data(), dy.data(), nullptr, nullptr, clamp};
    MaskedGrad<float> wide_in = {wide_x.data(), wide_dy.data(), nullptr, nullptr, clamp};
    if (random.Below(2) == 0) {
      in.scale = wide_in.scale = b.data();
      in.shift = wide_in.shift = c.data();
    }
    expect_sums("gradient", [&](double* s, double* q, double* ws, double* wq) {
      Table().channel_grad_sums(in, pixels, channels, mean.data(), s, q);
      Float().channel_grad_sums(wide_in, pixels, channels, mean.data(), ws, wq);
    });

    const auto expect = [&](const char* what) {
      EXPECT_TRUE(y.Intact() && dx.Intact());
      ExpectClose(y.Copy(), wide_y.Copy(), kBf16Tolerance, what);
      ExpectClose(dx.Copy(), wide_dx.Copy(), kBf16Tolerance, what);
    };
    Table().channel_affine(x.data(), pixels, channels, a.data(), b.data(), clamp, y.data());
    Float().channel_affine(wide_x.data(), pixels, channels, a.data(), b.data(), clamp,
                           wide_y.data());
    const bool accumulate = random.Below(2) == 1, statistics = random.Below(2) == 1;
    const float* const of_x = statistics ? b.data() : nullptr;
    Table().channel_grad_apply(in, pixels, channels, a.data(), of_x, mean.data(), c.data(),
                               accumulate, dx.data());
    Float().channel_grad_apply(wide_in, pixels, channels, a.data(), of_x, mean.data(), c.data(),
                               accumulate, wide_dx.data());
    expect("affine, gradient");
    Table().channel_affine_swish(x.data(), pixels, channels, a.data(), b.data(), y.data());
    Float().channel_affine_swish(wide_x.data(), pixels, channels, a.data(), b.data(),
                                 wide_y.data());
    // From the same outputs, which decide what passes.
    Table().clamp_grad(x.data(), dy.data(), count, clamp, false, dx.data());
    Float().clamp_grad(wide_x.data(), wide_dy.data(), count, clamp, false, wide_dx.data());
    expect("affine and swish, gradient of a clamp");
    Table().add(x.data(), dy.data(), count, clamp, y.data());
    Float().add(wide_x.data(), wide_dy.data(), count, clamp, wide_y.data());
    Table().maximum(x.data(), count, dx.data());
    Float().maximum(wide_x.data(), count, wide_dx.data());
    expect("addition, maximum");
    Table().sigmoid(x.data(), count, y.data());
    Float().sigmoid(wide_x.data(), count, wide_y.data());
    Table().swish(x.data(), count, dx.data());
    Float().swish(wide_x.data(), count, wide_dx.data());
    expect("sigmoid, swish");
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, Bf16KernelsTest,
                         testing::Range(0, static_cast<int>(AllBf16Tables().size())),
                         [](const auto& info) {
                           return std::string(AllTables()[info.param]->isa);
                         });

}  // namespace
}  // namespace slim
