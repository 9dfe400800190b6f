#include "tests/laws/all_cases.h"

#include "layers/all_layers.h"

namespace slim {
namespace {

using Plan = std::vector<std::vector<uint16_t>>;

// Active channels per width and space.
const Plan kOdd = {{1, 2}, {3, 5}, {4, 7}};
const Plan kEven = {{2, 4}, {4, 6}, {6, 10}};
const Plan kCrossed = {{2, 5}, {5, 3}};  // a wide tail after a narrow head, and the reverse
const Plan kBlocks = {{3, 7}, {9, 18}, {17, 33}};  // over the blocks of packed weights
const Plan kWinograd = {{2, 3}, {5, 9}, {9, 18}};  // stored channels >= 8
const Plan kFewInputs = {{2, 3}, {4, 9}, {6, 18}};
const Plan kMany = {{3, 2}, {40, 21}, {136, 137}};  // stored weights > kFewWeights
const Plan kEvenBlocks = {{2, 6}, {6, 34}, {10, 36}};
const Plan kHalves = {{4, 2}, {8, 4}};            // a group stores as many as half of the width has
const Plan kFours = {{4, 4}, {8, 20}, {12, 36}};  // the last block has four outputs
const Plan kFews = {{3, 7}, {5, 21}, {11, 38}};  // it has five to seven, and an odd channel is left
const Plan kBits = {{2, 1}, {3, 3}, {5, 8}};     // second = bits of a symbol
const Plan kWide = {{5}, {67}, {130}};
const Plan kSums = {{2, 1, 3}, {2, 3, 5}, {5, 4, 9}};     // third = first + second
const Plan kMaps = {{1, 1, 6}, {2, 1, 12}, {5, 1, 30}};   // third = 6 * first
const Plan kMembers = {{2, 1, 1}, {3, 1, 2}, {4, 1, 3}};  // third: members of an ensemble

}  // namespace

const std::vector<LayerCase>& AllCases() {
  static const std::vector<LayerCase> cases = {
#include "tests/laws/cases.inc"
  };
  return cases;
}

}  // namespace slim
