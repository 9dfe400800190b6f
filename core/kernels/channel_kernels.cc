// Loops over [pixel][channel]: normalisation, its gradient, addition.
#include "core/kernels/channel_mask.h"
#include "core/kernels/isa_kernels.h"
#include "core/kernels/vec_exp.h"

namespace slim {
namespace SLIM_ISA {
namespace {

constexpr int64_t kRun = 64;  // pixels whose blocks of channels take turns

// Where few channels do not fill whole vectors, kLanes pixels together fill `channels` of them.
constexpr int64_t kMostRepeated = 48;
inline bool Repeats(int64_t channels) {
  return channels % kLanes != 0 && channels <= kMostRepeated;
}

// The numbers of all channels, once for each of kLanes pixels.
struct Repeated {
  float v[kMostRepeated * kLanes];
  Repeated(const float* of_channel, int64_t channels) {
    for (int64_t p = 0; p < kLanes; ++p) {
      for (int64_t c = 0; c < channels; ++c) v[p * channels + c] = of_channel[c];
    }
  }
};

// y = finish(x * scale[c] + bias[c])
template <class Finish>
void AffineThen(const Finish& finish, const float* x, int64_t pixels, int64_t channels,
                const float* scale, const float* bias, float* y) {
  int64_t begin = 0;
  if (Repeats(channels) && pixels >= 2 * kLanes) {
    const Repeated a(scale, channels), b(bias, channels);
    for (; begin + kLanes <= pixels; begin += kLanes) {
      for (int64_t k = 0; k < channels * kLanes; k += kLanes) {
        const int64_t i = begin * channels + k;
        Store(y + i, finish(Load(x + i) * Load(a.v + k) + Load(b.v + k)));
      }
    }
  }
  for (; begin < pixels; begin += kRun) {
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

}  // namespace

void ChannelAffine(const float* x, int64_t pixels, int64_t channels, const float* scale,
                   const float* bias, Clamp<float> clamp, float* y) {
  const Vec low = Splat(clamp.low), high = Splat(clamp.high);
  AffineThen([&](Vec v) { return Limit(v, low, high); }, x, pixels, channels, scale, bias, y);
}

void ChannelAffineSwish(const float* x, int64_t pixels, int64_t channels, const float* scale,
                        const float* bias, float* y) {
  AffineThen([](Vec v) { return SwishOf(v); }, x, pixels, channels, scale, bias, y);
}

void ChannelGradApply(const MaskedGrad<float>& in, int64_t pixels, int64_t channels, const float* a,
                      const float* b, const float* mean, const float* constant, bool accumulate,
                      float* dx) {
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

void Add(const float* a, const float* b, int64_t count, Clamp<float> clamp, float* y) {
  const Vec low = Splat(clamp.low), high = Splat(clamp.high);
  for (int64_t i = 0; i < count; i += kLanes) {
    const int64_t lanes = count - i;
    StoreUpTo(y + i, Limit(LoadUpTo(a + i, lanes) + LoadUpTo(b + i, lanes), low, high), lanes);
  }
}

void Maximum(const float* x, int64_t count, float* y) {
  for (int64_t i = 0; i < count; i += kLanes) {
    const Vec a = LoadUpTo(x + i, count - i), b = LoadUpTo(y + i, count - i);
    const Vec larger = a <= b ? b : a;
    StoreUpTo(y + i, b != b ? b : larger, count - i);
  }
}

void ClampGrad(const float* y, const float* dy, int64_t count, Clamp<float> clamp, bool accumulate,
               float* dx) {
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
