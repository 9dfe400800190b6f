// Fuzzes the frame parser: any bytes end in a Status, and what is accepted is written again to the
// same bytes. Each input is also tried with its CRC put right, so that the other rules are reached.
//
//   bazel build --config=clang --config=asan --copt=-fsanitize=fuzzer-no-link
//   //tests/fuzz:wire_frame_fuzz
//   bazel-bin/tests/fuzz/wire_frame_fuzz -max_len=256 -max_total_time=120 <a folder for the corpus>
#include <stddef.h>
#include <string.h>

#include <vector>

#include "core/crc32.h"
#include "split/codec/little_endian.h"
#include "split/codec/wire_frame.h"

namespace slim {
namespace {

constexpr WireLimits kLimits = {0, 128, 4, 4};

void Require(bool condition) {
  if (!condition) __builtin_trap();
}

void ParseAndWriteAgain(const std::vector<uint8_t>& bytes) {
  const int64_t size = static_cast<int64_t>(bytes.size());
  WireHeader header, alone;
  const Status status = ParseWireFrame(bytes.data(), size, kLimits, &header);
  Require(status.ok() || (status.where >= 0 && status.where <= size));
  const Status of_header = ParseWireHeader(bytes.data(), size, kLimits, &alone);
  Require(of_header.ok() || !status.ok());
  if (!status.ok()) return;
  Require(size == kWireHeaderBytes + int64_t{header.payload_bytes});
  std::vector<uint8_t> again = bytes;
  memset(again.data(), 0, kWireHeaderBytes);
  Require(WriteWireFrame(header, again.data(), size).ok());
  Require(again == bytes);
}

}  // namespace
}  // namespace slim

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<uint8_t> bytes(data, data + size);
  slim::ParseAndWriteAgain(bytes);
  if (size < slim::kWireHeaderBytes) return 0;
  const uint32_t of_header = slim::Crc32(bytes.data(), 28);
  const int64_t payload_bytes = static_cast<int64_t>(size) - slim::kWireHeaderBytes;
  slim::StoreLe32(&bytes[28],
                  slim::Crc32(bytes.data() + slim::kWireHeaderBytes, payload_bytes, of_header));
  slim::ParseAndWriteAgain(bytes);
  return 0;
}
