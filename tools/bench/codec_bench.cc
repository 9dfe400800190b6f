// Times the codec on one core: quantiser, bit packing, rANS and CRC-32 over features of 6 x 96 x 96
// and of small latents; JSON lines on standard output. Rates are millions of symbols per second of
// the thread's own CPU time, median and best of 40 runs.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/crc32.h"
#include "core/random.h"
#include "split/codec/bit_pack.h"
#include "split/codec/prob_table_host.h"
#include "split/codec/quantizer.h"
#include "split/codec/rans.h"
#include "tools/bench/cpu_clock.h"

namespace slim {
namespace {

constexpr int kWarmUpRuns = 5, kRuns = 40;

// Millions of `items` a second.
nlohmann::json Rate(int64_t items, const std::function<void()>& run) {
  std::vector<double> seconds;
  for (int i = 0; i < kWarmUpRuns + kRuns; ++i) {
    const double start = CpuSeconds();
    run();
    if (i >= kWarmUpRuns) seconds.push_back(CpuSeconds() - start);
  }
  std::sort(seconds.begin(), seconds.end());
  const double millions = static_cast<double>(items) * 1e-6;
  return {{"median", round(millions / seconds[kRuns / 2])}, {"best", round(millions / seconds[0])}};
}

void Require(const Status& status) {
  if (status.ok()) return;
  fprintf(stderr, "codec_bench: %s (%lld)\n", status.text, static_cast<long long>(status.where));
  exit(1);
}

struct Case {
  const char* name;
  int64_t planes, plane_size;
  int bits;
  float deviation;  // of the normal features, in steps of the quantiser
};

// The tables that the symbols themselves would make.
class CountedTables {
 public:
  CountedTables(const Case& c, const std::vector<uint8_t>& symbols) {
    for (int64_t plane = 0; plane < c.planes; ++plane) {
      std::vector<double> counts(size_t{1} << c.bits);
      for (int64_t i = 0; i < c.plane_size; ++i) ++counts[symbols[plane * c.plane_size + i]];
      for (const double count : counts) {
        if (count > 0) entropy_bits -= count * log2(count / static_cast<double>(c.plane_size));
      }
      bytes_.push_back(MakeProbTable(counts));
    }
    Workspace needed;
    Make(needed);
    memory_.resize(needed.used() + kAlignment);
    void* start = memory_.data();
    size_t space = memory_.size();
    Workspace given(std::align(kAlignment, needed.used(), start, space));
    Make(given);
  }

  std::vector<RansEncodeTable> encode;
  std::vector<RansDecodeTable> decode;
  double entropy_bits = 0;

 private:
  void Make(Workspace& workspace) {
    encode.clear();
    decode.clear();
    for (const std::vector<uint8_t>& bytes : bytes_) {
      ProbTable table;
      Require(ProbTable::Parse(bytes.data(), static_cast<int64_t>(bytes.size()), &table));
      encode.push_back(RansEncodeTable::Make(table, workspace));
      decode.push_back(RansDecodeTable::Make(table, workspace));
    }
  }

  std::vector<std::vector<uint8_t>> bytes_;
  std::vector<char> memory_;
};

void Run(const Case& c) {
  const int64_t count = c.planes * c.plane_size;
  std::vector<float> features(count), values(count);
  Random random(1);
  const float middle = static_cast<float>((1 << c.bits) - 1) / 2;
  for (float& x : features) x = middle + c.deviation * random.Normal();
  Quantizer quantizer;
  quantizer.bits = c.bits;
  const std::vector<Quantizer> quantizers(c.planes, quantizer);
  std::vector<uint8_t> symbols(count), back(count), message(RansMostBytes(count));
  nlohmann::json line = {{"bench", "codec"}, {"case", c.name},     {"compiler", __VERSION__},
                         {"threads", 1},     {"planes", c.planes}, {"symbols", count},
                         {"bits", c.bits}};
  line["quantize"] = Rate(count, [&] {
    QuantizePlanes(quantizers.data(), features.data(), c.plane_size, c.planes, symbols.data());
  });
  line["dequantize"] = Rate(count, [&] {
    DequantizePlanes(quantizers.data(), symbols.data(), c.plane_size, c.planes, values.data());
  });

  const int64_t packed_bytes = PackedBytes(count, c.bits);
  line["pack"] = Rate(count, [&] {
    Require(PackBits(symbols.data(), count, c.bits, message.data(), packed_bytes));
  });
  line["unpack"] = Rate(count, [&] {
    Require(UnpackBits(message.data(), packed_bytes, c.bits, back.data(), count));
  });

  const CountedTables tables(c, symbols);
  const RansLayout layout = {c.planes, c.plane_size, c.bits};
  int64_t size = 0;
  line["rans_encode"] = Rate(count, [&] {
    Require(RansEncode(tables.encode.data(), layout, symbols.data(), message.data(),
                       static_cast<int64_t>(message.size()), &size));
  });
  line["rans_decode"] = Rate(count, [&] {
    Require(RansDecode(tables.decode.data(), layout, message.data(), size, back.data()));
  });
  if (back != symbols) Require(Invalid("the decoded symbols are other symbols"));
  line["crc32_bytes"] = Rate(size, [&] { Crc32(message.data(), size); });
  line["packed_bytes"] = packed_bytes;
  line["rans_bytes"] = size;
  line["entropy_bytes"] = tables.entropy_bits / 8;
  printf("%s\n", line.dump().c_str());
}

}  // namespace
}  // namespace slim

int main() {
  const slim::Case cases[] = {
      {"6x96x96, 1 bit", 6, 96 * 96, 1, 0.5f},   {"6x96x96, 2 bits", 6, 96 * 96, 2, 0.6f},
      {"6x96x96, 4 bits", 6, 96 * 96, 4, 2},     {"24x55x55, learned prior", 24, 55 * 55, 8, 1},
      {"12x29x29, 8 bits", 12, 29 * 29, 8, 30},  {"16x8x8, 4 bits", 16, 64, 4, 1.5f},
      {"6x1024x1024, 4 bits", 6, 1 << 20, 4, 2},
  };
  for (const slim::Case& c : cases) slim::Run(c);
  return 0;
}
