#include "split/codec/wire_frame.h"

#include "core/crc32.h"
#include "split/codec/little_endian.h"

namespace slim {
namespace {

constexpr uint32_t kMagic = 0x466d6c73;  // "slmF"
constexpr uint8_t kVersion = 1;
constexpr int kVersionAt = 4, kKindAt = 5, kComputeRowAt = 6, kRateRowAt = 7, kFrameIdAt = 8,
              kPayloadBytesAt = 16, kModelDigestAt = 20, kCrcAt = 28;

uint32_t CrcOf(const uint8_t* frame, uint32_t payload_bytes) {
  return Crc32(frame + kWireHeaderBytes, payload_bytes, Crc32(frame, kCrcAt));
}

}  // namespace

Status ParseWireHeader(const uint8_t* bytes, int64_t size, const WireLimits& limits,
                       WireHeader* header) {
  if (size < kWireHeaderBytes) return Invalid("wire frame: ends within its header", size);
  if (LoadLe32(bytes) != kMagic) return Invalid("wire frame: does not begin with slmF", 0);
  if (bytes[kVersionAt] != kVersion) {
    return Unsupported("wire frame: another version than 1", kVersionAt);
  }
  if (bytes[kKindAt] < static_cast<uint8_t>(WireKind::kFeatures) ||
      bytes[kKindAt] > static_cast<uint8_t>(WireKind::kPong)) {
    return Invalid("wire frame: unknown kind", kKindAt);
  }
  WireHeader parsed;
  parsed.kind = static_cast<WireKind>(bytes[kKindAt]);
  parsed.compute_row = bytes[kComputeRowAt];
  parsed.rate_row = bytes[kRateRowAt];
  parsed.frame_id = LoadLe64(bytes + kFrameIdAt);
  parsed.payload_bytes = LoadLe32(bytes + kPayloadBytesAt);
  parsed.model_digest = LoadLe64(bytes + kModelDigestAt);
  if (parsed.model_digest != limits.model_digest) {
    return Invalid("wire frame: of another model", kModelDigestAt);
  }
  if (parsed.compute_row >= limits.compute_rows) {
    return Invalid("wire frame: a compute row that the model does not have", kComputeRowAt);
  }
  if (parsed.rate_row >= limits.rate_rows) {
    return Invalid("wire frame: a rate row that the model does not have", kRateRowAt);
  }
  if (parsed.payload_bytes > limits.payload_bytes) {
    return Invalid("wire frame: more payload bytes than the limit", kPayloadBytesAt);
  }
  *header = parsed;
  return OkStatus();
}

Status ParseWireFrame(const uint8_t* bytes, int64_t size, const WireLimits& limits,
                      WireHeader* header) {
  WireHeader parsed;
  SLIM_RETURN_IF_ERROR(ParseWireHeader(bytes, size, limits, &parsed));
  const int64_t payload_bytes = size - kWireHeaderBytes;
  if (payload_bytes < parsed.payload_bytes) {
    return Invalid("wire frame: ends within its payload", size);
  }
  if (payload_bytes > parsed.payload_bytes) {
    return Invalid("wire frame: bytes follow its payload", kWireHeaderBytes + parsed.payload_bytes);
  }
  if (CrcOf(bytes, parsed.payload_bytes) != LoadLe32(bytes + kCrcAt)) {
    return Invalid("wire frame: damaged, the CRC differs", kCrcAt);
  }
  *header = parsed;
  return OkStatus();
}

Status WriteWireFrame(const WireHeader& header, uint8_t* frame, int64_t capacity) {
  const int64_t size = int64_t{kWireHeaderBytes} + header.payload_bytes;
  if (capacity < size) return TooSmall("wire frame: header and payload do not fit", size);
  StoreLe32(frame, kMagic);
  frame[kVersionAt] = kVersion;
  frame[kKindAt] = static_cast<uint8_t>(header.kind);
  frame[kComputeRowAt] = header.compute_row;
  frame[kRateRowAt] = header.rate_row;
  StoreLe64(frame + kFrameIdAt, header.frame_id);
  StoreLe32(frame + kPayloadBytesAt, header.payload_bytes);
  StoreLe64(frame + kModelDigestAt, header.model_digest);
  StoreLe32(frame + kCrcAt, CrcOf(frame, header.payload_bytes));
  return OkStatus();
}

}  // namespace slim
