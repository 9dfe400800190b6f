// Fuzzes tables and messages from outside: the first bytes are sizes and a table, the rest is a
// message of two planes. What is accepted is encoded again to the same bytes, or, where it escapes
// what it need not, to the same symbols.
//
// Built and run as wire_frame_fuzz.cc says.
#include <stddef.h>

#include <vector>

#include "split/codec/rans.h"

namespace slim {
namespace {

constexpr int kPlanes = 2;

void Require(bool condition) {
  if (!condition) __builtin_trap();
}

struct Tables {
  RansEncodeTable encode[kPlanes];
  RansDecodeTable decode[kPlanes];
};

// Both planes use the one table; each has its own memory.
Tables MakeTables(const ProbTable& table, Workspace workspace) {
  Tables tables;
  for (int plane = 0; plane < kPlanes; ++plane) {
    tables.encode[plane] = RansEncodeTable::Make(table, workspace);
    tables.decode[plane] = RansDecodeTable::Make(table, workspace);
  }
  return tables;
}

void DecodeAndEncodeAgain(const ProbTable& table, const RansLayout& layout, const uint8_t* bytes,
                          int64_t size) {
  alignas(kAlignment) static char memory[kPlanes * (4 * kProbTotal + 16 * 256)];
  const Tables tables = MakeTables(table, Workspace(memory));
  std::vector<uint8_t> symbols(static_cast<size_t>(layout.symbols()));
  const Status status = RansDecode(tables.decode, layout, bytes, size, symbols.data());
  Require(status.ok() || (status.where >= 0 && status.where <= size));
  if (!status.ok()) return;
  std::vector<uint8_t> message(static_cast<size_t>(RansMostBytes(layout.symbols())));
  int64_t again_size = 0;
  Require(RansEncode(tables.encode, layout, symbols.data(), message.data(),
                     static_cast<int64_t>(message.size()), &again_size)
              .ok());
  message.resize(static_cast<size_t>(again_size));
  if (!table.escape) Require(message == std::vector<uint8_t>(bytes, bytes + size));
  std::vector<uint8_t> again(symbols.size());
  Require(RansDecode(tables.decode, layout, message.data(), again_size, again.data()).ok());
  Require(again == symbols);
}

}  // namespace
}  // namespace slim

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const slim::RansLayout layout = {slim::kPlanes, data[0], data[1] % 9};
  data += 2;
  size -= 2;
  // A copy of the very size, so that a look beyond its end is found.
  const std::vector<uint8_t> bytes(data, data + size);
  const int64_t count = static_cast<int64_t>(size);
  slim::ProbTable table;
  if (!slim::ProbTable::Parse(bytes.data(), count, &table).ok()) return 0;
  slim::DecodeAndEncodeAgain(table, layout, bytes.data() + table.bytes(), count - table.bytes());
  return 0;
}
