// Random: a small seeded generator with the same numbers on every machine and compiler.
//
// SplitMix64 seeds and derives, xoshiro256** generates (Blackman and Vigna, "Scrambled linear
// pseudorandom number generators", ACM TOMS 2021). Not for secrets.
#ifndef SLIMSPLIT_CORE_RANDOM_H_
#define SLIMSPLIT_CORE_RANDOM_H_

#include <math.h>
#include <stdint.h>

namespace slim {

class Random {
 public:
  explicit Random(uint64_t seed = 0) {
    for (uint64_t& word : state_) word = SplitMix(&seed);
  }

  // An independent stream for (seed, a, b), e.g. (seed, epoch, image index): what is drawn for one
  // item does not depend on which thread draws it, or on how much was drawn for others.
  static Random Derive(uint64_t seed, uint64_t a, uint64_t b = 0) {
    uint64_t mixed = seed;
    mixed = SplitMix(&mixed) ^ (a * 0x9e3779b97f4a7c15ull + 0x7f4a7c15ull);
    mixed = SplitMix(&mixed) ^ (b * 0xbf58476d1ce4e5b9ull + 0x1ce4e5b9ull);
    return Random(SplitMix(&mixed));
  }

  uint64_t NextBits() {
    const uint64_t result = Rotate(state_[1] * 5, 7) * 9;
    const uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = Rotate(state_[3], 45);
    return result;
  }

  // Uniform in [0, 1), 24 random bits.
  float Uniform() { return static_cast<float>(NextBits() >> 40) * 0x1p-24f; }
  float Uniform(float low, float high) { return low + (high - low) * Uniform(); }

  // Uniform integer in [0, count), count >= 1, by rejection: exactly uniform.
  uint64_t Below(uint64_t count) {
    const uint64_t limit = ~uint64_t{0} - ~uint64_t{0} % count;
    uint64_t bits = NextBits();
    while (bits >= limit) bits = NextBits();
    return bits % count;
  }

  // Normal, mean 0, variance 1 (Box-Muller, one of the pair; the other is not kept so that the
  // state is four words).
  float Normal() {
    const float radius = sqrtf(-2.0f * logf(1.0f - Uniform()));
    return radius * cosf(6.28318530717958648f * Uniform());
  }

 private:
  static uint64_t Rotate(uint64_t value, int bits) {
    return (value << bits) | (value >> (64 - bits));
  }
  static uint64_t SplitMix(uint64_t* seed) {
    uint64_t z = (*seed += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }

  uint64_t state_[4];
};

}  // namespace slim

#endif  // SLIMSPLIT_CORE_RANDOM_H_
