// Chooses the table of integer kernels at start-up.
#include "core/kernels/int8_kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

namespace slim {

// int8_conv.cc, compiled with that instruction set.
#if defined(__x86_64__)
namespace avx2 {
Int8Kernels Int8Table();
}
namespace avx2_vnni {
Int8Kernels Int8Table();
}
namespace avx512_vnni {
Int8Kernels Int8Table();
}
#elif defined(__aarch64__)
namespace neon {
Int8Kernels Int8Table();
}
namespace neon_dotprod {
Int8Kernels Int8Table();
}
#endif

namespace {

struct Tables {
  Int8Kernels table[4];
  int count = 0;

  Tables() {
    table[count++] = PortableInt8Kernels();
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2")) {
      table[count++] = avx2::Int8Table();
      if (HasAvxVnni()) table[count++] = avx2_vnni::Int8Table();
    }
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vnni")) {
      table[count++] = avx512_vnni::Int8Table();
    }
#elif defined(__aarch64__)
    table[count++] = neon::Int8Table();  // every 64-bit ARM processor has it
    if (HasDotProduct()) table[count++] = neon_dotprod::Int8Table();
#endif
  }

#if defined(__x86_64__)
  // clang 14 does not know its name.
  static bool HasAvxVnni() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a & 1u << 4) != 0;
  }
#elif defined(__aarch64__) && defined(__linux__)
  static bool HasDotProduct() { return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0; }
#else
  static bool HasDotProduct() { return false; }
#endif
};

// Built before main, as the float tables are (dispatch.cc).
Tables tables;

}  // namespace

const Int8Kernels& GetInt8Kernels() { return tables.table[tables.count - 1]; }

int AvailableInt8Kernels(const Int8Kernels* out[], int capacity) {
  int written = 0;
  for (; written < tables.count && written < capacity; ++written)
    out[written] = &tables.table[written];
  return written;
}

}  // namespace slim
