// LinkEmulator: a link that is as slow, unsteady and broken as wanted, between programs of one
// machine.
//
// A proxy for TCP: to whatever connects it is the tail, to the tail it is the head. The bytes keep
// their order. They leave at the rate of a LinkProfile, which all connections of a direction share,
// and arrive after its delay; a loss is a delay too, as TCP makes it. Beyond the profile it can
// break connections and flip bits, the latter as no TCP of this world would let through: TLS ends
// the connection then, and without TLS a frame's CRC-32 does.
#ifndef SLIMSPLIT_SPLIT_LINK_LINK_EMULATOR_HOST_H_
#define SLIMSPLIT_SPLIT_LINK_LINK_EMULATOR_HOST_H_

#include <stdint.h>

#include <memory>
#include <string>

#include "split/link/link_profile_host.h"

namespace slim {

struct EmulatorOptions {
  std::string listen_address = "127.0.0.1", connect_address = "127.0.0.1";
  uint16_t listen_port = 0, connect_port = 0;  // listen_port 0: the system chooses
  uint64_t seed = 1;
  double flips_per_mib = 0, cuts_per_mib = 0;  // expected, of each direction
};

struct EmulatorCounters {
  int64_t connections = 0;  // in all
  int64_t open = 0;         // now
  int64_t cuts = 0, flips = 0;
  int64_t bytes_to_tail = 0, bytes_to_head = 0;  // that have arrived
};

class LinkEmulator {
 public:
  // Runs until destroyed, in a thread of its own. The profile's time begins with the first
  // connection. Throws UsageError for options that make no sense, NetworkError where the address
  // cannot be had.
  LinkEmulator(const LinkProfile& profile, const EmulatorOptions& options);
  ~LinkEmulator();
  LinkEmulator(const LinkEmulator&) = delete;
  LinkEmulator& operator=(const LinkEmulator&) = delete;

  uint16_t port() const;
  EmulatorCounters Counters() const;

  // Breaks all connections.
  void Cut();

 private:
  class Running;
  std::unique_ptr<Running> running_;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_LINK_LINK_EMULATOR_HOST_H_
