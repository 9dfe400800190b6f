// OpenBLAS behind the matrix product of the kernel seam.
#ifndef SLIMSPLIT_CORE_KERNELS_BLAS_HOST_H_
#define SLIMSPLIT_CORE_KERNELS_BLAS_HOST_H_

#include <string>

namespace slim {

// From now on `gemm` of the float tables runs in OpenBLAS, on the calling thread: core/parallel.h
// owns the threads.
void UseOpenBlas();

// What the library says it was built for, e.g. "OpenBLAS 0.3.21 ... Zen".
std::string OpenBlasDescription();

}  // namespace slim

#endif  // SLIMSPLIT_CORE_KERNELS_BLAS_HOST_H_
