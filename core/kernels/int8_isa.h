// The integer kernels of one instruction set: each of these sources is compiled into the namespace
// SLIM_ISA.
#ifndef SLIMSPLIT_CORE_KERNELS_INT8_ISA_H_
#define SLIMSPLIT_CORE_KERNELS_INT8_ISA_H_

#include "core/kernels/int8_kernels.h"

namespace slim {
namespace SLIM_ISA {

Int8Kernels Int8Table();
void Int8Depthwise(const Int8DepthwiseArgs& a, int64_t row_begin, int64_t row_end);
// Only where products have 16-bit factors (int8_vec.h).
void Int8Winograd(const Int8WinogradArgs& a, int64_t begin, int64_t end);

}  // namespace SLIM_ISA
}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_INT8_ISA_H_
