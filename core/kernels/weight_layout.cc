// How weights lie in memory: packed for the convolutions, as taps or at Winograd's points, and the
// way back for their gradient. Vectors run over outputs, while weights are mostly stored with their
// inputs beside each other.
#include "core/kernels/isa_kernels.h"
#include "core/kernels/vec.h"
#include "core/kernels/winograd_points.h"

namespace slim {
namespace SLIM_ISA {
namespace {

// Inputs at once: as many as are transposed at once, and a line of the cache that holds them is
// fetched for all of these, not for each.
constexpr int kInputs = 4;
// Points are written in runs of inputs: the lines of one input alone, as far apart as the sets of a
// cache repeat, would push each other out.
constexpr int kRun = 2 * kInputs;

// Whether the outputs from o on and the inputs from i on fill kInputs vectors, with inputs side by
// side in memory.
template <class T>
bool Transposes(const WeightView<T>& w, int64_t o, int64_t i) {
  return w.input_pitch == 1 && w.outputs - o >= kLanes && w.inputs - i >= kInputs;
}

// Where the inputs of output o + 4 * quad + row begin, for each quad of a vector.
template <class T>
void QuadRows(const WeightView<T>& w, int64_t o, int64_t i, int64_t tap, int row, T** rows) {
  for (int quad = 0; quad < kQuads; ++quad) {
    rows[quad] = w.data + (o + 4 * quad + row) * w.output_pitch + tap * w.tap_pitch + i;
  }
}

// Calls each(weight, lane) for what there is of one tap and input.
template <class T, class Each>
void EachOutput(const WeightView<T>& w, int64_t o, int64_t i, int64_t tap, const Each& each) {
  T* weight = w.data + o * w.output_pitch + tap * w.tap_pitch + i * w.input_pitch;
  for (int lane = 0; lane < kLanes && o + lane < w.outputs; ++lane, weight += w.output_pitch) {
    each(*weight, lane);
  }
}

// v[k]: the outputs from o on of input i + k. Outputs past the last are zero, and so are inputs.
void LoadTap(const WeightView<const float>& w, int64_t o, int64_t i, int64_t tap, Vec v[kInputs]) {
  if (Transposes(w, o, i)) {
#pragma GCC unroll 4
    for (int row = 0; row < 4; ++row) {
      const float* rows[kQuads];
      QuadRows(w, o, i, tap, row, rows);
      v[row] = LoadQuads(rows, 0);
    }
    TransposeQuads(v);
    return;
  }
  for (int k = 0; k < kInputs; ++k) {
    v[k] = Vec{};
    if (i + k >= w.inputs || o >= w.outputs) continue;
    if (w.output_pitch == 1) {
      v[k] = LoadUpTo(w.data + o + tap * w.tap_pitch + (i + k) * w.input_pitch, w.outputs - o);
    } else {
      float lanes[kLanes] = {};
      EachOutput(w, o, i + k, tap, [&](float weight, int lane) { lanes[lane] = weight; });
      v[k] = Load(lanes);
    }
  }
}

// Adds v[k] to the gradient of the outputs from o on of input i + k.
void AddTap(Vec v[kInputs], const WeightView<float>& gradient, int64_t o, int64_t i, int64_t tap) {
  if (Transposes(gradient, o, i)) {
    TransposeQuads(v);
#pragma GCC unroll 4
    for (int row = 0; row < 4; ++row) {
      float* rows[kQuads];
      QuadRows(gradient, o, i, tap, row, rows);
      StoreQuads<0>(LoadQuads(rows, 0) + v[row], rows);
    }
    return;
  }
  for (int k = 0; k < kInputs && i + k < gradient.inputs; ++k) {
    float lanes[kLanes];
    Store(lanes, v[k]);
    EachOutput(gradient, o, i + k, tap, [&](float& sum, int lane) { sum += lanes[lane]; });
  }
}

// What the workers have summed at one place.
inline Vec SumOf(const WeightSums<float>& a, const float* place) {
  Vec sum = Load(place);
  for (int64_t part = 1; part < a.parts; ++part) sum += Load(place + part * a.part_pitch);
  return sum;
}

void PackTaps(const WeightView<const float>& w, int64_t packed_inputs, float* packed, int64_t begin,
              int64_t end) {
  for (int64_t o = begin * kBlock; o < end * kBlock; o += kLanes) {
    float* to = packed + o / kBlock * w.taps * packed_inputs * kBlock + o % kBlock;
    for (int64_t tap = 0; tap < w.taps; ++tap, to += packed_inputs * kBlock) {
      for (int64_t i = 0; i < w.inputs; i += kInputs) {
        Vec v[kInputs];
        LoadTap(w, o, i, tap, v);
        for (int k = 0; k < kInputs && i + k < w.inputs; ++k) Store(to + (i + k) * kBlock, v[k]);
      }
    }
  }
}

// G w G^T.
template <int kTile>
void PackPoints(const WeightView<const float>& w, int64_t packed_inputs, float* packed,
                int64_t begin, int64_t end) {
  constexpr int kSide = kTile + 2, kPoints = kSide * kSide;
  const int64_t point_pitch = packed_inputs * kBlock;
  for (int64_t o = begin * kBlock; o < end * kBlock; o += kLanes) {
    float* const to = packed + o / kBlock * kPoints * point_pitch + o % kBlock;
    for (int64_t first = 0; first < w.inputs; first += kRun) {
      const int64_t last = first + kRun < w.inputs ? first + kRun : w.inputs;
      Vec points[kPoints][kRun];
      for (int64_t i = first; i < last; i += kInputs) {
        Vec taps[9][kInputs];
        for (int tap = 0; tap < 9; ++tap) LoadTap(w, o, i, tap, taps[tap]);
        for (int k = 0; k < kInputs; ++k) {
          TransformSquare<3, kSide, Vec>(
              [](const Vec* x, Vec* m) { Winograd<kTile, float>::Weight(x, m); },
              [&](int c, Vec* x) {
#pragma GCC unroll 3
                for (int r = 0; r < 3; ++r) x[r] = taps[r * 3 + c][k];
              },
              [&](int r, int c, Vec value) { points[r * kSide + c][i - first + k] = value; });
        }
      }
      for (int p = 0; p < kPoints; ++p) {
        float* const row = to + p * point_pitch;
        for (int64_t i = first; i < last; ++i) Store(row + i * kBlock, points[p][i - first]);
      }
    }
  }
}

void AddTapSums(const WeightSums<float>& a, int64_t begin, int64_t end) {
  const WeightView<float>& gradient = a.gradient;
  const int64_t pitch = BlockPitch(gradient.outputs);
  for (int64_t o = begin * kBlock; o < end * kBlock && o < gradient.outputs; o += kLanes) {
    for (int64_t tap = 0; tap < gradient.taps; ++tap) {
      const float* from = a.sums + tap * gradient.inputs * pitch + o;
      for (int64_t i = 0; i < gradient.inputs; i += kInputs) {
        Vec v[kInputs] = {};
        for (int k = 0; k < kInputs && i + k < gradient.inputs; ++k) {
          v[k] = SumOf(a, from + (i + k) * pitch);
        }
        AddTap(v, gradient, o, i, tap);
      }
    }
  }
}

// G^T sums G.
template <int kTile>
void AddPointSums(const WeightSums<float>& a, int64_t begin, int64_t end) {
  constexpr int kSide = kTile + 2;
  const WeightView<float>& gradient = a.gradient;
  const int64_t pitch = BlockPitch(gradient.outputs), point_pitch = gradient.inputs * pitch;
  for (int64_t o = begin * kBlock; o < end * kBlock && o < gradient.outputs; o += kLanes) {
    for (int64_t i = 0; i < gradient.inputs; i += kInputs) {
      Vec taps[9][kInputs] = {};
      for (int k = 0; k < kInputs && i + k < gradient.inputs; ++k) {
        const float* from = a.sums + (i + k) * pitch + o;
        TransformSquare<kSide, 3, Vec>(
            [](const Vec* m, Vec* x) { Winograd<kTile, float>::WeightGrad(m, x); },
            [&](int c, Vec* m) {
#pragma GCC unroll 6
              for (int r = 0; r < kSide; ++r) m[r] = SumOf(a, from + (r * kSide + c) * point_pitch);
            },
            [&](int r, int c, Vec value) { taps[r * 3 + c][k] = value; });
      }
      for (int tap = 0; tap < 9; ++tap) AddTap(taps[tap], gradient, o, i, tap);
    }
  }
}

}  // namespace

void PackWeights(int tile_side, const WeightView<const float>& w, int64_t packed_inputs,
                 float* packed, int64_t begin, int64_t end) {
  const auto pack = tile_side == 0 ? PackTaps : tile_side == 2 ? PackPoints<2> : PackPoints<4>;
  pack(w, packed_inputs, packed, begin, end);
}

void AddWeightSums(const WeightSums<float>& a, int64_t begin, int64_t end) {
  const auto add = a.tile_side == 0   ? AddTapSums
                   : a.tile_side == 2 ? AddPointSums<2>
                                      : AddPointSums<4>;
  add(a, begin, end);
}

}  // namespace SLIM_ISA
}  // namespace slim
