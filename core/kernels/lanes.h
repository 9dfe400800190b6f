// How many numbers of 32 bits a vector of the instruction set holds, and what follows from it for
// the kernel sources that are compiled once per instruction set.
#ifndef SLIMSPLIT_CORE_KERNELS_LANES_H_
#define SLIMSPLIT_CORE_KERNELS_LANES_H_

#include <stdint.h>

#include "core/bf16.h"

// The name of the instruction set as a string.
#define SLIM_STRING_OF(x) #x
#define SLIM_STRING(x) SLIM_STRING_OF(x)
#define SLIM_ISA_NAME SLIM_STRING(SLIM_ISA)

namespace slim {
namespace {

#if defined(__AVX512F__)
inline constexpr int kLanes = 16;
#elif defined(__AVX2__)
inline constexpr int kLanes = 8;
#else
inline constexpr int kLanes = 4;
#endif

// What activations are stored as.
#if defined(SLIM_SCALAR)
using Scalar = SLIM_SCALAR;
#else
using Scalar = float;
#endif

inline constexpr int kLineScalars = 64 / sizeof(Scalar);  // of a line of the caches

// Outputs of a register tile: one block of packed weights (kBlock) or two. Each activation is
// loaded for every row of the tile, however many vectors of weights it meets there; with one vector
// of 16 lanes the tile would wait for loads.
inline constexpr int kTileOutputs = kLanes == 16 ? 32 : 16;

// The compiler does not know this number from here on. (No instruction.)
inline void Hide(int64_t* number) { asm("" : "+r"(*number)); }

// Calls run(VectorCount<V>()) with the number V of vectors that `lanes` > 0 elements take, at most
// kMost.
template <int V>
struct VectorCount {
  static constexpr int value = V;
};
template <int kMost, class Run>
inline void WithVectors(int64_t lanes, Run run) {
  if constexpr (kMost > 1) {
    if (lanes <= (kMost - 1) * kLanes) return WithVectors<kMost - 1>(lanes, run);
  }
  run(VectorCount<kMost>());
}

}  // namespace
}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_LANES_H_
