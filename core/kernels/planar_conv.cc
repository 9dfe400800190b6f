// Convolution of few channels: source rows become planes of one channel each, so that vectors hold
// pixels and no lane is idle.
#include "core/kernels/isa_kernels.h"
#include "core/kernels/vec.h"

namespace slim {
namespace SLIM_ISA {
namespace {

// Where the planes of a source row lie: each channel with zeros for the padding on both sides. As
// PlanarConvScratch counts it.
struct Planes {
  float* data;  // [kernel_h rows][channels, in quads][pitch]
  int64_t pitch, row_pitch;

  explicit Planes(const PlanarConvArgs<Scalar>& a)
      : data(a.scratch),
        pitch(BlockPitch(a.geometry.target_w) + kBlock + a.geometry.kernel_w),
        row_pitch((a.channels + 3) / 4 * 4 * pitch) {}
  // Source rows take turns: those of one target row never meet.
  float* Row(const ConvGeometry& g, int64_t h) const { return data + h % g.kernel_h * row_pitch; }
};

// Writes a source row as planes. The zeros before and after it stay.
void FillRow(const PlanarConvArgs<Scalar>& a, const Planes& planes, const Scalar* row, float* to) {
  const ConvGeometry& g = a.geometry;
  to += g.padding;
  // The last quad of a pixel reaches into the next ones, of which the last have not enough.
  const int64_t beyond = (4 - a.channels % 4) % 4;
  const int64_t safe = g.source_w - (beyond + a.source_pixel_pitch - 1) / a.source_pixel_pitch;
  int64_t x = 0;
  for (; x + kLanes <= safe; x += kLanes) {
    const Scalar* pixel = row + x * a.source_pixel_pitch;
    for (int64_t c = 0; c < a.channels; c += 4) {
      Vec v[4];
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) {
        const Scalar* from[kQuads];
#pragma GCC unroll 4
        for (int q = 0; q < kQuads; ++q) from[q] = pixel + (4 * q + j) * a.source_pixel_pitch;
        v[j] = LoadQuads(from, c);
      }
      TransposeQuads(v);
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) Store(to + (c + j) * planes.pitch + x, v[j]);
    }
  }
  for (; x < g.source_w; ++x) {
    const Scalar* pixel = row + x * a.source_pixel_pitch;
    for (int64_t c = 0; c < a.channels; ++c) to[c * planes.pitch + x] = Read(pixel + c);
  }
}

inline Quad LoadQuadUpTo(const Scalar* p, int64_t n) {
  if (n >= 4) return LoadQuad(p);
  return Quad{Read(p), n > 1 ? Read(p + 1) : 0, n > 2 ? Read(p + 2) : 0, 0};
}

inline void StoreQuadUpTo(Scalar* p, Quad q, int64_t n) {
  if (n >= 4) {
    StoreQuad(p, q);
    return;
  }
  Write(p, q[0]);
  if (n > 1) Write(p + 1, q[1]);
  if (n > 2) Write(p + 2, q[2]);
}

// Four outputs of kLanes pixels from `offset` on, scaled and shifted, each pixel's in a quad: v[j]
// has pixels j, 4 + j, ... Here all exist.
inline void StorePixels(const PlanarConvArgs<Scalar>& a, const Vec v[4], int64_t offset) {
  const Epilogue<Scalar>& e = a.epilogue;
  const Vec low = Splat(e.clamp.low), high = Splat(e.clamp.high);
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    Scalar* y[kQuads];
    const Scalar* residual[kQuads];
#pragma GCC unroll 4
    for (int q = 0; q < kQuads; ++q) {
      const int64_t at = offset + (4 * q + j) * a.target_pixel_pitch;
      y[q] = a.target + at;
      residual[q] = e.residual == nullptr ? nullptr : e.residual + at;
    }
    Vec value = v[j];
    if (e.residual != nullptr) value += LoadQuads(residual, 0);
    value = Limit(value, low, high);
    if (a.accumulate) value += LoadQuads(y, 0);
    StoreQuads<0>(value, y);
  }
}

// The same where only so many pixels, and outputs of each, exist.
template <int kIndex>
inline void StoreSomeQuads(const PlanarConvArgs<Scalar>& a, const Vec v[4], int64_t offset,
                           int64_t pixels, int64_t outputs) {
  if constexpr (kIndex < kQuads) {
    const Epilogue<Scalar>& e = a.epilogue;
    const Quad low = e.clamp.low - Quad{}, high = e.clamp.high - Quad{};
    for (int j = 0; j < 4 && 4 * kIndex + j < pixels; ++j) {
      const int64_t at = offset + (4 * kIndex + j) * a.target_pixel_pitch;
      Quad value = QuadOf<kIndex>(v[j]);
      if (e.residual != nullptr) value += LoadQuadUpTo(e.residual + at, outputs);
      value = value < low ? low : value;
      value = value > high ? high : value;
      if (a.accumulate) value += LoadQuadUpTo(a.target + at, outputs);
      StoreQuadUpTo(a.target + at, value, outputs);
    }
    StoreSomeQuads<kIndex + 1>(a, v, offset, pixels, outputs);
  }
}
__attribute__((noinline)) void StoreSomePixels(const PlanarConvArgs<Scalar>& a, const Vec v[4],
                                               int64_t offset, int64_t pixels, int64_t outputs) {
  StoreSomeQuads<0>(a, v, offset, pixels, outputs);
}

// Scale and bias of each output; 1 and 0 where there is none.
struct Factors {
  float scale[kPlanarOutputs], bias[kPlanarOutputs];
  Factors(const Epilogue<Scalar>& e, int64_t outputs) {
    for (int64_t o = 0; o < kPlanarOutputs; ++o) {
      scale[o] = e.scale != nullptr && o < outputs ? e.scale[o] : 1;
      bias[o] = e.bias != nullptr && o < outputs ? e.bias[o] : 0;
    }
  }
};

// A tap that a target row reads: the plane of its first channel, and its weights.
struct Tap {
  const float* x;
  const float* weight;
};
struct Taps {
  Tap tap[kPlanarTaps];
  int count = 0;

  Taps(const PlanarConvArgs<Scalar>& a, const Planes& planes, int64_t h) {
    const ConvGeometry& g = a.geometry;
    for (int64_t kh = 0; kh < g.kernel_h; ++kh) {
      const int64_t source = h - g.padding + kh;
      if (source < 0 || source >= g.source_h) continue;
      for (int64_t kw = 0; kw < g.kernel_w; ++kw) {
        tap[count++] = {planes.Row(g, source) + kw,
                        a.packed + (kh * g.kernel_w + kw) * a.tap_pitch};
      }
    }
  }
};

// O outputs of P * kLanes pixels from column w on.
template <int O, int P>
inline void Strip(const Taps& taps, int64_t channels, int64_t channel_pitch, int64_t w,
                  Vec acc[O][P]) {
  for (int t = 0; t < taps.count; ++t) {
    const float* x = taps.tap[t].x + w;
    const float* of_tap = taps.tap[t].weight;
    for (int64_t c = 0; c < channels; ++c, x += channel_pitch, of_tap += kBlock) {
      Vec xv[P];
#pragma GCC unroll 4
      for (int p = 0; p < P; ++p) xv[p] = Load(x + p * kLanes);
#pragma GCC unroll 8
      for (int o = 0; o < O; ++o) {
        const Vec wo = Splat(of_tap[o]);
#pragma GCC unroll 4
        for (int p = 0; p < P; ++p) acc[o][p] += xv[p] * wo;
      }
    }
  }
}

// One target row of up to O outputs.
template <int O>
void TargetRow(const PlanarConvArgs<Scalar>& a, const Planes& planes, const Taps& taps,
               const Factors& factors, int64_t image, int64_t h) {
  const ConvGeometry& g = a.geometry;
  const int64_t row = image * a.target_image_pitch + h * g.target_w * a.target_pixel_pitch;
  const auto run = [&](auto vectors, int64_t w) {
    constexpr int P = decltype(vectors)::value;
    Vec acc[O][P] = {};
    Strip<O, P>(taps, a.channels, planes.pitch, w, acc);
#pragma GCC unroll 4
    for (int p = 0; p < P; ++p) {
#pragma GCC unroll 2
      for (int o = 0; o < O; o += 4) {
        Vec v[4] = {};
#pragma GCC unroll 4
        for (int j = 0; j < 4; ++j) {
          if (o + j >= O) continue;
          v[j] = acc[o + j][p] * Splat(factors.scale[o + j]) + Splat(factors.bias[o + j]);
        }
        TransposeQuads(v);
        const int64_t offset = row + (w + p * kLanes) * a.target_pixel_pitch + o;
        const int64_t pixels = g.target_w - w - p * kLanes, outputs = a.outputs - o;
        if (pixels >= kLanes && outputs >= 4) {
          StorePixels(a, v, offset);
        } else {
          StoreSomePixels(a, v, offset, pixels, outputs);
        }
      }
    }
  };
  int64_t w = 0;
  for (; w + kLanes < g.target_w; w += 2 * kLanes) run(VectorCount<2>(), w);
  if (w < g.target_w) run(VectorCount<1>(), w);
}

}  // namespace

void PlanarConv(const PlanarConvArgs<Scalar>& a, int64_t begin, int64_t end) {
  const ConvGeometry& g = a.geometry;
  const Planes planes(a);
  const Factors factors(a.epilogue, a.outputs);
  for (int64_t i = 0; i < g.kernel_h * planes.row_pitch; ++i) planes.data[i] = 0;
  int64_t filled = 0;  // source rows of the image that are, or were, there as planes
  for (int64_t item = begin; item < end; ++item) {
    const int64_t image = item / g.target_h, h = item % g.target_h;
    const Scalar* source = a.source + image * a.source_image_pitch;
    if (h == 0) filled = 0;
    const int64_t top = h - g.padding;
    if (filled < top) filled = top;
    for (; filled < top + g.kernel_h && filled < g.source_h; ++filled) {
      FillRow(a, planes, source + filled * g.source_w * a.source_pixel_pitch,
              planes.Row(g, filled));
    }
    const Taps taps(a, planes, h);
    if (a.outputs <= 4) {
      TargetRow<4>(a, planes, taps, factors, image, h);
    } else {
      TargetRow<kPlanarOutputs>(a, planes, taps, factors, image, h);
    }
  }
}

}  // namespace SLIM_ISA
}  // namespace slim
