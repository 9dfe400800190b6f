// The instruction VPDPBUSD in C++. Included ahead of the sources of the integer kernels, it lets a
// CPU with AVX2 alone run what they do with AVX-VNNI, all but the instruction itself.
#ifndef SLIMSPLIT_TESTS_CORE_VNNI_MODEL_H_
#define SLIMSPLIT_TESTS_CORE_VNNI_MODEL_H_

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

// sums[i] + the products of unsigned x and signed w of four bytes each.
static inline __m256i ModelOfDpbusd(__m256i sums, __m256i x, __m256i w) {
  int32_t lanes[8];
  uint8_t unsigned_bytes[32];
  int8_t signed_bytes[32];
  memcpy(lanes, &sums, sizeof(lanes));
  memcpy(unsigned_bytes, &x, sizeof(x));
  memcpy(signed_bytes, &w, sizeof(w));
  for (int i = 0; i < 32; ++i) lanes[i / 4] += unsigned_bytes[i] * signed_bytes[i];
  memcpy(&sums, lanes, sizeof(lanes));
  return sums;
}

#define _mm256_dpbusd_avx_epi32 ModelOfDpbusd
#define __AVXVNNI__ 1

#endif  // SLIMSPLIT_TESTS_CORE_VNNI_MODEL_H_
