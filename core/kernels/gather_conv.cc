// Convolution through a gather table: a tile of pixels x one or two blocks of outputs stays in
// registers over all taps.
#include "core/kernels/isa_kernels.h"
#include "core/kernels/lane_groups.h"

namespace slim {
namespace SLIM_ISA {

namespace {

// A run of tiles whose source pixels stay in the first-level cache while each block of weights
// passes once. Small kernels need fewer: their weights are still there for the next run, and so few
// targets are written one after the other.
constexpr int64_t kTilesPerRun = 32, kTilesOfSmallKernels = 4;
constexpr int64_t kSmallKernel = 16 << 10;  // bytes of weights of a block

constexpr int64_t kRecordSize = 1 + kTile;

constexpr int64_t kManyChannels = 64;  // of a pixel, for which a tile fetches the next one's

// A tile of the last pixels of an image, of which there are few.
constexpr int kFewPixels = kTile / 3;

// The first P pixels of a tile x V vectors of outputs.
// acc[j][v] += sum over records r, channels c of all its taps: source[s(r, j)][c] * weight[r][c][v]
// With kFetch it asks for what the record after each of these reads.
template <int V, int P = kTile, bool kFetch = false>
inline void Tile(const Scalar* zeros, int64_t channels, int64_t tap_pitch, int64_t block_pitch,
                 const Scalar* source, const int32_t* record, const int32_t* record_end,
                 const float* weight, Vec acc[kTile][V]) {
  for (; record != record_end; record += kRecordSize) {
    const Scalar* x[P];
#pragma GCC unroll 16
    for (int j = 0; j < P; ++j) x[j] = record[1 + j] < 0 ? zeros : source + record[1 + j];
    const float* w = weight + (record[0] & kTapMask) * tap_pitch;
    const int64_t count = channels * (1 + (record[0] >> kTapBits));
    for (int64_t c = 0; c < count; ++c, w += kBlock) {
      if (kFetch && c % kLineScalars == 0) {
        const int32_t* next = record + kRecordSize + 1;
#pragma GCC unroll 16
        for (int j = 0; j < P; ++j) __builtin_prefetch(source + next[j] + c);
      }
      Vec wv[V];
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) {
        wv[v] = Load(w + v * kLanes / kBlock * block_pitch + v * kLanes % kBlock);
      }
#pragma GCC unroll 16
      for (int j = 0; j < P; ++j) {
        const Vec xj = Splat(x[j][c]);
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) acc[j][v] += xj * wv[v];
      }
    }
  }
}

// Scale and bias of outputs whose epilogue names none.
static_assert(kMostOutputs == 32, "so many ones");
constexpr float kOnes[kMostOutputs] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                       1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
                kZeros[kMostOutputs] = {};

// What some outputs of one image, those of `block` first, are written with. Copies: a store to the
// target might change what it reaches through a pointer, so the compiler would read it again after
// each.
struct OutputsTarget {
  OutputsTarget(const GatherConvArgs<Scalar>& a, int64_t image, int64_t block, int64_t count)
      : outputs(count),
        pitch(a.target_pixel_pitch),
        accumulate(a.accumulate),
        clamp(a.epilogue.clamp) {
    const int64_t o = block * kBlock, offset = image * a.target_image_pitch + o;
    const Epilogue<Scalar>& e = a.epilogue;
    target = a.target + offset;
    residual = e.residual == nullptr ? nullptr : e.residual + offset;
    scale = e.scale == nullptr ? kOnes : e.scale + o;
    bias = e.bias == nullptr ? kZeros : e.bias + o;
  }

  Scalar* target;          // of pixel 0
  const Scalar* residual;  // or null
  const float *scale, *bias;
  int64_t outputs, pitch;
  bool accumulate;
  const Clamp<float>& clamp;  // no copy: its limits would take registers from the sums
};

// All of the tile's pixels and V * kLanes outputs: nearly all tiles; for few input channels this is
// a good part of the work.
template <int V>
inline void StoreWhole(const OutputsTarget& b, const int32_t* pixels, const Vec acc[kTile][V]) {
  const Vec low = Splat(b.clamp.low), high = Splat(b.clamp.high);
  Vec scale[V], bias[V];
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) {
    scale[v] = Load(b.scale + v * kLanes);
    bias[v] = Load(b.bias + v * kLanes);
  }
#pragma GCC unroll 16
  for (int j = 0; j < kTile; ++j) {
    const int64_t y = pixels[j] * b.pitch;
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      Vec value = acc[j][v] * scale[v] + bias[v];
      if (b.residual != nullptr) value += Load(b.residual + y + v * kLanes);
      Store(b.target + y + v * kLanes, Limit(value, low, high));
    }
  }
}

template <int V>
inline void StorePart(const OutputsTarget& b, const int32_t* pixels, const Vec acc[kTile][V]) {
  const Vec low = Splat(b.clamp.low), high = Splat(b.clamp.high);
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) {
    const int64_t lanes = b.outputs - v * kLanes;
    const Vec scale = LoadUpTo(b.scale + v * kLanes, lanes);
    const Vec bias = LoadUpTo(b.bias + v * kLanes, lanes);
#pragma GCC unroll 16
    for (int j = 0; j < kTile; ++j) {
      if (pixels[j] < 0) break;
      const int64_t y = pixels[j] * b.pitch + v * kLanes;
      Vec value = acc[j][v] * scale + bias;
      if (b.residual != nullptr) value += LoadUpTo(b.residual + y, lanes);
      value = Limit(value, low, high);
      if (b.accumulate) value += LoadUpTo(b.target + y, lanes);
      StoreUpTo(b.target + y, value, lanes);
    }
  }
}

// The tiles [tile, last) of `image` x `outputs` <= V * kLanes channels, those of `block` first.
template <int V>
void TilesOfOutputs(const GatherConvArgs<Scalar>& a, int64_t image, int64_t tile, int64_t last,
                    int64_t block, int64_t outputs, bool in_memory) {
  const OutputsTarget b(a, image, block, outputs);
  const Scalar* source = a.source + image * a.source_image_pitch;
  const Scalar* const zeros = a.zeros;
  const float* const weight = a.packed + block * a.block_pitch;
  const int64_t channels = a.channels, tap_pitch = a.tap_pitch, block_pitch = a.block_pitch;
  const GatherTable table = a.table;
  const bool whole_block = outputs == V * kLanes && !a.accumulate;
  // With one tap each pixel is read once, many channels of it, and the processor's own prefetchers
  // do not follow so many short rows.
  const bool fetches = in_memory && block == 0 && channels >= kManyChannels;
  const int32_t* const records_end = table.entries + table.first[table.tiles] * kRecordSize;
  for (; tile < last; ++tile) {
    const int32_t* record = table.entries + table.first[tile] * kRecordSize;
    const int32_t* record_end = table.entries + table.first[tile + 1] * kRecordSize;
    const int32_t* pixels = table.target + tile * kTile;
    Vec acc[kTile][V] = {};
    if (pixels[kFewPixels] < 0) {
      Tile<V, kFewPixels>(zeros, channels, tap_pitch, block_pitch, source, record, record_end,
                          weight, acc);
      StorePart<V>(b, pixels, acc);
      continue;
    }
    if (fetches && record_end == record + kRecordSize && record_end < records_end) {
      Tile<V, kTile, true>(zeros, channels, tap_pitch, block_pitch, source, record, record_end,
                           weight, acc);
    } else {
      Tile<V>(zeros, channels, tap_pitch, block_pitch, source, record, record_end, weight, acc);
    }
    if (whole_block && pixels[kTile - 1] >= 0) {
      StoreWhole<V>(b, pixels, acc);
    } else {
      StorePart<V>(b, pixels, acc);
    }
  }
}

// A last block of so few outputs has lanes for several channels.
constexpr int64_t kMostFew = kLanes == 16 ? 8 : 4;

// Few outputs would leave most of a vector idle: here lane o * G + g sums what channels g, g + G,
// ... give to output o < kLanes / G. Two sets of sums take turns, as there would be too few of them
// to hide how long an addition takes.
template <int G>
inline void TileOfFew(const GatherConvArgs<Scalar>& a, const Scalar* source, const float* packed,
                      const int32_t* record, const int32_t* record_end, Vec acc[2][kTile]) {
  for (; record != record_end; record += kRecordSize) {
    const Scalar* x[kTile];
#pragma GCC unroll 16
    for (int j = 0; j < kTile; ++j) x[j] = record[1 + j] < 0 ? a.zeros : source + record[1 + j];
    const float* w = packed + (record[0] & kTapMask) * a.tap_pitch;
    const int64_t count = a.channels * (1 + (record[0] >> kTapBits));
    const auto add = [&](Vec* sums, int64_t c) {
      const Vec wc = LoadColumns<G>(w + c * kBlock, kBlock);
#pragma GCC unroll 16
      for (int j = 0; j < kTile; ++j) sums[j] += SplatGroup<G>(x[j] + c) * wc;
    };
    int64_t c = 0;
    for (; c + 2 * G <= count; c += 2 * G) {
      add(acc[0], c);
      add(acc[1], c + G);
    }
    if (c + G <= count) {
      add(acc[0], c);
      c += G;
    }
    for (; c < count; ++c) {
      const Vec wc = LoadColumns<G>(w + c * kBlock, 0);
#pragma GCC unroll 16
      for (int j = 0; j < kTile; ++j) {
        acc[0][j] = FirstOfGroups<G>() ? acc[0][j] + Splat(x[j][c]) * wc : acc[0][j];
      }
    }
  }
}

// The tiles [tile, last) of `image` x a block of `outputs` <= kLanes / G channels.
template <int G>
void TilesOfFew(const GatherConvArgs<Scalar>& a, int64_t image, int64_t tile, int64_t last,
                int64_t block, int64_t outputs) {
  constexpr int kWidth = kLanes / G;
  const OutputsTarget b(a, image, block, outputs);
  const int few = static_cast<int>(outputs);
  float repeated[2][kLanes], residual[kTile * kWidth + kLanes] = {};
  for (int i = 0; i < kLanes; ++i) {
    repeated[0][i] = i % kWidth < few ? b.scale[i % kWidth] : 0;
    repeated[1][i] = i % kWidth < few ? b.bias[i % kWidth] : 0;
  }
  const Vec scale = Load(repeated[0]), bias = Load(repeated[1]);
  const Vec low = Splat(b.clamp.low), high = Splat(b.clamp.high);
  const Scalar* const source = a.source + image * a.source_image_pitch;
  const float* const packed = a.packed + block * a.block_pitch;
  for (; tile < last; ++tile) {
    Vec acc[2][kTile] = {};
    TileOfFew<G>(a, source, packed, a.table.entries + a.table.first[tile] * kRecordSize,
                 a.table.entries + a.table.first[tile + 1] * kRecordSize, acc);
    const int32_t* pixels = a.table.target + tile * kTile;
    for (int j = 0; b.residual != nullptr && j < kTile && pixels[j] >= 0; ++j) {
      Store(residual + j * kWidth, LoadFirst(b.residual + pixels[j] * b.pitch, few));
    }
#pragma GCC unroll 16
    for (int j = 0; j < kTile; j += G) {
      Vec group[G];
#pragma GCC unroll 4
      for (int g = 0; g < G; ++g) group[g] = acc[0][j + g] + acc[1][j + g];
      Vec value = SumGroups<G>(group) * scale + bias;
      if (b.residual != nullptr) value += Load(residual + j * kWidth);
      value = Limit(value, low, high);
#pragma GCC unroll 4
      for (int g = 0; g < G; ++g, value = Rotate<kWidth>(value)) {
        if (pixels[j + g] < 0) break;
        Scalar* const y = b.target + pixels[j + g] * b.pitch;
        StoreFirst(y, b.accumulate ? value + LoadFirst(y, few) : value, few);
      }
    }
  }
}

}  // namespace

void GatherConv(const GatherConvArgs<Scalar>& a, int64_t begin, int64_t end) {
  const int64_t tiles = a.table.tiles;
  const int64_t weights = a.block_pitch * int64_t{sizeof(float)};
  // Where each block of weights passes once anyway, one run is enough.
  const int64_t run = a.outputs <= kTileOutputs ? tiles
                      : weights <= kSmallKernel ? kTilesOfSmallKernels
                                                : kTilesPerRun;
  // A last block of few outputs is never computed with the block before it: whoever shares the
  // outputs between workers may part the two, and the sums must not depend on it.
  const int64_t rest = a.outputs % kBlock, few = rest <= kMostFew ? rest : 0;
  const int64_t whole = a.outputs - few;
  const bool in_memory = end - begin > tiles;  // a single image is likely to lie in a cache
  while (begin < end) {
    const int64_t image = begin / tiles, first = begin % tiles;
    int64_t last = first + run;
    if (last > tiles) last = tiles;
    if (last - first > end - begin) last = first + (end - begin);
    for (int64_t o = 0; o < whole; o += kTileOutputs) {
      const int64_t outputs = whole - o < kTileOutputs ? whole - o : kTileOutputs;
      WithVectors<kTileOutputs / kLanes>(outputs, [&](auto vectors) {
        TilesOfOutputs<decltype(vectors)::value>(a, image, first, last, o / kBlock, outputs,
                                                 in_memory);
      });
    }
    // Four lanes for each output would leave up to three channels to be taken one by one.
    if (few > 4 || (few > 0 && a.channels % 4 != 0)) {
      TilesOfFew<kLanes / kMostFew>(a, image, first, last, whole / kBlock, few);
    } else if (few > 0) {
      TilesOfFew<kLanes / 4>(a, image, first, last, whole / kBlock, few);
    }
    begin += last - first;
  }
}

}  // namespace SLIM_ISA
}  // namespace slim
