// Convolution of bytes through a gather table: a tile of pixels x one block of outputs stays in
// registers over all taps.
#include "core/kernels/int8_isa.h"
#include "core/kernels/int8_vec.h"

namespace slim {
namespace SLIM_ISA {
namespace {

constexpr int kTile = kLanes == 16 ? 12 : 6;
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

// What one tile reads, and the weights of one block of outputs.
struct TileSources {
  const Staged *staged, *nothing;
  const int32_t *record, *record_end;
  const int8_t* weight;
  int64_t tap_pitch, groups;
};

// acc[j][v] = sum over records r, groups g: staged[s(r, j)][g] * weight[tap(r)][g][v]
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
      for (int v = 0; v < V; ++v) wv[v] = LoadWeights(w + v * kLanes * kGroup);
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
      for (int v = 0; v < V; ++v) {
        sums[v] = Dot(sums[v], one, LoadWeights(w + v * kLanes * kGroup));
      }
    }
  }
}

// One tile x one block of `outputs` channels, which take V vectors.
template <int V>
void TileBlock(const Int8ConvArgs& a, int64_t image, int64_t tile, int64_t block, int64_t outputs) {
  const int64_t pitch = StagedPitch(a.channels);
  const Staged* staged = static_cast<const Staged*>(a.staged);
  const int32_t* record = a.table.entries;
  const TileSources sources = {staged + image * a.source_pixels * pitch,
                               staged + a.images * a.source_pixels * pitch,
                               record + int64_t{a.table.first[tile]} * (1 + kTile),
                               record + int64_t{a.table.first[tile + 1]} * (1 + kTile),
                               a.packed + block * a.block_pitch,
                               a.tap_pitch,
                               (a.channels + kGroup - 1) / kGroup};
  IntVec acc[kTile][V] = {}, excess[V] = {};
  Sum<V>(sources, acc);
  const int32_t offset = OffsetOf(a.source_zero);
  if (offset != 0) {
    SumWeights<V>(sources, excess);
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) excess[v] *= offset;
  }
  const int32_t* pixels = a.table.target + tile * kTile;
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) {
    const int64_t o = block * kBlock + v * kLanes, lanes = outputs - v * kLanes;
    const RequantVec requant(a.requantization, o, lanes);
#pragma GCC unroll 16
    for (int j = 0; j < kTile; ++j) {
      if (pixels[j] < 0) break;
      requant.Store(acc[j][v] - excess[v], lanes,
                    a.target + image * a.target_image_pitch + pixels[j] * a.target_pixel_pitch + o);
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
    for (int64_t block = 0; block * kBlock < a.outputs; ++block) {
      const int64_t rest = a.outputs - block * kBlock;
      const int64_t outputs = rest < kBlock ? rest : kBlock;
      WithVectors<kBlock / kLanes>(outputs, [&](auto vectors) {
        for (int64_t tile = first; tile < last; ++tile) {
          TileBlock<decltype(vectors)::value>(a, image, tile, block, outputs);
        }
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
