#include <string.h>

#include "core/shape.h"
#include "split/codec/little_endian.h"
#include "split/codec/rans.h"

namespace slim {
namespace {

using Entry = RansEncodeTable::Entry;

// x / frequency = x * reciprocal / 2^44, both rounded down, for all x < frequency * 2^20: with
// e = reciprocal * frequency - 2^44 < frequency <= 4096 the right side is too large by
// x * e / (frequency * 2^44) < 1 / frequency, which reaches no other integer. The product stays
// below 2^64.
constexpr int kReciprocalBits = 44;

// Words from the end of a buffer towards its beginning; what does not fit is dropped and noted.
struct Writer {
  uint8_t* begin;
  uint8_t* next;
  bool full = false;

  void Put(uint16_t word) {
    if (next - begin < 2) {
      full = true;
      return;
    }
    next -= 2;
    StoreLe16(next, word);
  }
};

// Makes room in state x for an entry of this frequency.
inline void Shrink(uint32_t& x, uint32_t frequency, Writer& writer) {
  if (x >> (32 - kProbBits) < frequency) return;
  writer.Put(static_cast<uint16_t>(x));
  x >>= 16;
}

inline void Push(uint32_t& x, const Entry& entry, Writer& writer) {
  Shrink(x, entry.frequency, writer);
  const uint32_t quotient = static_cast<uint32_t>(x * entry.reciprocal >> kReciprocalBits);
  x += entry.start + quotient * entry.rest;
}

inline void PushBypass(uint32_t& x, uint8_t symbol, Writer& writer) {
  constexpr uint32_t kFrequency = 1u << kRansBypassBits;
  Shrink(x, kFrequency, writer);
  const uint32_t remainder = x % kFrequency;
  x = (x - remainder) * (kProbTotal / kFrequency) + symbol * kFrequency + remainder;
}

inline void PushSymbol(uint32_t& x, const RansEncodeTable& table, uint8_t symbol, Writer& writer) {
  const unsigned entry = static_cast<unsigned>(symbol - table.first);
  if (entry < static_cast<unsigned>(table.symbols)) {
    Push(x, table.entries[entry], writer);
  } else {
    PushBypass(x, symbol, writer);
    Push(x, table.entries[table.symbols], writer);
  }
}

// The decoder meets what is pushed last first: all goes from the end to the beginning.
uint32_t PushPlane(uint32_t state, const RansEncodeTable& table, const uint8_t* symbols,
                   int64_t count, Writer& to) {
  Writer writer = to;  // a local one stays in registers
  for (int64_t i = count - 1; i >= 0; --i) PushSymbol(state, table, symbols[i], writer);
  to = writer;
  return state;
}

void PutState(uint32_t state, bool words_follow, Writer& writer) {
  int bytes = words_follow ? 3 : 0;
  while (bytes < 4 && state >> (8 * bytes) != 0) ++bytes;
  if (writer.next - writer.begin < bytes) {
    writer.full = true;
    return;
  }
  writer.next -= bytes;
  for (int i = 0; i < bytes; ++i) writer.next[i] = static_cast<uint8_t>(state >> (8 * i));
}

Status TakeSeeds(const RansLayout& layout, const uint8_t* symbols, uint32_t* state) {
  *state = 0;
  for (int64_t i = layout.symbols() - layout.seeds(); i < layout.symbols(); ++i) {
    if (symbols[i] >> layout.seed_bits != 0) {
      return Invalid("rANS: a seed has more bits than seeds have; where: its index", i);
    }
    *state = *state << layout.seed_bits | symbols[i];
  }
  return OkStatus();
}

Status JudgeSymbols(const RansEncodeTable* tables, const RansLayout& layout,
                    const uint8_t* symbols) {
  for (int64_t plane = 0; plane < layout.planes; ++plane) {
    const RansEncodeTable& table = tables[plane];
    if (table.escape || table.symbols == 256) continue;
    const int64_t coded = layout.coded(plane);
    const uint8_t* in_plane = symbols + plane * layout.plane_size;
    const uint8_t first = static_cast<uint8_t>(table.first);
    const uint8_t last = static_cast<uint8_t>(table.first + table.symbols - 1);
    uint8_t least = last, most = first;
    for (int64_t i = 0; i < coded; ++i) {
      least = in_plane[i] < least ? in_plane[i] : least;
      most = in_plane[i] > most ? in_plane[i] : most;
    }
    if (least >= first && most <= last) continue;
    int64_t i = 0;
    while (in_plane[i] >= first && in_plane[i] <= last) ++i;
    return Invalid("rANS: a symbol that its plane's table does not know; where: its index",
                   plane * layout.plane_size + i);
  }
  return OkStatus();
}

}  // namespace

RansEncodeTable RansEncodeTable::Make(const ProbTable& table, Workspace& workspace) {
  RansEncodeTable made;
  made.first = table.first;
  made.symbols = table.symbols;
  made.escape = table.escape;
  Entry* entries = workspace.Take<Entry>(table.entries());
  made.entries = entries;
  if (entries == nullptr) return made;
  int start = 0;
  for (int i = 0; i < table.entries(); ++i) {
    const int frequency = table.Frequency(i);
    entries[i].reciprocal = ((uint64_t{1} << kReciprocalBits) + frequency - 1) / frequency;
    entries[i].frequency = static_cast<uint16_t>(frequency);
    entries[i].start = static_cast<uint16_t>(start);
    entries[i].rest = static_cast<uint16_t>(kProbTotal - frequency);
    start += frequency;
  }
  return made;
}

int64_t RansMostBytes(int64_t symbols) {
  constexpr int64_t kStateBytes = 4, kSymbolBytes = 4;  // a word for the escape, one for the bypass
  const int64_t bytes = SaturatingMul(symbols, kSymbolBytes);
  return bytes > INT64_MAX - kStateBytes ? INT64_MAX : bytes + kStateBytes;
}

Status RansEncode(const RansEncodeTable* tables, const RansLayout& layout, const uint8_t* symbols,
                  uint8_t* out, int64_t capacity, int64_t* size) {
  SLIM_ASSERT(layout.seed_bits >= 0 && layout.seed_bits <= 8);
  SLIM_RETURN_IF_ERROR(JudgeSymbols(tables, layout, symbols));
  uint8_t* const end = out + capacity;
  Writer writer = {out, end};
  uint32_t state = 0;
  SLIM_RETURN_IF_ERROR(TakeSeeds(layout, symbols, &state));
  for (int64_t plane = layout.planes - 1; plane >= 0; --plane) {
    state = PushPlane(state, tables[plane], symbols + plane * layout.plane_size,
                      layout.coded(plane), writer);
  }
  PutState(state, writer.next != end, writer);
  if (writer.full) {
    return TooSmall("rANS: the message does not fit", RansMostBytes(layout.symbols()));
  }
  *size = end - writer.next;
  if (*size > 0) memmove(out, writer.next, static_cast<size_t>(*size));
  return OkStatus();
}

}  // namespace slim
