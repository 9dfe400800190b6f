// Limits of numbers and of time, and turns that are fair.
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "split/link/fair_queue_host.h"
#include "split/link/server_host.h"
#include "tests/split/link/link_support.h"

namespace slim {
namespace {

TEST(FairQueue, TakesTurnsByHand) {
  FairQueue<int> queue;
  for (const int job : {11, 12, 13}) queue.Push(1, job);
  queue.Push(2, 21);
  for (const int job : {31, 32}) queue.Push(3, job);
  for (const int job : {41, 42}) queue.Push(4, job);
  queue.Drop(3);
  queue.Drop(5);
  int job = 0;
  for (const int expected : {11, 21, 41, 12, 42, 13}) {
    ASSERT_TRUE(queue.Take(&job));
    EXPECT_EQ(job, expected);
  }
  queue.Push(2, 22);
  queue.Close();
  EXPECT_FALSE(queue.Take(&job));
}

TEST(FairQueue, CloseFreesWhoWaits) {
  FairQueue<int> queue;
  std::thread waiting([&] {
    int job = 0;
    EXPECT_FALSE(queue.Take(&job));
  });
  queue.Close();
  waiting.join();
}

TEST(ServerLimits, FramesInFlight) {
  Gate gate;
  const auto wait = [&](int, const std::vector<uint8_t>&) {
    gate.Pass();
    return OkStatus();
  };
  LinkServer server(PlainServer(), Handlers(std::make_unique<FunctionHandler>(wait)));
  RawPeer greedy(server.port()), modest(server.port());
  for (uint64_t id = 1; id <= 3; ++id) greedy.SendFeatures(id, 0, {1});
  for (uint64_t id = 1; id <= 2; ++id) modest.SendFeatures(id, 0, {1});
  EXPECT_EQ(greedy.LastWords(), "more than 2 frames not yet answered");
  EXPECT_EQ(ClosedFor(server, LinkRule::kInFlight), 1);
  gate.Open();
  EXPECT_EQ(modest.Hear().header.frame_id, 1u);
  EXPECT_EQ(modest.Hear().header.frame_id, 2u);
  modest.SendFeatures(3, 0, {1});
  EXPECT_EQ(modest.Hear().header.frame_id, 3u);
}

TEST(ServerLimits, Connections) {
  ServerOptions options = PlainServer();
  options.limits.connections = 2;
  LinkServer server(options, EchoHandlers());
  RawPeer first(server.port());
  first.SendFeatures(1, 0, {});
  EXPECT_FALSE(first.Hear().end);
  {
    RawPeer second(server.port());
    second.SendFeatures(1, 0, {});
    EXPECT_FALSE(second.Hear().end);
    RawPeer third(server.port());
    EXPECT_EQ(third.LastWords(), "this server has its 2 connections already");
    EXPECT_EQ(ClosedFor(server, LinkRule::kConnections), 1);
  }
  WaitUntil([&] { return server.Counters().connections == 1; });
  RawPeer fourth(server.port());
  fourth.SendFeatures(1, 0, {});
  EXPECT_EQ(fourth.Hear().header.kind, WireKind::kAnswer);
}

TEST(ServerLimits, AFloodOfConnectionsIsBounded) {
  ServerOptions options = PlainServer();
  options.limits.connections = 1;
  options.limits.handshakes = 2;
  LinkServer server(options, EchoHandlers());
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (int i = 0; i < 50; ++i) peers.push_back(std::make_unique<RawPeer>(server.port()));
  WaitUntil([&] { return ClosedFor(server, LinkRule::kConnections) == 49; });
  peers[0]->SendFeatures(1, 0, {});
  EXPECT_EQ(peers[0]->Hear().header.kind, WireKind::kAnswer);
  // Few are told why: being told takes room too.
  int told = 0;
  for (int i = 1; i < 50; ++i) told += peers[i]->Hear().end ? 0 : 1;
  EXPECT_LT(told, 49);
}

TEST(ServerLimits, HandshakesAreNotWaitedForLong) {
  const LinkKey key = LinkKey::Random();
  ServerOptions options = PlainServer();
  options.key = &key;
  options.limits.handshake_ms = 20;
  LinkServer server(options, EchoHandlers());
  RawPeer silent(server.port());
  EXPECT_TRUE(silent.Hear().end);
  WaitUntil([&] { return ClosedFor(server, LinkRule::kHandshake) == 1; });
}

TEST(ServerLimits, TheOldestHandshakeGivesWay) {
  const LinkKey key = LinkKey::Random();
  ServerOptions options = PlainServer();
  options.key = &key;
  options.limits.handshakes = 2;
  options.limits.handshake_ms = 3600000;
  LinkServer server(options, EchoHandlers());
  RawPeer oldest(server.port()), second(server.port()), third(server.port());
  EXPECT_TRUE(oldest.Hear().end);
  EXPECT_EQ(ClosedFor(server, LinkRule::kHandshake), 1);
}

TEST(ServerLimits, PeersWithoutTheKey) {
  const LinkKey key = LinkKey::Random();
  ServerOptions options = PlainServer();
  options.key = &key;
  LinkServer server(options, EchoHandlers());
  RawPeer peer(server.port());
  peer.SendFeatures(1, 0, std::vector<uint8_t>(100));
  WaitUntil([&] { return ClosedFor(server, LinkRule::kHandshake) == 1; });
  EXPECT_EQ(server.Counters().accepted, 0);
}

TEST(ServerLimits, AStalledFrame) {
  ServerOptions options = PlainServer();
  options.limits.frame_ms = 20;
  LinkServer server(options, EchoHandlers());
  const std::vector<uint8_t> frame = TestFrame(WireKind::kFeatures, 1, 0, {1, 2, 3});
  for (const int length : {1, 31, 32, 34}) {
    RawPeer peer(server.port());
    EXPECT_TRUE(peer.Send({frame.begin(), frame.begin() + length}));
    EXPECT_EQ(peer.LastWords(), "a frame arrives more slowly than 1000 bytes a second");
  }
  EXPECT_EQ(ClosedFor(server, LinkRule::kProgress), 4);
}

// 132 bytes, of which the last come after 200 ms: more than frame_ms, but not at 100 bytes a
// second.
TEST(ServerLimits, TheLeastRateGivesAFrameItsTime) {
  const std::vector<uint8_t> frame =
      TestFrame(WireKind::kFeatures, 1, 0, std::vector<uint8_t>(100));
  for (const int64_t rate : {100, 1000000}) {
    ServerOptions options = PlainServer();
    options.limits.frame_ms = 1;
    options.limits.bytes_per_second = rate;
    LinkServer server(options, EchoHandlers());
    RawPeer peer(server.port());
    EXPECT_TRUE(peer.Send({frame.begin(), frame.end() - 1}));
    if (rate == 100) {
      usleep(200000);
      EXPECT_TRUE(peer.Send({frame.end() - 1, frame.end()}));
      Heard heard = peer.Hear();
      while (heard.header.kind == WireKind::kPong) heard = peer.Hear();
      EXPECT_EQ(heard.header.kind, WireKind::kAnswer);
    } else {
      EXPECT_EQ(peer.LastWords(), "a frame arrives more slowly than 1000000 bytes a second");
    }
  }
}

TEST(ServerLimits, ASlowFrameIsToldThatItArrives) {
  LinkServer server(PlainServer(), EchoHandlers());
  RawPeer peer(server.port());
  const std::vector<uint8_t> frame = TestFrame(WireKind::kFeatures, 1, 0, {1, 2, 3});
  EXPECT_TRUE(peer.Send({frame.begin(), frame.begin() + 20}));
  const Heard pong = peer.Hear();
  EXPECT_EQ(pong.header.kind, WireKind::kPong);
  EXPECT_EQ(pong.header.frame_id, 0u);
  EXPECT_TRUE(peer.Send({frame.begin() + 20, frame.end()}));
  EXPECT_EQ(peer.Hear().header.kind, WireKind::kAnswer);
}

TEST(ServerLimits, SilenceIsNotWaitedForLong) {
  ServerOptions options = PlainServer();
  options.limits.idle_ms = 20;
  LinkServer server(options, EchoHandlers());
  RawPeer peer(server.port());
  EXPECT_EQ(peer.LastWords(), "nothing was heard for 20 ms");
}

TEST(ServerLimits, APeerThatDoesNotRead) {
  ServerOptions options = PlainServer();
  options.limits.write_ms = 20;
  options.limits.payload_bytes = 1 << 20;
  LinkServer server(options, EchoHandlers());
  RawPeer peer(server.port());
  const std::vector<uint8_t> ping = TestFrame(WireKind::kPing, 1, 0, std::vector<uint8_t>(1 << 20));
  while (peer.Send(ping)) {
  }
  EXPECT_EQ(ClosedFor(server, LinkRule::kNotReading), 1);
}

// One worker is held at its first frame until 64 heads have two frames each at the server, and one
// of them eight: then each head's nth frame is answered before anybody's next.
TEST(ServerLimits, SixtyFourHeadsTakeTurns) {
  constexpr int kHeads = 64, kFrames = 2, kGreedyFrames = 8;
  Gate gate;
  std::vector<int> order;  // of one worker, read when it is done
  const auto note = [&](int, const std::vector<uint8_t>& payload) {
    gate.Pass();
    order.push_back(payload[0]);
    return OkStatus();
  };
  ServerOptions options = PlainServer();
  options.limits.frames_in_flight = kGreedyFrames;
  LinkServer server(options, Handlers(std::make_unique<FunctionHandler>(note)));
  std::vector<std::unique_ptr<RawPeer>> peers;
  int64_t sent = 0;
  for (int head = 0; head < kHeads; ++head) {
    peers.push_back(std::make_unique<RawPeer>(server.port()));
    const int frames = head == 0 ? kGreedyFrames : kFrames;
    for (int i = 1; i <= frames; ++i, ++sent) {
      peers[head]->SendFeatures(i, 0, {static_cast<uint8_t>(head)});
    }
  }
  WaitUntil([&] { return server.Counters().payload_bytes == sent; });
  gate.Open();
  for (int head = 0; head < kHeads; ++head) {
    const int frames = head == 0 ? kGreedyFrames : kFrames;
    for (int i = 1; i <= frames; ++i) {
      EXPECT_EQ(peers[head]->Hear().header.frame_id, static_cast<uint64_t>(i));
    }
  }
  ASSERT_EQ(static_cast<int64_t>(order.size()), sent);
  std::vector<int> served(kHeads);
  int round = 1;
  for (size_t i = 1; i < order.size();
       ++i) {  // the frame that was held came before there were turns
    const int nth = ++served[order[i]];
    EXPECT_GE(nth, round) << i;
    round = nth;
  }
}

}  // namespace
}  // namespace slim
