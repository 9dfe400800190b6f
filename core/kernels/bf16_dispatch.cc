// Chooses the kernel table of activations stored as Bf16, by the table for float. The tables are
// constants: the linker drops them where GetKernels<Bf16> is not called.
#include <string.h>

#include "core/kernels/kernels.h"

namespace slim {

#if defined(__x86_64__)
namespace avx2_bf16 {
extern const Kernels<Bf16> kTable;  // isa_table.cc, compiled with that instruction set
}
namespace avx512_bf16 {
extern const Kernels<Bf16> kTable;
}
#elif defined(__aarch64__)
namespace neon_bf16 {
extern const Kernels<Bf16> kTable;
}
#endif

template <>
const Kernels<Bf16>& GetKernels<Bf16>() {
  const char* isa = GetKernels<float>().isa;
#if defined(__x86_64__)
  if (strcmp(isa, "avx512") == 0 && __builtin_cpu_supports("avx512bf16")) {
    return avx512_bf16::kTable;
  }
  if (strcmp(isa, "portable") != 0) return avx2_bf16::kTable;
#elif defined(__aarch64__)
  if (strcmp(isa, "portable") != 0) return neon_bf16::kTable;
#endif
  return PortableKernels<Bf16>();
}

}  // namespace slim
