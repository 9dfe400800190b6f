// Loops over [pixel][channel]: normalisation, its gradient, addition. Blocks of channels keep their
// sums in registers.
#include "core/kernels/isa_kernels.h"
#include "core/kernels/vec_exp.h"

namespace slim {
namespace SLIM_ISA {
namespace {

// Sums are kept in float for this many pixels, then added in double.
constexpr int64_t kRun = 64;

// The gradient where the clamp let it through.
inline Vec Through(Vec dy, Vec y, Vec low, Vec high) {
  const Vec kept = y > low ? dy : Vec{};
  return y < high ? kept : Vec{};
}

// The mask of some channels from c on.
struct ChannelMask {
  bool any;
  Vec low, high, scale = {}, shift = {};

  ChannelMask(const MaskedGrad<float>& a, int64_t c, int64_t lanes)
      : any(a.scale != nullptr), low(Splat(a.clamp.low)), high(Splat(a.clamp.high)) {
    if (!any) return;
    scale = LoadUpTo(a.scale + c, lanes);
    shift = LoadUpTo(a.shift + c, lanes);
  }
  Vec operator()(Vec dy, Vec x) const {
    return any ? Through(dy, x * scale + shift, low, high) : dy;
  }
};

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

inline void AddTo(double* sums, Vec v, int64_t lanes) {
  for (int64_t i = 0; i < lanes && i < kLanes; ++i) sums[i] += v[i];
}

}  // namespace

void ChannelMoments(const float* x, int64_t pixels, int64_t channels, const float* shift,
                    double* sum, double* squares) {
  for (int64_t begin = 0; begin < pixels; begin += kRun) {
    const int64_t end = begin + kRun < pixels ? begin + kRun : pixels;
    for (int64_t c = 0; c < channels; c += kLanes) {
      const int64_t lanes = channels - c;
      const Vec s = LoadUpTo(shift + c, lanes);
      Vec first = {}, second = {};
      for (int64_t p = begin; p < end; ++p) {
        const Vec d = LoadUpTo(x + p * channels + c, lanes) - s;
        first += d;
        second += d * d;
      }
      AddTo(sum + c, first, lanes);
      AddTo(squares + c, second, lanes);
    }
  }
}

void ChannelSums(const float* x, int64_t pixels, int64_t channels, double* sum) {
  for (int64_t begin = 0; begin < pixels; begin += kRun) {
    const int64_t end = begin + kRun < pixels ? begin + kRun : pixels;
    for (int64_t c = 0; c < channels; c += kLanes) {
      const int64_t lanes = channels - c;
      Vec even = {}, odd = {};
      int64_t p = begin;
      for (; p + 1 < end; p += 2) {
        even += LoadUpTo(x + p * channels + c, lanes);
        odd += LoadUpTo(x + (p + 1) * channels + c, lanes);
      }
      if (p < end) even += LoadUpTo(x + p * channels + c, lanes);
      AddTo(sum + c, even + odd, lanes);
    }
  }
}

void ChannelAffine(const float* x, int64_t pixels, int64_t channels, const float* scale,
                   const float* bias, Clamp<float> clamp, float* y) {
  const Vec low = Splat(clamp.low), high = Splat(clamp.high);
  AffineThen([&](Vec v) { return Limit(v, low, high); }, x, pixels, channels, scale, bias, y);
}

void ChannelAffineSwish(const float* x, int64_t pixels, int64_t channels, const float* scale,
                        const float* bias, float* y) {
  AffineThen([](Vec v) { return SwishOf(v); }, x, pixels, channels, scale, bias, y);
}

void ChannelGradSums(const MaskedGrad<float>& a, int64_t pixels, int64_t channels,
                     const float* mean, double* sum, double* sum_x) {
  for (int64_t begin = 0; begin < pixels; begin += kRun) {
    const int64_t end = begin + kRun < pixels ? begin + kRun : pixels;
    for (int64_t c = 0; c < channels; c += kLanes) {
      const int64_t lanes = channels - c;
      const ChannelMask mask(a, c, lanes);
      const Vec m = LoadUpTo(mean + c, lanes);
      Vec first = {}, second = {};
      for (int64_t p = begin; p < end; ++p) {
        const int64_t i = p * channels + c;
        const Vec x = LoadUpTo(a.x + i, lanes);
        const Vec g = mask(LoadUpTo(a.dy + i, lanes), x);
        first += g;
        second += g * (x - m);
      }
      AddTo(sum + c, first, lanes);
      AddTo(sum_x + c, second, lanes);
    }
  }
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
