// ProbTable: how often, of 4096 times, each symbol of one plane (channel) occurs. Integers made
// once, at export, and stored: coder and decoder never compute a probability.
//
// Twelve bits, because the decoder then finds a symbol by one look into 4096 words (16 KiB a plane,
// within a first-level cache; 16 bits would take 256 KiB), and because what twelve bits cannot
// express, a symbol rarer than 1 of 4096, is left to the escape at a loss far below 1 %.
//
//   byte  0   u8   first    smallest symbol that has a frequency of its own
//         1   u8   last     largest such symbol, >= first
//         2   u8   escape   1: one more frequency follows, of all other symbols together; else 0
//         3   u8   zero
//         4   u16  frequency[last - first + 1 + escape], little-endian, each >= 1, sum 4096
//
// With the escape, at least one symbol must be left to it. A symbol left to it costs 8 bits more.
#ifndef SLIMSPLIT_SPLIT_CODEC_PROB_TABLE_H_
#define SLIMSPLIT_SPLIT_CODEC_PROB_TABLE_H_

#include <stdint.h>

#include "core/status.h"
#include "split/codec/little_endian.h"

namespace slim {

inline constexpr int kProbBits = 12;
inline constexpr int kProbTotal = 1 << kProbBits;
inline constexpr int kProbTableHeaderBytes = 4;

// A table in somebody else's bytes, which must stay.
struct ProbTable {
  int first = 0;    // smallest symbol with a frequency of its own
  int symbols = 0;  // so many consecutive symbols have one, 1..256
  bool escape = false;
  const uint8_t* frequencies = nullptr;  // u16 little-endian [entries()]

  int entries() const { return symbols + (escape ? 1 : 0); }  // <= 256; the escape is the last
  int Frequency(int entry) const { return LoadLe16(frequencies + 2 * entry); }
  int64_t bytes() const { return kProbTableHeaderBytes + 2 * entries(); }

  // Judges the table that `bytes` begin with; more may follow. Where: byte offset of the field that
  // breaks a rule.
  static Status Parse(const uint8_t* bytes, int64_t size, ProbTable* table);
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_CODEC_PROB_TABLE_H_
