// LinkDamage: where in a run of bytes a bad link flips a bit or breaks off.
#ifndef SLIMSPLIT_SPLIT_LINK_LINK_DAMAGE_HOST_H_
#define SLIMSPLIT_SPLIT_LINK_LINK_DAMAGE_HOST_H_

#include <math.h>
#include <stdint.h>

#include "core/random.h"

namespace slim {

// Depends on the seed and on the bytes that have passed, not on time or on how they are divided.
class LinkDamage {
 public:
  // Expected numbers per MiB.
  LinkDamage(double flips_per_mib, double cuts_per_mib, const Random& random)
      : flip_gap_(0x1p20 / flips_per_mib), cut_gap_(0x1p20 / cuts_per_mib), random_(random) {
    to_flip_ = Gap(flip_gap_);
    to_cut_ = Gap(cut_gap_);
  }

  // Flips bits of the next bytes of the run. Returns how many of them still pass; fewer than
  // `bytes` when the link breaks off.
  int64_t Damage(uint8_t* data, int64_t bytes) {
    const int64_t pass =
        to_cut_ < static_cast<double>(bytes) ? static_cast<int64_t>(to_cut_) : bytes;
    to_cut_ -= static_cast<double>(bytes);
    double at = to_flip_;
    for (; at < static_cast<double>(bytes); at += 1 + Gap(flip_gap_)) {
      data[static_cast<int64_t>(at)] ^= static_cast<uint8_t>(1 << random_.Below(8));
      ++flips_;
    }
    to_flip_ = at - static_cast<double>(bytes);
    return pass;
  }

  int64_t flips() const { return flips_; }

 private:
  double Gap(double mean) { return isfinite(mean) ? -log(1 - random_.Uniform()) * mean : INFINITY; }

  double flip_gap_, cut_gap_;  // mean bytes
  Random random_;
  double to_flip_ = 0, to_cut_ = 0;  // bytes
  int64_t flips_ = 0;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_LINK_LINK_DAMAGE_HOST_H_
