// Codes latents that it draws, reads them back, and prints checksums of what came out: the same
// line from every compiler, optimisation and machine (tools/compare_compilers).
//
//   codec_digest [FRAMES]
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <memory>
#include <vector>

#include "core/crc32.h"
#include "core/random.h"
#include "split/codec/codec.h"
#include "split/codec/prob_table_host.h"

namespace slim {
namespace {

constexpr int kModes = 24;  // 1 to 8 bits, each as raw bits, rANS and rANS with seeds

void Require(const Status& status) {
  if (status.ok()) return;
  fprintf(stderr, "codec_digest: %s (%lld)\n", status.text, static_cast<long long>(status.where));
  exit(1);
}

// Latents of 1 to 7 channels; the tables of every other one have an escape, as their first and last
// symbols are rare.
std::vector<uint8_t> TablesOf(int bits, int64_t channels) {
  std::vector<uint8_t> tables;
  const int alphabet = 1 << bits;
  for (int64_t c = 0; c < channels; ++c) {
    std::vector<double> weights(static_cast<size_t>(alphabet));
    for (int s = 0; s < alphabet; ++s) {
      const int far = abs(2 * s + 1 - alphabet + 2 * static_cast<int>(c));
      weights[static_cast<size_t>(s)] =
          bits > 4 && 4 * far > 3 * alphabet ? 0 : 1.0 / (1 + far * far);
    }
    const std::vector<uint8_t> table = MakeProbTable(weights);
    tables.insert(tables.end(), table.begin(), table.end());
  }
  return tables;
}

class Modes {
 public:
  Modes() {
    for (int m = 0; m < kModes; ++m) {
      FeatureFormat& format = formats_[m];
      const int bits = m / 3 + 1;
      format.channels = 1 + m * 6 / (kModes - 1);
      format.pixels = 37 + m;
      Require(Quantizer::OfRange(-1.7f, 2.3f, bits, &format.quantizer));
      if (m % 3 == 0) continue;
      tables_[m] = TablesOf(bits, format.channels);
      format.coding = m % 3 == 1 ? Coding::kRans : Coding::kSeededRans;
      format.tables = tables_[m].data();
      format.table_bytes = static_cast<int64_t>(tables_[m].size());
    }
    int64_t bytes = 0;
    Require(FeatureEncoder::Plan(formats_, kModes, &bytes));
    Require(encoder.Prepare(formats_, kModes, Memory(&encoder_memory_, bytes), bytes));
    Require(FeatureDecoder::Plan(formats_, kModes, &bytes));
    Require(decoder.Prepare(formats_, kModes, Memory(&decoder_memory_, bytes), bytes));
  }

  const FeatureFormat& format(int mode) const { return formats_[mode]; }
  uint32_t TableSum() const {
    uint32_t sum = 0;
    for (const std::vector<uint8_t>& table : tables_) {
      sum = Crc32(table.data(), static_cast<int64_t>(table.size()), sum);
    }
    return sum;
  }

  FeatureEncoder encoder;
  FeatureDecoder decoder;

 private:
  static void* Memory(std::vector<char>* memory, int64_t bytes) {
    size_t space = static_cast<size_t>(bytes + kAlignment);
    memory->resize(space);
    void* start = memory->data();
    return std::align(kAlignment, static_cast<size_t>(bytes), start, space);
  }

  FeatureFormat formats_[kModes];
  std::vector<uint8_t> tables_[kModes];
  std::vector<char> encoder_memory_, decoder_memory_;
};

// Of all frames: payloads, and what they mean; every seventh is damaged before it is read, and may
// be refused.
struct Sums {
  uint32_t payloads = 0, values = 0;
  int64_t refused = 0;
};

void Run(int64_t frame, Modes* modes, Sums* sums) {
  const int mode = static_cast<int>(frame % kModes);
  const FeatureFormat& format = modes->format(mode);
  Random random = Random::Derive(1, static_cast<uint64_t>(frame));
  std::vector<float> latent(static_cast<size_t>(format.symbols()));
  // Integers to floats by exact steps: a draw must not depend on a compiler either.
  for (float& x : latent) {
    const int sum = static_cast<int>(random.Below(4096) + random.Below(4096));
    x = static_cast<float>(sum - 4096) * 0x1p-10f;
  }
  std::vector<uint8_t> payload(static_cast<size_t>(format.MostBytes()));
  int64_t size = 0;
  Require(modes->encoder.Encode(mode, latent.data(), payload.data(),
                                static_cast<int64_t>(payload.size()), &size));
  sums->payloads = Crc32(payload.data(), size, sums->payloads);
  if (frame % 7 == 6 && size > 0) {
    const uint64_t bit = random.Below(8 * static_cast<uint64_t>(size));
    payload[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
  }
  if (!modes->decoder.Decode(mode, payload.data(), size, latent.data()).ok()) {
    ++sums->refused;
    return;
  }
  sums->values =
      Crc32(reinterpret_cast<const uint8_t*>(latent.data()), 4 * format.symbols(), sums->values);
}

void Main(int64_t frames) {
  Modes modes;
  Sums sums;
  for (int64_t frame = 0; frame < frames; ++frame) Run(frame, &modes, &sums);
  printf("%lld frames: tables %08x, payloads %08x, values %08x, %lld refused\n",
         static_cast<long long>(frames), modes.TableSum(), sums.payloads, sums.values,
         static_cast<long long>(sums.refused));
}

}  // namespace
}  // namespace slim

int main(int argc, char** argv) {
  slim::Main(argc > 1 ? atoll(argv[1]) : 100000);
  return 0;
}
