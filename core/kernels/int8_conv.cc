// Convolution of bytes through a gather table: a tile of pixels x kTileOutputs outputs stays in
// registers over all taps.
#include "core/kernels/int8_isa.h"
#include "core/kernels/int8_vec.h"

namespace slim {
namespace SLIM_ISA {
namespace {

constexpr int kTile = kLanes == 16 ? 12 : 6;
static_assert(kTileOutputs % kBlock == 0, "whole blocks of weights");
// A run of tiles whose staged pixels stay in the cache while each block of weights passes once.
constexpr int64_t kTilesPerRun = 32;

int64_t StagedPitch(int64_t channels) { return (channels + 15) / 16 * 16; }

void StagePixels(const Int8ConvArgs& a, int64_t begin, int64_t end) {
  const int64_t pitch = StagedPitch(a.channels), pixels = a.images * a.source_pixels;
  const Bytes16 nothing = a.source_zero - Bytes16{};
  int64_t image = begin / a.source_pixels, pixel = begin % a.source_pixels;
  Staged* to = static_cast<Staged*>(a.staged) + begin * pitch;
  for (int64_t item = begin; item < end; ++item) {
    const int8_t* x = a.source + image * a.source_image_pitch + pixel * a.source_pixel_pitch;
    for (int64_t c = 0; c < pitch; c += 16, to += 16) {
      const Bytes16 bytes =
          item == pixels ? nothing : LoadUpTo<Bytes16>(x + c, a.channels - c, a.source_zero);
      Stage(bytes, a.source_zero, to);
    }
    if (++pixel == a.source_pixels) {
      pixel = 0;
      ++image;
    }
  }
}

// What one tile reads, and the weights of its outputs.
struct TileSources {
  const Staged *staged, *nothing;
  const int32_t *record, *record_end;
  const int8_t* weight;
  int64_t tap_pitch, block_pitch, groups;

  // Those of vector v, from those of the first on.
  auto WeightsAt(const int8_t* w, int v) const {
    return LoadWeights(w + v * kLanes / kBlock * block_pitch + v * kLanes % kBlock * kGroup);
  }
};

// acc[j][v] += sum over records r, groups g: staged[s(r, j)][g] * weight[tap(r)][g][v]
template <int V>
inline void Sum(const TileSources& t, IntVec acc[kTile][V]) {
  for (const int32_t* record = t.record; record != t.record_end; record += 1 + kTile) {
    const Staged* x[kTile];
#pragma GCC unroll 16
    for (int j = 0; j < kTile; ++j) x[j] = record[1 + j] < 0 ? t.nothing : t.staged + record[1 + j];
    const int8_t* w = t.weight + record[0] * t.tap_pitch;
    for (int64_t c = 0; c < t.groups * kGroup; c += kGroup, w += kGroup * kBlock) {
      decltype(LoadWeights(w)) wv[V];
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) wv[v] = t.WeightsAt(w, v);
#pragma GCC unroll 16
      for (int j = 0; j < kTile; ++j) {
        const auto xj = LoadGroup(x[j] + c);
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) acc[j][v] = Dot(acc[j][v], xj, wv[v]);
      }
    }
  }
}

// sums[v] = sum over records and groups: weight[tap(r)][g][v]
template <int V>
inline void SumWeights(const TileSources& t, IntVec sums[V]) {
  const Staged kOnes[4] = {1, 1, 1, 1};
  const auto one = LoadGroup(kOnes);
  for (const int32_t* record = t.record; record != t.record_end; record += 1 + kTile) {
    const int8_t* w = t.weight + record[0] * t.tap_pitch;
    for (int64_t g = 0; g < t.groups; ++g, w += kGroup * kBlock) {
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sums[v] = Dot(sums[v], one, t.WeightsAt(w, v));
    }
  }
}

// The tiles [tile, last) of `image` x `outputs` <= V * kLanes channels from o on.
template <int V>
void TilesOf(const Int8ConvArgs& a, int64_t image, int64_t tile, int64_t last, int64_t o,
             int64_t outputs) {
  const int64_t pitch = StagedPitch(a.channels), taps = a.block_pitch / a.tap_pitch;
  const Staged* staged = static_cast<const Staged*>(a.staged);
  TileSources sources = {staged + image * a.source_pixels * pitch,
                         staged + a.images * a.source_pixels * pitch,
                         nullptr,
                         nullptr,
                         a.packed + o / kBlock * a.block_pitch,
                         a.tap_pitch,
                         a.block_pitch,
                         (a.channels + kGroup - 1) / kGroup};
  int8_t* const target = a.target + image * a.target_image_pitch + o;
  RequantVec requant[V];
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) {
    requant[v] = RequantVec(a.requantization, o + v * kLanes, outputs - v * kLanes);
  }
  const int32_t offset = OffsetOf(a.source_zero);
  // What sums begin with: the bias less what the offset of staged numbers adds. It is the same for
  // all tiles that read through every tap.
  IntVec start[V] = {};
  bool of_all_taps = false;
  for (; tile < last; ++tile) {
    sources.record = a.table.entries + int64_t{a.table.first[tile]} * (1 + kTile);
    sources.record_end = a.table.entries + int64_t{a.table.first[tile + 1]} * (1 + kTile);
    const bool all_taps = sources.record_end - sources.record == taps * (1 + kTile);
    if (!all_taps || !of_all_taps) {
      IntVec weights[V] = {};
      if (offset != 0) SumWeights<V>(sources, weights);
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) start[v] = requant[v].bias - weights[v] * offset;
      of_all_taps = all_taps;
    }
    IntVec acc[kTile][V];
#pragma GCC unroll 16
    for (int j = 0; j < kTile; ++j) {
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) acc[j][v] = start[v];
    }
    Sum<V>(sources, acc);
    const int32_t* pixels = a.table.target + tile * kTile;
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      const int64_t lanes = outputs - v * kLanes;
#pragma GCC unroll 16
      for (int j = 0; j < kTile; ++j) {
        if (pixels[j] < 0) break;
        requant[v].Store(acc[j][v], lanes, target + pixels[j] * a.target_pixel_pitch + v * kLanes);
      }
    }
  }
}

void Conv(const Int8ConvArgs& a, int64_t begin, int64_t end) {
  const int64_t tiles = a.table.tiles;
  while (begin < end) {
    const int64_t image = begin / tiles, first = begin % tiles;
    int64_t last = first + kTilesPerRun;
    if (last > tiles) last = tiles;
    if (last - first > end - begin) last = first + (end - begin);
    for (int64_t o = 0; o < a.outputs; o += kTileOutputs) {
      const int64_t outputs = a.outputs - o < kTileOutputs ? a.outputs - o : kTileOutputs;
      WithVectors<kTileOutputs / kLanes>(outputs, [&](auto vectors) {
        TilesOf<decltype(vectors)::value>(a, image, first, last, o, outputs);
      });
    }
    begin += last - first;
  }
}

}  // namespace

Int8Kernels Int8Table() {
#if defined(SLIM_INT8_POINTS)
  return {SLIM_ISA_NAME, kTile,         kGroup,       StagePixels,
          Conv,          Int8Depthwise, Int8Winograd, kPointGroup};
#else
  return {SLIM_ISA_NAME, kTile, kGroup, StagePixels, Conv, Int8Depthwise, nullptr, 0};
#endif
}

}  // namespace SLIM_ISA
}  // namespace slim
