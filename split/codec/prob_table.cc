#include "split/codec/prob_table.h"

namespace slim {

Status ProbTable::Parse(const uint8_t* bytes, int64_t size, ProbTable* table) {
  if (size < kProbTableHeaderBytes) return Invalid("prob table: shorter than its header", size);
  const int first = bytes[0], last = bytes[1];
  if (last < first) return Invalid("prob table: last symbol below the first", 1);
  if (bytes[2] > 1) return Invalid("prob table: escape is neither 0 nor 1", 2);
  if (bytes[3] != 0) return Invalid("prob table: reserved byte is not 0", 3);
  ProbTable parsed;
  parsed.first = first;
  parsed.symbols = last - first + 1;
  parsed.escape = bytes[2] == 1;
  parsed.frequencies = bytes + kProbTableHeaderBytes;
  if (parsed.entries() > 256) return Invalid("prob table: an escape, but no symbol left to it", 2);
  if (size < parsed.bytes()) return Invalid("prob table: ends within its frequencies", size);
  int sum = 0;
  for (int entry = 0; entry < parsed.entries(); ++entry) {
    const int frequency = parsed.Frequency(entry);
    sum += frequency;
    if (frequency == 0 || sum > kProbTotal) {
      const char* rule = frequency == 0 ? "prob table: a frequency is 0"
                                        : "prob table: the frequencies exceed 4096";
      return Invalid(rule, kProbTableHeaderBytes + 2 * entry);
    }
  }
  if (sum != kProbTotal) return Invalid("prob table: the frequencies do not sum to 4096", 4);
  *table = parsed;
  return OkStatus();
}

}  // namespace slim
