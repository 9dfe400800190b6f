// Chooses the kernel table at start-up: the widest instruction set that this CPU runs.
#include <string.h>

#include "core/kernels/kernels.h"

namespace slim {

#if defined(__x86_64__)
namespace avx2 {
extern const Kernels<float> kTable;  // isa_table.cc, compiled with that instruction set
}
namespace avx512 {
extern const Kernels<float> kTable;
}
#elif defined(__aarch64__)
namespace neon {
extern const Kernels<float> kTable;
}
#endif

namespace {

struct Tables {
  Kernels<float> table[3];
  int count = 0;
  int chosen = 0;

  Tables() {
    table[count++] = PortableKernels<float>();
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
      Append(avx2::kTable);
    }
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
      Append(avx512::kTable);
    }
#elif defined(__aarch64__)
    Append(neon::kTable);  // every 64-bit ARM processor has it
#endif
    chosen = count - 1;
  }

  void Append(const Kernels<float>& isa) {
    table[count] = isa;
    table[count++].gemm = PortableKernels<float>().gemm;
  }
};

// A static local would need a guard from the C++ run-time library, which bare code does without:
// the table is built before main, and no other static object may use it.
Tables tables;

}  // namespace

template <>
const Kernels<float>& GetKernels<float>() {
  return tables.table[tables.chosen];
}

template <>
const Kernels<double>& GetKernels<double>() {
  return PortableKernels<double>();
}

int AvailableKernels(const Kernels<float>* out[], int capacity) {
  int written = 0;
  for (; written < tables.count && written < capacity; ++written)
    out[written] = &tables.table[written];
  return written;
}

bool ForceIsa(const char* isa) {
  for (int i = 0; i < tables.count; ++i) {
    if (strcmp(tables.table[i].isa, isa) != 0) continue;
    tables.chosen = i;
    return true;
  }
  return false;
}

void SetGemm(void (*gemm)(const GemmArgs<float>&)) {
  for (int i = 0; i < tables.count; ++i) tables.table[i].gemm = gemm;
}

}  // namespace slim
