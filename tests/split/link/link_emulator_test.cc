// Bytes, frames and connections through an emulated link.
#include <map>
#include <string>
#include <vector>

#include "core/error_host.h"
#include "core/random.h"
#include "gtest/gtest.h"
#include "split/link/link_clock_host.h"
#include "split/link/link_emulator_host.h"
#include "split/link/server_host.h"
#include "tests/split/link/client_support.h"
#include "tests/split/link/link_support.h"

namespace slim {
namespace {

using Kind = FrameOutcome::Kind;

LinkProfile Fast() { return LinkProfile("fast", {{0, 1e12, 0, 0, 0}}); }

EmulatorOptions To(uint16_t port) {
  EmulatorOptions options;
  options.connect_port = port;
  return options;
}

TEST(LinkEmulator, FramesPassUnchangedAndNeverFasterThanTheLink) {
  LinkServer server(PlainServer(), EchoHandlers());
  const LinkProfile profile("slow", {{0, 1e6, 0.01, 0.001, 0.01}});
  LinkEmulator emulator(profile, To(server.port()));
  RawPeer peer(emulator.port());
  const std::vector<uint8_t> payload(50000, 3);
  const int64_t before_us = NowUs();
  peer.SendFeatures(1, 2, payload);
  Heard heard = peer.Hear();
  while (heard.header.kind == WireKind::kPong) heard = peer.Hear();
  EXPECT_GE(NowUs() - before_us, 50000 + 2 * 10000 - 4000);  // less the slack of two roads
  EXPECT_EQ(heard.header.kind, WireKind::kAnswer);
  heard.payload.erase(heard.payload.begin(), heard.payload.begin() + kAnswerTimeBytes);
  EXPECT_EQ(heard.payload, EchoOf(2, payload));
  EXPECT_GE(emulator.Counters().bytes_to_tail, 50032);
  EXPECT_EQ(emulator.Counters().connections, 1);
}

TEST(LinkEmulator, TheEndOfEitherSideGetsThrough) {
  LinkServer server(PlainServer(), EchoHandlers());
  LinkEmulator emulator(Fast(), To(server.port()));
  RawPeer refused(emulator.port());
  EXPECT_TRUE(refused.Send(std::vector<uint8_t>(32, 'x')));
  EXPECT_NE(refused.LastWords().find("slmF"), std::string::npos);
  refused.Close();
  { RawPeer leaves(emulator.port()); }
  WaitUntil([&] {
    return emulator.Counters().connections == 2 && emulator.Counters().open == 0 &&
           server.Counters().connections == 0;
  });
}

TEST(LinkEmulator, WithoutATailTheHeadIsTold) {
  LinkEmulator emulator(Fast(), To(RawTail().port()));
  RawPeer peer(emulator.port());
  EXPECT_TRUE(peer.Hear().end);
}

TEST(LinkEmulator, CutsAreTold) {
  LinkServer server(PlainServer(), EchoHandlers());
  LinkEmulator emulator(Fast(), To(server.port()));
  LinkClient client(ClientOf(emulator.port()));
  for (int times = 1; times <= 5; ++times) {
    WaitUntilUp(client, times);
    emulator.Cut();
  }
  WaitUntilUp(client, 6);
  EXPECT_EQ(emulator.Counters().cuts, 5);
}

TEST(LinkEmulator, ALinkThatFallsSilentIsNoticedAndSoIsItsReturn) {
  LinkServer server(PlainServer(), EchoHandlers());
  const LinkProfile profile("cut", {{0, 1e6, 0, 0, 0}, {1.5, 0, 0, 0, 0}, {3.5, 1e6, 0, 0, 0}});
  LinkEmulator emulator(profile, To(server.port()));
  ClientOptions options = ClientOf(emulator.port());
  options.pulse = PulseOptions();
  LinkClient client(options);
  WaitUntilUp(client);
  WaitUntil([&] { return client.State().trouble == "the tail has fallen silent"; });
  EXPECT_FALSE(client.State().up);
  WaitUntilUp(client, 2);
}

TEST(LinkEmulator, RefusesOptionsThatMakeNoSense) {
  for (const auto& change : std::vector<std::function<void(EmulatorOptions*)>>{
           [](EmulatorOptions* o) { o->flips_per_mib = -1; },
           [](EmulatorOptions* o) { o->cuts_per_mib = 1e9; },
           [](EmulatorOptions* o) { o->listen_address = "here"; },
           [](EmulatorOptions* o) { o->connect_address = ""; }}) {
    EmulatorOptions options = To(1);
    change(&options);
    EXPECT_THROW(LinkEmulator(Fast(), options), Error);
  }
}

// 10,000 frames through a link that breaks and flips bits, over TLS and without: each has one
// outcome, and every answer is that of its frame.
class Chaos : public testing::TestWithParam<bool> {};

std::vector<uint8_t> PayloadOf(uint64_t id) {
  Random random(id);
  std::vector<uint8_t> payload(random.Below(400));
  for (uint8_t& byte : payload) byte = static_cast<uint8_t>(random.NextBits());
  return payload;
}

TEST_P(Chaos, NoAnswerEverBelongsToAnotherFrame) {
  constexpr uint64_t kFrames = 10000;
  const LinkKey key = LinkKey::Random();
  ServerOptions serving = PlainServer();
  serving.key = GetParam() ? &key : nullptr;
  LinkServer server(serving, EchoHandlers(2));
  EmulatorOptions damage = To(server.port());
  damage.flips_per_mib = 8;
  damage.cuts_per_mib = 8;
  LinkEmulator emulator(Fast(), damage);
  ClientOptions options = ClientOf(emulator.port());
  options.key = serving.key;
  options.window = 2;
  // A flipped bit in a length leaves both ends waiting: then silence is the sign.
  options.pulse = PulseOptions();
  LinkClient client(options);

  Random random(5);
  std::map<uint64_t, Kind> outcomes;
  std::map<Kind, int64_t> counts;
  const auto take = [&](int64_t until_us) {
    FrameOutcome outcome;
    if (!client.Next(until_us, &outcome)) return false;
    ++counts[outcome.kind];
    if (outcome.kind == Kind::kAnswered || outcome.kind == Kind::kLate) {
      EXPECT_EQ(outcome.answer, EchoOf(outcome.row, PayloadOf(outcome.frame_id)));
      EXPECT_EQ(outcome.row, static_cast<int>(outcome.frame_id % 16));
    }
    if (outcome.kind == Kind::kLate) {
      EXPECT_EQ(outcomes[outcome.frame_id], Kind::kExpired);
    } else {
      EXPECT_TRUE(outcomes.emplace(outcome.frame_id, outcome.kind).second) << outcome.frame_id;
    }
    return true;
  };
  for (uint64_t id = 1; id <= kFrames; ++id) {
    WaitUntil([&] { return client.State().up; });
    const std::vector<uint8_t> payload = PayloadOf(id);
    const int64_t left_us = random.Below(8) == 0 ? 150 : kLong;
    ASSERT_EQ(client.Send(static_cast<int>(id % 16), payload.data(),
                          static_cast<int64_t>(payload.size()), NowUs() + left_us),
              id);
    while (random.Below(4) != 0 && outcomes.size() < id) ASSERT_TRUE(take(NowUs() + kLong));
  }
  while (outcomes.size() < kFrames) ASSERT_TRUE(take(NowUs() + kLong));
  EXPECT_GT(counts[Kind::kAnswered], static_cast<int64_t>(kFrames / 2));
  for (const Kind kind : {Kind::kReplaced, Kind::kExpired, Kind::kLost}) EXPECT_GT(counts[kind], 0);
  EXPECT_GT(emulator.Counters().cuts, 0);
  EXPECT_GT(emulator.Counters().flips, 0);
  EXPECT_GT(client.State().times_up, 1);
  printf(
      "answered %lld, late %lld, expired %lld, replaced %lld, lost %lld; %lld connections\n",
      static_cast<long long>(counts[Kind::kAnswered]), static_cast<long long>(counts[Kind::kLate]),
      static_cast<long long>(counts[Kind::kExpired]),
      static_cast<long long>(counts[Kind::kReplaced]), static_cast<long long>(counts[Kind::kLost]),
      static_cast<long long>(client.State().times_up));
}

INSTANTIATE_TEST_SUITE_P(TlsAndPlain, Chaos, testing::Bool());

}  // namespace
}  // namespace slim
