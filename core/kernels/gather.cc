#include "core/kernels/gather.h"

#include "core/status.h"

namespace slim {
namespace {

// The source row (or column) that target row `t` reads through kernel row `k`; -1 when that is
// padding.
int64_t SourceIndex(const ConvGeometry& g, int64_t t, int64_t k, int64_t source_size) {
  int64_t s = t * g.stride - g.padding + k;
  if (g.transposed) {
    s = t + g.padding - k;
    if (s < 0) return -1;
    if (g.stride > 1) {
      if (s % g.stride != 0) return -1;
      s /= g.stride;
    }
  }
  return s >= 0 && s < source_size ? s : -1;
}

}  // namespace

GatherTable GatherTableIn(const int32_t* memory, const ConvGeometry& g, int tile) {
  GatherTable table;
  table.tile = tile;
  table.tiles = static_cast<int32_t>(GatherTiles(g, tile));
  table.first = memory;
  table.target = table.first + table.tiles + 1;
  table.entries = table.target + static_cast<int64_t>(table.tiles) * tile;
  return table;
}

GatherTable BuildGatherTable(const ConvGeometry& g, int tile, int64_t source_pixel_pitch,
                             bool whole_rows, int32_t* memory) {
  SLIM_ASSERT(tile <= kMaxTile && g.taps() <= kTapMask + 1);
  const GatherTable table = GatherTableIn(memory, g, tile);
  int32_t* const first = memory;
  int32_t* const target = memory + (table.target - table.first);
  int32_t* const entries = memory + (table.entries - table.first);

  // Target pixels in the order in which tiles take them.
  int64_t slot = 0;
  const int64_t phases = g.transposed ? g.stride : 1;
  for (int64_t phase_h = 0; phase_h < phases; ++phase_h) {
    for (int64_t phase_w = 0; phase_w < phases; ++phase_w) {
      for (int64_t h = phase_h; h < g.target_h; h += phases) {
        for (int64_t w = phase_w; w < g.target_w; w += phases) {
          target[slot++] = static_cast<int32_t>(h * g.target_w + w);
        }
      }
    }
  }
  while (slot < static_cast<int64_t>(table.tiles) * tile) target[slot++] = -1;

  const bool may_be_whole = whole_rows && !g.transposed && g.kernel_w > 1;
  int32_t records = 0;
  for (int32_t i = 0; i < table.tiles; ++i) {
    first[i] = records;
    const int32_t* pixels = target + static_cast<int64_t>(i) * tile;
    int64_t rows[kMaxTile], columns[kMaxTile];
    for (int j = 0; j < tile; ++j) {
      rows[j] = pixels[j] / g.target_w;
      columns[j] = pixels[j] % g.target_w;
    }
    const auto no_padding = [&](int64_t kh) {
      for (int j = 0; j < tile && pixels[j] >= 0; ++j) {
        if (SourceIndex(g, rows[j], kh, g.source_h) < 0) return false;
        if (SourceIndex(g, columns[j], 0, g.source_w) < 0) return false;
        if (SourceIndex(g, columns[j], g.kernel_w - 1, g.source_w) < 0) return false;
      }
      return true;
    };
    for (int64_t kh = 0; kh < g.kernel_h; ++kh) {
      if (may_be_whole && no_padding(kh)) {
        int32_t* record = entries + static_cast<int64_t>(records++) * (1 + tile);
        record[0] = static_cast<int32_t>(kh * g.kernel_w | (g.kernel_w - 1) << kTapBits);
        for (int j = 0; j < tile; ++j) {
          const int some = pixels[j] < 0 ? 0 : j;  // there are not so many zeros to read
          const int64_t h = SourceIndex(g, rows[some], kh, g.source_h);
          const int64_t w = SourceIndex(g, columns[some], 0, g.source_w);
          record[1 + j] = static_cast<int32_t>((h * g.source_w + w) * source_pixel_pitch);
        }
        continue;
      }
      for (int64_t kw = 0; kw < g.kernel_w; ++kw) {
        int32_t* record = entries + static_cast<int64_t>(records) * (1 + tile);
        bool used = false;
        for (int j = 0; j < tile; ++j) {
          record[1 + j] = -1;
          if (pixels[j] < 0) continue;
          const int64_t h = SourceIndex(g, rows[j], kh, g.source_h);
          const int64_t w = SourceIndex(g, columns[j], kw, g.source_w);
          if (h < 0 || w < 0) continue;
          record[1 + j] = static_cast<int32_t>((h * g.source_w + w) * source_pixel_pitch);
          used = true;
        }
        if (!used) continue;
        record[0] = static_cast<int32_t>(kh * g.kernel_w + kw);
        ++records;
      }
    }
  }
  first[table.tiles] = records;
  return table;
}

}  // namespace slim
