// Loops over [pixel][channel]: normalisation, its gradient, addition.
#include "core/kernels/channel_rows.h"
#include "core/kernels/isa_kernels.h"
#include "core/kernels/vec_exp.h"

namespace slim {
namespace SLIM_ISA {
namespace {

constexpr int64_t kRun = 64;  // pixels whose blocks of channels take turns

// y = finish(x * scale[c] + bias[c])
template <class Finish>
void AffineThen(const Finish& finish, const Scalar* x, int64_t pixels, int64_t channels,
                const float* scale, const float* bias, Scalar* y) {
  for (int64_t begin = 0; begin < pixels; begin += kRun) {
    const int64_t end = begin + kRun < pixels ? begin + kRun : pixels;
    for (int64_t c = 0; c < channels; c += kLanes) {
      const int64_t lanes = channels - c;
      const Vec a = LoadUpTo(scale + c, lanes), b = LoadUpTo(bias + c, lanes);
      for (int64_t p = begin; p < end; ++p) {
        const int64_t i = p * channels + c;
        StoreUpTo(y + i, finish(LoadUpTo(x + i, lanes) * a + b), lanes);
      }
    }
  }
}

template <class Finish>
void AffineOfRows(const Finish& finish, const Scalar* x, int64_t pixels, int64_t channels,
                  const float* scale, const float* bias, Scalar* y) {
  ForRows(pixels, channels, [&](int64_t begin, int64_t rows, int64_t width, int64_t of_row) {
    const OfRow a(scale, channels, of_row), b(bias, channels, of_row);
    const int64_t i = begin * channels;
    AffineThen(finish, x + i, rows, width, a.v, b.v, y + i);
  });
}

void GradApply(const MaskedGrad<Scalar>& in, int64_t pixels, int64_t channels, const float* a,
               const float* b, const float* mean, const float* constant, bool accumulate,
               Scalar* dx) {
  for (int64_t begin = 0; begin < pixels; begin += kRun) {
    const int64_t end = begin + kRun < pixels ? begin + kRun : pixels;
    for (int64_t c = 0; c < channels; c += kLanes) {
      const int64_t lanes = channels - c;
      const ChannelMask mask(in, c, lanes);
      const bool reads_x = b != nullptr || mask.any;
      const Vec ac = LoadUpTo(a + c, lanes);
      Vec bc = {}, mc = {}, kc = {};
      if (b != nullptr) {
        bc = LoadUpTo(b + c, lanes);
        mc = LoadUpTo(mean + c, lanes);
        kc = LoadUpTo(constant + c, lanes);
      }
      for (int64_t p = begin; p < end; ++p) {
        const int64_t i = p * channels + c;
        const Vec x = reads_x ? LoadUpTo(in.x + i, lanes) : Vec{};
        Vec value = ac * mask(LoadUpTo(in.dy + i, lanes), x);
        if (b != nullptr) value += bc * (x - mc) + kc;
        if (accumulate) value += LoadUpTo(dx + i, lanes);
        StoreUpTo(dx + i, value, lanes);
      }
    }
  }
}

template <class From, class To>
void Convert(const From* x, int64_t count, bool accumulate, To* y) {
  for (int64_t i = 0; i < count; i += kLanes) {
    const int64_t lanes = count - i;
    const Vec value = LoadUpTo(x + i, lanes);
    StoreUpTo(y + i, accumulate ? LoadUpTo(y + i, lanes) + value : value, lanes);
  }
}

}  // namespace

void ChannelAffine(const Scalar* x, int64_t pixels, int64_t channels, const float* scale,
                   const float* bias, Clamp<float> clamp, Scalar* y) {
  const Vec low = Splat(clamp.low), high = Splat(clamp.high);
  AffineOfRows([&](Vec v) { return Limit(v, low, high); }, x, pixels, channels, scale, bias, y);
}

void ChannelAffineSwish(const Scalar* x, int64_t pixels, int64_t channels, const float* scale,
                        const float* bias, Scalar* y) {
  AffineOfRows([](Vec v) { return SwishOf(v); }, x, pixels, channels, scale, bias, y);
}

void ChannelGradApply(const MaskedGrad<Scalar>& in, int64_t pixels, int64_t channels,
                      const float* a, const float* b, const float* mean, const float* constant,
                      bool accumulate, Scalar* dx) {
  ForRows(pixels, channels, [&](int64_t begin, int64_t rows, int64_t width, int64_t of_row) {
    // The mean and constant go with b.
    const OfRow ac(a, channels, of_row), bc(b, channels, of_row);
    const OfRow mc(b == nullptr ? b : mean, channels, of_row);
    const OfRow kc(b == nullptr ? b : constant, channels, of_row);
    const OfRow scale(in.scale, channels, of_row), shift(in.shift, channels, of_row);
    const int64_t i = begin * channels;
    MaskedGrad<Scalar> part = in;
    if (part.x != nullptr) part.x += i;
    part.dy += i;
    part.scale = scale.v;
    part.shift = shift.v;
    GradApply(part, rows, width, ac.v, bc.v, mc.v, kc.v, accumulate, dx + i);
  });
}

void Add(const Scalar* a, const Scalar* b, int64_t count, Clamp<float> clamp, Scalar* y) {
  const Vec low = Splat(clamp.low), high = Splat(clamp.high);
  for (int64_t i = 0; i < count; i += kLanes) {
    const int64_t lanes = count - i;
    StoreUpTo(y + i, Limit(LoadUpTo(a + i, lanes) + LoadUpTo(b + i, lanes), low, high), lanes);
  }
}

void Widen(const Scalar* x, int64_t count, bool accumulate, float* y) {
  Convert(x, count, accumulate, y);
}

void Narrow(const float* x, int64_t count, bool accumulate, Scalar* y) {
  Convert(x, count, accumulate, y);
}

void Maximum(const Scalar* x, int64_t count, Scalar* y) {
  for (int64_t i = 0; i < count; i += kLanes) {
    const Vec a = LoadUpTo(x + i, count - i), b = LoadUpTo(y + i, count - i);
    const Vec larger = a <= b ? b : a;
    StoreUpTo(y + i, b != b ? b : larger, count - i);
  }
}

void ClampGrad(const Scalar* y, const Scalar* dy, int64_t count, Clamp<float> clamp,
               bool accumulate, Scalar* dx) {
  const Vec low = Splat(clamp.low), high = Splat(clamp.high);
  for (int64_t i = 0; i < count; i += kLanes) {
    const int64_t lanes = count - i;
    Vec value = Through(LoadUpTo(dy + i, lanes), LoadUpTo(y + i, lanes), low, high);
    if (accumulate) value += LoadUpTo(dx + i, lanes);
    StoreUpTo(dx + i, value, lanes);
  }
}

}  // namespace SLIM_ISA
}  // namespace slim
