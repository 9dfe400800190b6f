// EmulatedConnection: one connection through the emulator: two sockets, and the bytes between them.
#ifndef SLIMSPLIT_SPLIT_LINK_EMULATED_CONNECTION_HOST_H_
#define SLIMSPLIT_SPLIT_LINK_EMULATED_CONNECTION_HOST_H_

#include <stdint.h>

#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <vector>

#include "split/link/link_damage_host.h"
#include "split/link/link_emulator_host.h"
#include "split/link/link_road_host.h"

namespace slim {

// What all connections share. It outlives them.
struct EmulatedLink {
  EmulatedLink(const LinkProfile& link_profile, const EmulatorOptions& emulator_options)
      : profile(link_profile), options(emulator_options) {}

  const LinkProfile profile;
  const EmulatorOptions options;
  EmulatorCounters counters;
  int64_t started_us = -1;
  LinkRoad to_tail{&profile}, to_head{&profile};
};

// All calls on the thread of the sockets' io_context.
class EmulatedConnection : public std::enable_shared_from_this<EmulatedConnection> {
 public:
  // `head` has been accepted, `tail` is connected; `number` tells connections apart.
  EmulatedConnection(asio::ip::tcp::socket head, asio::ip::tcp::socket tail, uint64_t number,
                     EmulatedLink* link);

  void Start();
  void Close();
  bool is_closed() const { return closed_; }

 private:
  struct Chunk {
    double arrives_s;
    std::vector<uint8_t> bytes;  // none: the sender has nothing more to say
  };

  // One direction.
  struct Way {
    Way(asio::ip::tcp::socket* sender, asio::ip::tcp::socket* receiver, LinkRoad* shared,
        int64_t* arrived, const LinkDamage& harm, const Random& jitter);

    asio::ip::tcp::socket *from, *to;
    LinkRoad* road;
    int64_t* arrived_bytes;
    LinkDamage damage;
    Random random;
    asio::steady_timer leaving, arriving;
    std::vector<uint8_t> buffer;
    std::deque<Chunk> travelling;
    double last_arrival_s = 0;
    bool writing = false, ended = false;
  };

  double NowS() const;
  Way MakeWay(bool to_tail, uint64_t number);
  void Read(Way* way);
  void Took(Way* way, size_t bytes);
  void Travel(Way* way, double left_s, std::vector<uint8_t> bytes);
  void Deliver(Way* way);

  asio::ip::tcp::socket head_, tail_;
  EmulatedLink* const link_;
  Way to_tail_, to_head_;
  bool closed_ = false;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_LINK_EMULATED_CONNECTION_HOST_H_
