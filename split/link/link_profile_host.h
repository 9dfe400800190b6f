// LinkProfile: what a link does over time, for the emulator and for simulations.
//
// A profile holds until its next sample, and its last sample for ever. It comes from a file or,
// by name and seed, is the same on every machine:
//
//   wifi            3 MB/s, 2 ms, some jitter
//   lte             1 MB/s in slow swings, 25 ms, more jitter
//   bluetooth-walk  from 1 m to 9 m and back: the mean rates of the Slimmable Encoders runs (WoWMoM
//                   2023, 60 to 160 kB/s) and their fixed 14 ms; swings of 12 % within a second are
//                   an assumption, for the runs give averages only
//   cut             wifi, with nothing passing between 40 % and 60 % of the time
//
// The file is text: the line "time_s,rate_bytes_per_s,delay_s,jitter_s,loss" and then one line of
// five numbers per sample.
#ifndef SLIMSPLIT_SPLIT_LINK_LINK_PROFILE_HOST_H_
#define SLIMSPLIT_SPLIT_LINK_LINK_PROFILE_HOST_H_

#include <stdint.h>

#include <string>
#include <vector>

namespace slim {

struct LinkSample {
  double time_s = 0;            // from when on; the first is 0, the others increase
  double rate_bytes_per_s = 0;  // of each direction; 0: nothing passes
  double delay_s = 0;           // one way, each message
  double jitter_s = 0;          // mean of a further delay, exponentially distributed
  double loss = 0;              // probability that a message never arrives
};

class LinkProfile {
 public:
  // Throws UsageError where samples break the rules above; `name` is for the message, which counts
  // samples from 1.
  LinkProfile(const std::string& name, std::vector<LinkSample> samples);

  // Throws UsageError for a name that is not known, and lists those that are.
  static LinkProfile Named(const std::string& name, uint64_t seed, double seconds);
  // Throws what ReadFile throws, and BadInput with the line that breaks a rule.
  static LinkProfile Read(const std::string& path);

  static const std::vector<std::string>& Names();

  const LinkSample& At(double time_s) const;

  // When the last of `bytes` has left if the first leaves at `start_s`; infinity when never.
  double TransferEnd(double start_s, double bytes) const;

  // The same link with all rates times `factor` > 0.
  LinkProfile WithRatesTimes(double factor) const;

  const std::vector<LinkSample>& samples() const { return samples_; }

 private:
  size_t IndexAt(double time_s) const;

  std::string name_;
  std::vector<LinkSample> samples_;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_LINK_LINK_PROFILE_HOST_H_
