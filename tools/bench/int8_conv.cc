// Times convolutions of bytes beside the same in float, one image on one thread, in turns A B A B;
// one JSON line per shape on standard output. Scales, biases and a ReLU are part of each.
//
//   int8_conv conv_shapes.txt [ROUNDS]            own kernels
//   int8_conv_onednn conv_shapes.txt [ROUNDS]     and oneDNN's u8 x s8 (tools/setup peers)
//
// ROUNDS are 100. "by_int8" is the median over rounds of a side's time by that of "int8".
#include "tools/bench/int8_conv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/kernels/int8_kernels.h"
#include "core/random.h"

namespace slim {
namespace {

constexpr int kWarmUpRuns = 3;
template <class T>
std::vector<T> Draw(Random* random, int64_t count) {
  std::vector<T> values(count);
  for (T& v : values) v = static_cast<T>(fmin(fmax(40 * random->Normal(), -127), 127));
  return values;
}

ConvGeometry GeometryOf(const ConvShape& s) {
  ConvGeometry g;
  g.source_h = s.height;
  g.source_w = s.width;
  g.target_h = s.out_height();
  g.target_w = s.out_width();
  g.kernel_h = g.kernel_w = s.kernel;
  g.stride = s.stride;
  g.padding = s.padding;
  return g;
}

// The numbers of one convolution.
template <class T>
struct Tensors {
  std::vector<T> x, w, y;
  std::vector<float> scale, bias, zeros, scratch;
  std::vector<int32_t> table;

  Tensors(const ConvShape& s, int tile) {
    Random random(1);
    const ConvGeometry g = GeometryOf(s);
    x = Draw<T>(&random, int64_t{s.height} * s.width * s.in);
    w = Draw<T>(&random, int64_t{WinogradPoints(4)} * s.in * RoundUpToBlock(s.out));
    y.resize(g.targets() * s.out);
    scale.assign(s.out, 0.001f);
    bias.assign(s.out, 0.1f);
    zeros.assign(RoundUpToBlock(s.in), 0);
    scratch.resize(std::max(WinogradConvScratch(2, s.in), WinogradConvScratch(4, s.in)));
    table.resize(GatherTableSize(g, tile));
  }

  Epilogue<float> epilogue() const { return {scale.data(), bias.data(), nullptr, {0, INFINITY}}; }
};

// Of the layer's algorithms in float.
std::vector<Side> FloatSides(const ConvShape& s) {
  const Kernels<float>& kernels = GetKernels<float>();
  const ConvGeometry g = GeometryOf(s);
  const auto t = std::make_shared<Tensors<float>>(s, kernels.tile);
  if (s.groups > 1) {
    DepthwiseArgs<float> a;
    a.geometry = g;
    a.source = t->x.data();
    a.channels = a.tap_pitch = s.in;
    a.weight = t->w.data();
    a.target = t->y.data();
    a.epilogue = t->epilogue();
    return {{"fp32", [a, t, &kernels] { kernels.depthwise(a, 0, a.geometry.target_h); }}};
  }
  GatherConvArgs<float> a;
  a.table = BuildGatherTable(g, kernels.tile, s.in, true, t->table.data());
  a.source = t->x.data();
  a.channels = s.in;
  a.zeros = t->zeros.data();
  a.packed = t->w.data();
  a.tap_pitch = s.in * kBlock;
  a.block_pitch = g.taps() * a.tap_pitch;
  a.target = t->y.data();
  a.target_pixel_pitch = a.outputs = s.out;
  a.epilogue = t->epilogue();
  std::vector<Side> sides = {
      {"fp32", [a, t, &kernels] { kernels.gather_conv(a, 0, a.table.tiles); }}};
  if (s.kernel != 3 || s.stride != 1) return sides;
  for (const int tile : {2, 4}) {
    WinogradConvArgs<float> b;
    b.tile_side = tile;
    b.geometry = g;
    b.source = t->x.data();
    b.source_pixel_pitch = b.channels = s.in;
    b.packed = t->w.data();
    b.point_pitch = s.in * kBlock;
    b.block_pitch = WinogradPoints(tile) * b.point_pitch;
    b.target = t->y.data();
    b.target_pixel_pitch = b.outputs = s.out;
    b.epilogue = t->epilogue();
    b.scratch = t->scratch.data();
    sides.push_back({tile == 2 ? "fp32 Winograd 2x2" : "fp32 Winograd 4x4", [b, t, &kernels] {
                       kernels.winograd_conv(b, 0, WinogradTiles(b.tile_side, b.geometry));
                     }});
  }
  return sides;
}

std::vector<Side> Int8Sides(const ConvShape& s) {
  const Int8Kernels& kernels = GetInt8Kernels();
  const ConvGeometry g = GeometryOf(s);
  struct Memory : Tensors<int8_t> {
    using Tensors<int8_t>::Tensors;
    std::vector<int8_t> packed, shift;
    std::vector<int16_t> points;
    std::vector<int32_t> multiplier, bias32, staged, scratch32;
  };
  const auto t = std::make_shared<Memory>(s, kernels.tile);
  const FixedPoint step = ToFixedPoint(0.001);
  t->multiplier.assign(s.out, step.multiplier);
  t->shift.assign(s.out, step.shift);
  t->bias32.assign(s.out, 100);
  Requantization r;
  r.bias = t->bias32.data();
  r.multiplier = t->multiplier.data();
  r.shift = t->shift.data();
  r.zero = -128;
  if (s.groups > 1) {
    Int8DepthwiseArgs a;
    a.geometry = g;
    a.source = t->x.data();
    a.channels = a.tap_pitch = s.in;
    a.source_zero = -128;
    a.weight = t->w.data();
    a.target = t->y.data();
    a.requantization = r;
    return {{"int8", [a, t, &kernels] { kernels.depthwise(a, 0, a.geometry.target_h); }}};
  }
  const int64_t pixels = int64_t{s.height} * s.width;
  t->packed.resize(PackedInt8Size(s.out, g.taps(), s.in));
  t->staged.resize(Int8StagedSize(1, pixels, s.in) / 4);
  PackInt8Weights(t->w.data(), s.out, g.taps(), s.in, kernels.group, t->packed.data());
  Int8ConvArgs a;
  a.table = BuildGatherTable(g, kernels.tile, Int8StagedPitch(s.in), false, t->table.data());
  a.source = t->x.data();
  a.source_pixel_pitch = a.channels = s.in;
  a.source_pixels = pixels;
  a.source_zero = -128;
  a.staged = t->staged.data();
  a.packed = t->packed.data();
  a.tap_pitch = Int8TapPitch(s.in);
  a.block_pitch = g.taps() * a.tap_pitch;
  a.target = t->y.data();
  a.target_pixel_pitch = a.outputs = s.out;
  a.requantization = r;
  std::vector<Side> sides = {{"int8", [a, t, &kernels] {
                                kernels.stage(a, 0, Int8StagedPixels(a));
                                kernels.conv(a, 0, a.table.tiles);
                              }}};
  if (kernels.winograd_conv != nullptr && s.kernel == 3 && s.stride == 1) {
    t->points.resize(PackedInt8PointsSize(s.out, s.in));
    t->scratch32.resize(Int8WinogradScratch(s.in) / 4);
    PackInt8Points(t->w.data(), s.out, s.in, kernels.point_group, t->points.data());
    Int8WinogradArgs b;
    b.geometry = g;
    b.source = t->x.data();
    b.source_pixel_pitch = b.channels = s.in;
    b.source_zero = -128;
    b.packed = t->points.data();
    b.point_pitch = Int8PointPitch(s.in);
    b.block_pitch = kInt8Points * b.point_pitch;
    b.target = t->y.data();
    b.target_pixel_pitch = b.outputs = s.out;
    b.requantization = r;
    b.scratch = t->scratch32.data();
    sides.push_back({"int8 Winograd", [b, t, &kernels] {
                       kernels.winograd_conv(b, 0, WinogradTiles(2, b.geometry));
                     }});
  }
  return sides;
}

double Milliseconds(const std::function<void()>& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

void Compare(const ConvShape& shape, int rounds) {
  std::vector<Side> sides = Int8Sides(shape);
  for (Side& side : FloatSides(shape)) sides.push_back(std::move(side));
  for (Side& side : PeerSides(shape)) sides.push_back(std::move(side));
  std::vector<std::vector<double>> ms(sides.size());
  for (int round = -kWarmUpRuns; round < rounds; ++round) {
    for (size_t i = 0; i < sides.size(); ++i) {
      const double time = Milliseconds(sides[i].run);
      if (round >= 0) ms[i].push_back(time);
    }
  }
  nlohmann::json line = {
      {"case", shape.name()}, {"isa", GetInt8Kernels().isa}, {"threads", 1}, {"rounds", rounds}};
  for (size_t i = 0; i < sides.size(); ++i) {
    // Of each round, so that what disturbs a round disturbs both sides.
    std::vector<double> ratios;
    for (size_t r = 0; r < ms[i].size(); ++r) ratios.push_back(ms[i][r] / ms[0][r]);
    const double best = *std::min_element(ms[i].begin(), ms[i].end());
    line[sides[i].name] = {{"ms", Median(ms[i])},
                           {"best_ms", best},
                           {"gop_s", 1e-6 * shape.flops() / best},
                           {"by_int8", Median(ratios)}};
  }
  printf("%s\n", line.dump().c_str());
  fflush(stdout);
}

}  // namespace
}  // namespace slim

int main(int argc, char** argv) {
  const int rounds = argc > 2 ? atoi(argv[2]) : 100;
  if (argc < 2 || argc > 3 || rounds < 1) {
    fprintf(stderr, "usage: int8_conv SHAPES [ROUNDS]\n");
    return 1;
  }
  try {
    for (const slim::ConvShape& shape : slim::ReadConvShapes(argv[1])) slim::Compare(shape, rounds);
  } catch (const std::exception& e) {
    fprintf(stderr, "int8_conv: %s\n", e.what());
    return 1;
  }
  return 0;
}
