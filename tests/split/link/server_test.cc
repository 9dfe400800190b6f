// What a server does for good peers and for bad ones, the good ones meanwhile being served.
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/error_host.h"
#include "gtest/gtest.h"
#include "split/link/server_host.h"
#include "tests/split/link/link_support.h"

namespace slim {
namespace {

// The body of an answer to this frame, which is checked to be one.
std::vector<uint8_t> Ask(RawPeer* peer, uint64_t id, int row, const std::vector<uint8_t>& payload) {
  peer->SendFeatures(id, row, payload);
  const Heard heard = peer->Hear();
  EXPECT_EQ(heard.header.kind, WireKind::kAnswer) << heard.text();
  EXPECT_EQ(heard.header.frame_id, id);
  EXPECT_EQ(heard.header.compute_row, row);
  EXPECT_EQ(heard.header.rate_row, 0);
  if (heard.payload.size() < kAnswerTimeBytes) return {};
  return {heard.payload.begin() + kAnswerTimeBytes, heard.payload.end()};
}

TEST(Server, AnswersFramesAndPings) {
  LinkServer server(PlainServer(), EchoHandlers());
  RawPeer peer(server.port());
  EXPECT_EQ(Ask(&peer, 7, 3, {1, 2, 3}), EchoOf(3, {1, 2, 3}));
  EXPECT_EQ(Ask(&peer, 8, 15, {}), EchoOf(15, {}));
  EXPECT_EQ(Ask(&peer, uint64_t{1} << 63, 0, std::vector<uint8_t>(65536, 9)),
            EchoOf(0, std::vector<uint8_t>(65536, 9)));
  EXPECT_TRUE(peer.Send(TestFrame(WireKind::kPing, 5, 0, {4, 2})));
  const Heard pong = peer.Hear();
  EXPECT_EQ(pong.header.kind, WireKind::kPong);
  EXPECT_EQ(pong.header.frame_id, 5u);
  EXPECT_EQ(pong.payload, (std::vector<uint8_t>{4, 2}));
  const ServerCounters counters = server.Counters();
  EXPECT_EQ(counters.frames_answered, 3);
  for (const size_t row : {0, 3, 15}) EXPECT_EQ(counters.answered_in_row[row], 1);
  EXPECT_EQ(std::accumulate(counters.durations.begin(), counters.durations.end(), int64_t{0}), 3);
  EXPECT_GT(counters.duration_sum_us, 0);
  EXPECT_EQ(counters.payload_bytes, 3 + 65536);
  EXPECT_EQ(counters.pings, 1);
  EXPECT_EQ(counters.connections, 1);
  EXPECT_EQ(counters.accepted, 1);
}

TEST(Server, AHandlerThatRefusesOrThrowsCostsTheFrameAlone) {
  LinkServer server(
      PlainServer(),
      Handlers(std::make_unique<FunctionHandler>([](int row, const std::vector<uint8_t>&) {
        if (row == 1) return Invalid("too odd", 12);
        if (row == 2) throw std::runtime_error("secret");
        return OkStatus();
      })));
  RawPeer peer(server.port());
  peer.SendFeatures(1, 1, {1});
  Heard heard = peer.Hear();
  EXPECT_EQ(heard.header.kind, WireKind::kRefusal);
  EXPECT_EQ(heard.header.frame_id, 1u);
  EXPECT_EQ(heard.text(), "too odd (at 12)");
  peer.SendFeatures(2, 2, {1});
  heard = peer.Hear();
  EXPECT_EQ(heard.header.frame_id, 2u);
  EXPECT_EQ(heard.text(), "the server failed at this frame");
  EXPECT_EQ(Ask(&peer, 3, 0, {1}), std::vector<uint8_t>());
  EXPECT_EQ(server.Counters().frames_refused, 2);
}

// Answers as EchoHandler, frames of row 0 when a gate has opened; notes what it gets together.
class TogetherHandler : public EchoHandler {
 public:
  struct Notes {
    Gate gate;
    std::vector<std::pair<int, int>> together;  // row, frames
    bool throws = false;
  };
  explicit TogetherHandler(Notes* notes) : notes_(notes) {}

  Status Handle(int row, const uint8_t* payload, int64_t payload_bytes,
                std::vector<uint8_t>* body) override {
    if (row == 0) notes_->gate.Pass();
    return EchoHandler::Handle(row, payload, payload_bytes, body);
  }
  int most_together() const override { return 3; }
  void HandleTogether(int row, FrameTask* tasks, int count) override {
    notes_->together.push_back({row, count});
    if (notes_->throws) throw std::runtime_error("together");
    EchoHandler::HandleTogether(row, tasks, count);
  }

 private:
  Notes* const notes_;
};

// While the first frame is handled five others come: three of the four of row 3 go together, then
// the one of row 5 whose turn it is, then the rest. What is thrown costs nobody anything.
TEST(Server, FramesOfARowThatWaitAreHandledTogether) {
  for (const bool throws : {false, true}) {
    TogetherHandler::Notes notes;
    notes.throws = throws;
    LinkServer server(PlainServer(), Handlers(std::make_unique<TogetherHandler>(&notes)));
    RawPeer first(server.port());
    first.SendFeatures(1, 0, {9});
    WaitUntil([&] { return server.Counters().payload_bytes == 1; });
    const int rows[] = {3, 5, 3, 3, 3};
    std::vector<std::unique_ptr<RawPeer>> peers;
    for (size_t i = 0; i < std::size(rows); ++i) {
      peers.push_back(std::make_unique<RawPeer>(server.port()));
      peers[i]->SendFeatures(10 + i, rows[i], {static_cast<uint8_t>(i)});
      WaitUntil([&] { return server.Counters().payload_bytes == 2 + static_cast<int64_t>(i); });
    }
    notes.gate.Open();
    EXPECT_EQ(first.Hear().header.frame_id, 1u);
    for (size_t i = 0; i < std::size(rows); ++i) {
      const Heard heard = peers[i]->Hear();
      EXPECT_EQ(heard.header.kind, WireKind::kAnswer);
      EXPECT_EQ(heard.header.frame_id, 10 + i);
      ASSERT_GE(heard.payload.size(), static_cast<size_t>(kAnswerTimeBytes));
      EXPECT_EQ(std::vector<uint8_t>(heard.payload.begin() + kAnswerTimeBytes, heard.payload.end()),
                EchoOf(rows[i], {static_cast<uint8_t>(i)}));
    }
    EXPECT_EQ(notes.together, (std::vector<std::pair<int, int>>{{3, 3}}));
    EXPECT_EQ(server.Counters().frames_together, throws ? 0 : 3);
    EXPECT_EQ(server.Counters().frames_answered, 6);
  }
}

TEST(Server, EveryBrokenRuleIsNamedAndCostsOneConnection) {
  LinkServer server(PlainServer(), EchoHandlers());
  RawPeer good(server.port());
  const std::vector<uint8_t> frame = TestFrame(WireKind::kFeatures, 9, 2, {1, 2, 3});
  const auto with = [&](size_t at, uint8_t value) {
    std::vector<uint8_t> changed = frame;
    changed[at] = value;
    return changed;
  };
  const std::vector<uint8_t> large(65537);
  const struct {
    std::vector<uint8_t> bytes;
    const char* text;
    LinkRule rule;
  } cases[] = {
      {with(0, 'x'), "does not begin with slmF", LinkRule::kFrame},
      {with(4, 2), "another version", LinkRule::kFrame},
      {with(5, 6), "unknown kind", LinkRule::kFrame},
      {with(8, 1), "damaged", LinkRule::kFrame},
      {with(34, 1), "damaged", LinkRule::kFrame},
      {TestFrame(WireKind::kFeatures, 9, 16, {1}), "row", LinkRule::kFrame},
      {TestFrame(WireKind::kFeatures, 9, 0, {1}, 1), "another model", LinkRule::kFrame},
      {TestFrame(WireKind::kFeatures, 9, 0, large), "more payload bytes", LinkRule::kFrame},
      {TestFrame(WireKind::kFeatures, 0, 0, {1}), "frame id", LinkRule::kFrameId},
      {TestFrame(WireKind::kAnswer, 9, 0, {1}), "features and pings", LinkRule::kKind},
      {TestFrame(WireKind::kRefusal, 9, 0, {1}), "features and pings", LinkRule::kKind},
      {TestFrame(WireKind::kPong, 9, 0, {}), "features and pings", LinkRule::kKind},
  };
  uint64_t id = 0;
  for (const auto& each : cases) {
    const int64_t before = ClosedFor(server, each.rule);
    RawPeer bad(server.port());
    EXPECT_TRUE(bad.Send(each.bytes));
    EXPECT_NE(bad.LastWords().find(each.text), std::string::npos) << each.text;
    EXPECT_EQ(ClosedFor(server, each.rule), before + 1) << each.text;
    ++id;
    EXPECT_EQ(Ask(&good, id, 1, {7}), EchoOf(1, {7}));
  }
}

TEST(Server, AReplayedFrameIsRefused) {
  LinkServer server(PlainServer(), EchoHandlers());
  RawPeer peer(server.port());
  Ask(&peer, 5, 0, {1});
  peer.SendFeatures(5, 0, {1});
  EXPECT_EQ(peer.LastWords(), "a frame id must be above that of the frame before, 5");
}

TEST(Server, NothingFollowsABrokenFrame) {
  LinkServer server(PlainServer(), EchoHandlers());
  RawPeer peer(server.port());
  std::vector<uint8_t> bytes = TestFrame(WireKind::kFeatures, 1, 0, {1});
  bytes.back() ^= 1;
  const std::vector<uint8_t> next = TestFrame(WireKind::kFeatures, 2, 0, {1});
  bytes.insert(bytes.end(), next.begin(), next.end());
  EXPECT_TRUE(peer.Send(bytes));
  EXPECT_NE(peer.LastWords().find("damaged"), std::string::npos);
  EXPECT_EQ(server.Counters().frames_answered, 0);
}

TEST(Server, APeerThatLeavesWithinAFrameIsForgotten) {
  LinkServer server(PlainServer(), EchoHandlers());
  const std::vector<uint8_t> frame = TestFrame(WireKind::kFeatures, 1, 0, {1, 2, 3});
  for (size_t length = 0; length < frame.size(); ++length) {
    RawPeer peer(server.port());
    EXPECT_TRUE(length == 0 || peer.Send({frame.begin(), frame.begin() + length}));
  }
  WaitUntil([&] {
    const ServerCounters counters = server.Counters();
    return counters.accepted == static_cast<int64_t>(frame.size()) && counters.connections == 0;
  });
  EXPECT_EQ(server.Counters().frames_answered, 0);
}

TEST(Server, RefusesOptionsThatMakeNoSense) {
  for (const auto& change : std::vector<std::function<void(ServerOptions*)>>{
           [](ServerOptions* o) { o->rows = 0; }, [](ServerOptions* o) { o->rows = 257; },
           [](ServerOptions* o) { o->limits.payload_bytes = 0; },
           [](ServerOptions* o) { o->limits.payload_bytes = int64_t{1} << 40; },
           [](ServerOptions* o) { o->limits.frames_in_flight = 0; },
           [](ServerOptions* o) { o->limits.connections = -1; },
           [](ServerOptions* o) { o->limits.handshakes = 0; },
           [](ServerOptions* o) { o->limits.idle_ms = 0; },
           [](ServerOptions* o) { o->limits.bytes_per_second = 0; },
           [](ServerOptions* o) { o->address = "localhost"; },
           [](ServerOptions* o) { o->address = "192.0.2.1"; }}) {  // of no machine
    ServerOptions options = PlainServer();
    change(&options);
    EXPECT_THROW(LinkServer(options, EchoHandlers()), Error);
  }
  EXPECT_THROW(LinkServer(PlainServer(), {}), Error);
}

TEST(Server, SaysWhichPortIsTaken) {
  LinkServer server(PlainServer(), EchoHandlers());
  ServerOptions options = PlainServer();
  options.port = server.port();
  try {
    LinkServer second(options, EchoHandlers());
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(std::to_string(server.port())), std::string::npos);
  }
}

}  // namespace
}  // namespace slim
