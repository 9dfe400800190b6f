// LinkRoad: when bytes that go one way over an emulated link leave and arrive.
#ifndef SLIMSPLIT_SPLIT_LINK_LINK_ROAD_HOST_H_
#define SLIMSPLIT_SPLIT_LINK_LINK_ROAD_HOST_H_

#include <math.h>
#include <stdint.h>

#include <algorithm>

#include "core/random.h"
#include "split/link/link_profile_host.h"

namespace slim {

// All connections share it: what leaves later waits. Times are seconds of the profile, which must
// outlive this.
class LinkRoad {
 public:
  // What a message that is lost costs, as TCP sends it again. (RFC 6298 has 1 s, Linux 0.2 s.)
  static constexpr double kRetransmit = 0.2;
  // A caller that wakes up late is given so much back, or the rate would suffer.
  static constexpr double kSlack = 0.002;

  explicit LinkRoad(const LinkProfile* profile) : profile_(profile) {}

  // When the last of `bytes` has left; infinity when never.
  double Leave(double now_s, int64_t bytes) {
    const double start = std::max(free_s_, now_s - kSlack);
    const double end = profile_->TransferEnd(std::max(start, 0.0), static_cast<double>(bytes));
    if (isfinite(end)) free_s_ = end;
    return end;
  }

  // How long a message that leaves at `left_s` is on its way.
  double Travel(double left_s, Random* random) const {
    const LinkSample& link = profile_->At(left_s);
    double seconds = link.delay_s - log(1 - random->Uniform()) * link.jitter_s;
    double wait = kRetransmit;
    for (int i = 0; i < kMostLosses && random->Uniform() < link.loss; ++i, wait *= 2) {
      seconds += wait;
    }
    return seconds;
  }

 private:
  static constexpr int kMostLosses = 8;

  const LinkProfile* profile_;
  double free_s_ = 0;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_LINK_LINK_ROAD_HOST_H_
