// Makes the integer tables of prob_table.h from a learned prior or from counted symbols.
#ifndef SLIMSPLIT_SPLIT_CODEC_PROB_TABLE_HOST_H_
#define SLIMSPLIT_SPLIT_CODEC_PROB_TABLE_HOST_H_

#include <stdint.h>

#include <vector>

namespace slim {

// The bytes of the table for symbols 0 .. weights.size() - 1, any of which may occur, however small
// its weight. `weights` are counts or probabilities: they need not sum to anything.
//
// Of all integer tables with every frequency >= 1 this one codes symbols of these weights in the
// fewest bits; ends of the alphabet that are rarer than about 1 of 2^14 are left to the escape.
// Equal weights give equal bytes. Throws UsageError unless there are 1..256 weights, all finite
// and >= 0 and not all 0.
std::vector<uint8_t> MakeProbTable(const std::vector<double>& weights);

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_CODEC_PROB_TABLE_HOST_H_
