// Feature codec: the latent of one image to the payload of a features frame and back, in the way
// its mode says.
//
//   latent [pixels][channels] floats  ->  symbols [channels][pixels]  ->  raw bits or a rANS
//   message
//
// Everything a mode needs is made once in Prepare, in memory lent by the caller; to encode in
// another mode is to pass another row. A device links only the half that it uses.
#ifndef SLIMSPLIT_SPLIT_CODEC_CODEC_H_
#define SLIMSPLIT_SPLIT_CODEC_CODEC_H_

#include <stdint.h>

#include "core/status.h"
#include "core/width.h"
#include "split/codec/quantizer.h"
#include "split/codec/rans.h"

namespace slim {

// How symbols become bytes.
enum class Coding : uint8_t {
  kRawBits = 1,     // bit_pack.h
  kRans = 2,        // rans.h without seeds, a prob table per channel: of older model files
  kSeededRans = 3,  // rans.h, as many seeds as fit
};

// How the latent of one mode becomes bytes.
struct FeatureFormat {
  int64_t pixels = 0, channels = 0;  // of the latent of one image
  Quantizer quantizer;
  Coding coding = Coding::kRawBits;
  const uint8_t* tables = nullptr;  // of rANS: one prob table per channel, one after the other
  int64_t table_bytes = 0;

  int64_t symbols() const { return pixels * channels; }
  bool IsRans() const { return coding == Coding::kRans || coding == Coding::kSeededRans; }
  RansLayout layout() const {  // of its messages
    return {channels, pixels, coding == Coding::kSeededRans ? quantizer.bits : 0};
  }
  // No payload is longer; one of raw bits is never shorter either.
  int64_t MostBytes() const;
  // Refuses fields out of range, and tables that do not cover the symbols of the quantiser: what
  // is judged can encode every latent.
  Status Judge() const;
};

inline constexpr int64_t kMostSymbols = int64_t{1} << 28;  // of a latent

// The rows of a codec and the memory that they share.
template <class Table>
struct CodecRows {
  const FeatureFormat* formats = nullptr;
  int32_t count = 0;
  const Table** tables = nullptr;   // [count][channels], null where bits are raw
  Quantizer* quantizers = nullptr;  // [most channels], scratch
  uint8_t* symbols = nullptr;       // [most symbols], scratch
};

// Head side.
class FeatureEncoder {
 public:
  // Judges the formats of all rows and finds out how much memory Prepare wants. An error's `where`
  // is the row.
  static Status Plan(const FeatureFormat* formats, int32_t rows, int64_t* bytes);

  // Keeps `formats`, their tables, and `memory` (kAlignment aligned). kTooSmall says how many bytes
  // are needed.
  Status Prepare(const FeatureFormat* formats, int32_t rows, void* memory, int64_t bytes);

  // Writes the payload of `latent` to `out` and its length to `size`; may use all of
  // out[0, capacity). kTooSmall when that is not enough; the format's MostBytes always is.
  Status Encode(Width row, const float* latent, uint8_t* out, int64_t capacity, int64_t* size);

 private:
  CodecRows<RansEncodeTable> rows_;
};

// Tail side.
class FeatureDecoder {
 public:
  // As those of FeatureEncoder; 16 KiB for each channel of each row that is coded by rANS.
  static Status Plan(const FeatureFormat* formats, int32_t rows, int64_t* bytes);
  Status Prepare(const FeatureFormat* formats, int32_t rows, void* memory, int64_t bytes);

  // Reads a payload of exactly `size` bytes from anybody into `latent`. kInvalid when it is none of
  // this row; `latent` then holds nothing of use.
  Status Decode(Width row, const uint8_t* payload, int64_t size, float* latent);

 private:
  CodecRows<RansDecodeTable> rows_;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_CODEC_CODEC_H_
