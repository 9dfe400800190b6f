// Weights of Winograd's algorithm: from taps to points, and the way back for their gradient.
// Vectors run over outputs, while weights are mostly stored with their inputs beside each other.
#include "core/kernels/isa_kernels.h"
#include "core/kernels/vec.h"
#include "core/kernels/winograd_points.h"

namespace slim {
namespace SLIM_ISA {
namespace {

// Inputs at once: as many as are transposed at once, and a line of the cache that holds them is
// fetched for all of these, not for each.
constexpr int kInputs = 4;
constexpr int kRun = 2 * kInputs;

// Of kInputs inputs and kLanes outputs.
struct TapGroup {
  Vec v[kInputs][9];
};

// Whether the outputs from o on and the inputs from i on fill a group, with inputs side by side.
template <class T>
bool Transposes(const WeightView<T>& w, int64_t o, int64_t i) {
  return w.input_pitch == 1 && w.outputs - o >= kLanes && w.inputs - i >= kInputs;
}

// Where row `row` of each quad of outputs lies: that of output o + 4 * quad + row.
template <class T>
void QuadRows(const WeightView<T>& w, int64_t o, int64_t i, int tap, int row, T** rows) {
  for (int quad = 0; quad < kQuads; ++quad) {
    rows[quad] = w.data + (o + 4 * quad + row) * w.output_pitch + tap * w.tap_pitch + i;
  }
}

// Calls each(weight, lane) for what there is of one tap and input.
template <class T, class Each>
void EachOutput(const WeightView<T>& w, int64_t o, int64_t i, int tap, const Each& each) {
  T* weight = w.data + o * w.output_pitch + tap * w.tap_pitch + i * w.input_pitch;
  for (int lane = 0; lane < kLanes && o + lane < w.outputs; ++lane, weight += w.output_pitch) {
    each(*weight, lane);
  }
}

// Outputs past the last are zero, and so are inputs.
void LoadTaps(const WeightView<const float>& w, int64_t o, int64_t i, TapGroup* taps) {
  for (int tap = 0; tap < 9; ++tap) {
    if (Transposes(w, o, i)) {
      Vec v[4];
#pragma GCC unroll 4
      for (int row = 0; row < 4; ++row) {
        const float* rows[kQuads];
        QuadRows(w, o, i, tap, row, rows);
        v[row] = LoadQuads(rows, 0);
      }
      TransposeQuads(v);
#pragma GCC unroll 4
      for (int k = 0; k < kInputs; ++k) taps->v[k][tap] = v[k];
      continue;
    }
    for (int k = 0; k < kInputs; ++k) {
      float lanes[kLanes] = {};
      if (i + k < w.inputs) {
        if (w.output_pitch == 1) {
          taps->v[k][tap] =
              LoadUpTo(w.data + o + tap * w.tap_pitch + (i + k) * w.input_pitch, w.outputs - o);
          continue;
        }
        EachOutput(w, o, i + k, tap, [&](float weight, int lane) { lanes[lane] = weight; });
      }
      taps->v[k][tap] = Load(lanes);
    }
  }
}

void AddTaps(const TapGroup& taps, const WeightView<float>& gradient, int64_t o, int64_t i) {
  for (int tap = 0; tap < 9; ++tap) {
    if (Transposes(gradient, o, i)) {
      Vec v[4] = {taps.v[0][tap], taps.v[1][tap], taps.v[2][tap], taps.v[3][tap]};
      TransposeQuads(v);
#pragma GCC unroll 4
      for (int row = 0; row < 4; ++row) {
        float* rows[kQuads];
        QuadRows(gradient, o, i, tap, row, rows);
        StoreQuads<0>(LoadQuads(rows, 0) + v[row], rows);
      }
      continue;
    }
    for (int k = 0; k < kInputs && i + k < gradient.inputs; ++k) {
      float lanes[kLanes];
      Store(lanes, taps.v[k][tap]);
      EachOutput(gradient, o, i + k, tap, [&](float& sum, int lane) { sum += lanes[lane]; });
    }
  }
}

// Points are written in runs of inputs: the lines of one input alone, as far apart as the sets of a
// cache repeat, would push each other out.
template <int kTile>
void Pack(const WeightView<const float>& w, int64_t packed_inputs, float* packed, int64_t begin,
          int64_t end) {
  constexpr int kSide = kTile + 2, kPoints = kSide * kSide;
  const int64_t point_pitch = packed_inputs * kBlock;
  for (int64_t o = begin * kBlock; o < end * kBlock; o += kLanes) {
    float* const to = packed + o / kBlock * kPoints * point_pitch + o % kBlock;
    for (int64_t first = 0; first < w.inputs; first += kRun) {
      const int64_t last = first + kRun < w.inputs ? first + kRun : w.inputs;
      Vec points[kPoints][kRun];
      for (int64_t i = first; i < last; i += kInputs) {
        TapGroup taps;
        LoadTaps(w, o, i, &taps);
        for (int k = 0; k < kInputs; ++k) {
          TransformSquare<3, kSide, Vec>(
              [](const Vec* x, Vec* m) { Winograd<kTile, float>::Weight(x, m); },
              [&](int c, Vec* x) {
#pragma GCC unroll 3
                for (int r = 0; r < 3; ++r) x[r] = taps.v[k][r * 3 + c];
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

template <int kTile>
void Unpack(const WinogradWeightSums<float>& a, int64_t begin, int64_t end) {
  constexpr int kSide = kTile + 2;
  const WeightView<float>& gradient = a.gradient;
  const int64_t pitch = BlockPitch(gradient.outputs), point_pitch = gradient.inputs * pitch;
  for (int64_t o = begin * kBlock; o < end * kBlock && o < gradient.outputs; o += kLanes) {
    for (int64_t i = 0; i < gradient.inputs; i += kInputs) {
      TapGroup taps = {};
      for (int k = 0; k < kInputs && i + k < gradient.inputs; ++k) {
        const float* from = a.points + (i + k) * pitch + o;
        TransformSquare<kSide, 3, Vec>(
            [](const Vec* m, Vec* x) { Winograd<kTile, float>::WeightGrad(m, x); },
            [&](int c, Vec* m) {
#pragma GCC unroll 6
              for (int r = 0; r < kSide; ++r) {
                const float* sum = from + (r * kSide + c) * point_pitch;
                m[r] = Load(sum);
                for (int64_t part = 1; part < a.parts; ++part) {
                  m[r] += Load(sum + part * a.part_pitch);
                }
              }
            },
            [&](int r, int c, Vec value) { taps.v[k][r * 3 + c] = value; });
      }
      AddTaps(taps, gradient, o, i);
    }
  }
}

}  // namespace

void WinogradPack(int tile_side, const WeightView<const float>& w, int64_t packed_inputs,
                  float* packed, int64_t begin, int64_t end) {
  (tile_side == 2 ? Pack<2> : Pack<4>)(w, packed_inputs, packed, begin, end);
}

void WinogradUnpack(const WinogradWeightSums<float>& a, int64_t begin, int64_t end) {
  (a.tile_side == 2 ? Unpack<2> : Unpack<4>)(a, begin, end);
}

}  // namespace SLIM_ISA
}  // namespace slim
