#include "split/codec/little_endian.h"
#include "split/codec/rans.h"

namespace slim {
namespace {

constexpr uint32_t kSlotMask = kProbTotal - 1;

struct Reader {
  const uint8_t* next;
  const uint8_t* end;
};

inline void Refill(uint32_t& x, Reader& reader) {
  if (x >= kRansLow || reader.next == reader.end) return;
  x = x << 16 | LoadLe16(reader.next);
  reader.next += 2;
}

inline uint8_t PopBypass(uint32_t& x, Reader& reader) {
  const uint32_t slot = x & kSlotMask;
  x = (x >> kProbBits) << kRansBypassBits | (slot & ((1u << kRansBypassBits) - 1));
  Refill(x, reader);
  return static_cast<uint8_t>(slot >> kRansBypassBits);
}

template <bool kEscape>
uint32_t PopPlane(uint32_t x, const RansDecodeTable& table, int64_t count, Reader& from,
                  uint8_t* symbols) {
  Reader reader = from;  // a local one stays in registers
  for (int64_t i = 0; i < count; ++i) {
    const uint32_t slot = table.slots[x & kSlotMask];
    x = ((slot >> 8 & kSlotMask) + 1) * (x >> kProbBits) + (slot >> 20);
    Refill(x, reader);
    symbols[i] = static_cast<uint8_t>(slot);
    if (kEscape && symbols[i] == table.escape_symbol) symbols[i] = PopBypass(x, reader);
  }
  from = reader;
  return x;
}

// Takes the state from the front of the message; whole words are left.
Status TakeState(Reader& reader, uint32_t* state) {
  const int64_t size = reader.end - reader.next;
  const int64_t bytes = size < 4 ? size : 4 - size % 2;
  uint32_t taken = 0;
  for (int64_t i = 0; i < bytes; ++i) taken |= static_cast<uint32_t>(reader.next[i]) << (8 * i);
  if (bytes > 0 && reader.next[bytes - 1] == 0) {
    return Invalid("rANS: the state takes more bytes than it needs", bytes - 1);
  }
  reader.next += bytes;
  *state = taken;
  return OkStatus();
}

}  // namespace

RansDecodeTable RansDecodeTable::Make(const ProbTable& table, Workspace& workspace) {
  RansDecodeTable made;
  made.escape = table.escape;
  made.escape_symbol = static_cast<uint8_t>(table.first + table.symbols);
  uint32_t* slots = workspace.Take<uint32_t>(kProbTotal);
  made.slots = slots;
  if (slots == nullptr) return made;
  for (int entry = 0; entry < table.entries(); ++entry) {
    const uint32_t frequency = static_cast<uint32_t>(table.Frequency(entry));
    const uint32_t symbol = static_cast<uint8_t>(table.first + entry);
    for (uint32_t offset = 0; offset < frequency; ++offset) {
      *slots++ = symbol | (frequency - 1) << 8 | offset << 20;
    }
  }
  return made;
}

Status RansDecode(const RansDecodeTable* tables, const RansLayout& layout, const uint8_t* bytes,
                  int64_t size, uint8_t* symbols) {
  SLIM_ASSERT(layout.seed_bits >= 0 && layout.seed_bits <= 8);
  Reader reader = {bytes, bytes + size};
  uint32_t state = 0;
  SLIM_RETURN_IF_ERROR(TakeState(reader, &state));
  for (int64_t plane = 0; plane < layout.planes; ++plane) {
    const RansDecodeTable& table = tables[plane];
    const int64_t coded = layout.coded(plane);
    uint8_t* in_plane = symbols + plane * layout.plane_size;
    state = table.escape ? PopPlane<true>(state, table, coded, reader, in_plane)
                         : PopPlane<false>(state, table, coded, reader, in_plane);
  }
  if (reader.next != reader.end) {
    return Invalid("rANS: bytes are left after the last symbol", reader.next - bytes);
  }
  for (int64_t i = 1; i <= layout.seeds(); ++i) {
    symbols[layout.symbols() - i] = static_cast<uint8_t>(state & ((1u << layout.seed_bits) - 1));
    state >>= layout.seed_bits;
  }
  if (state != 0) return Invalid("rANS: the message does not end with its last symbol", size);
  return OkStatus();
}

}  // namespace slim
