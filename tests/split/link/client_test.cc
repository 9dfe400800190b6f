// A head and its tail, good tails and bad ones.
#include <string>
#include <vector>

#include "core/error_host.h"
#include "gtest/gtest.h"
#include "split/link/client_host.h"
#include "split/link/link_clock_host.h"
#include "split/link/server_host.h"
#include "tests/split/link/client_support.h"
#include "tests/split/link/link_support.h"

namespace slim {
namespace {

using Kind = FrameOutcome::Kind;

uint64_t Send(LinkClient* client, int row, const std::vector<uint8_t>& payload,
              int64_t time_left_us = kLong) {
  return client->Send(row, payload.data(), static_cast<int64_t>(payload.size()),
                      NowUs() + time_left_us);
}

FrameOutcome Next(LinkClient* client) {
  FrameOutcome outcome;
  EXPECT_TRUE(client->Next(NowUs() + kLong, &outcome));
  return outcome;
}

// Waits for the client to have trouble of which this is a part.
void WaitForTrouble(const LinkClient& client, const std::string& part) {
  WaitUntil([&] { return client.State().trouble.find(part) != std::string::npos; });
}

TEST(Client, FramesAreAnsweredOverTls) {
  const LinkKey key = LinkKey::Random();
  ServerOptions serving = PlainServer();
  serving.key = &key;
  LinkServer server(serving, EchoHandlers());
  ClientOptions options = ClientOf(server.port());
  options.key = &key;
  LinkClient client(options);
  WaitUntilUp(client);
  EXPECT_EQ(client.State().protection, "TLS 1.3 with a pre-shared key");
  for (int i = 1; i <= 100; ++i) {
    const std::vector<uint8_t> payload(i * 37, static_cast<uint8_t>(i));
    const int64_t before_us = NowUs();
    EXPECT_EQ(Send(&client, i % 16, payload), static_cast<uint64_t>(i));
    const FrameOutcome outcome = Next(&client);
    EXPECT_EQ(outcome.kind, Kind::kAnswered);
    EXPECT_EQ(outcome.frame_id, static_cast<uint64_t>(i));
    EXPECT_EQ(outcome.row, i % 16);
    EXPECT_EQ(outcome.payload_bytes, i * 37);
    EXPECT_EQ(outcome.answer, EchoOf(i % 16, payload));
    EXPECT_GE(outcome.sent_us, before_us);
    EXPECT_GE(outcome.answered_us, outcome.sent_us + outcome.server_us);
  }
  FrameOutcome none;
  EXPECT_FALSE(client.Next(NowUs(), &none));
}

TEST(Client, SaysWhatAHandlerRefuses) {
  LinkServer server(PlainServer(),
                    Handlers(std::make_unique<FunctionHandler>(
                        [](int, const std::vector<uint8_t>&) { return Invalid("too odd", 12); })));
  LinkClient client(ClientOf(server.port()));
  WaitUntilUp(client);
  Send(&client, 0, {1});
  const FrameOutcome outcome = Next(&client);
  EXPECT_EQ(outcome.kind, Kind::kRefused);
  EXPECT_EQ(outcome.text, "too odd (at 12)");
  EXPECT_TRUE(client.State().up);
}

TEST(Client, ATailOfAnotherModelIsNamed) {
  LinkServer server(PlainServer(), EchoHandlers());
  ClientOptions options = ClientOf(server.port());
  options.model_digest = 1;
  LinkClient client(options);
  WaitForTrouble(client, "of another model");
  EXPECT_EQ(client.State().times_up, 0);
  Send(&client, 0, {1});
  EXPECT_EQ(Next(&client).kind, Kind::kLost);
}

TEST(Client, AnotherKeyIsNamed) {
  const LinkKey key = LinkKey::Random(), other = LinkKey::Random();
  ServerOptions serving = PlainServer();
  serving.key = &key;
  LinkServer server(serving, EchoHandlers());
  for (const LinkKey* each : {&other, static_cast<const LinkKey*>(nullptr)}) {
    ClientOptions options = ClientOf(server.port());
    options.key = each;
    LinkClient client(options);
    WaitForTrouble(client, each == nullptr ? "closed the connection" : "same key file");
    EXPECT_EQ(client.State().times_up, 0);
  }
}

TEST(Client, NoTailIsNamedAndFramesAreLostAtOnce) {
  ClientOptions options = ClientOf(RawTail().port());  // which is closed by then
  LinkClient client(options);
  WaitForTrouble(client, "no connection");
  Send(&client, 0, {1});
  EXPECT_EQ(Next(&client).kind, Kind::kLost);
}

TEST(Client, ReturnsToATailThatReturns) {
  auto server = std::make_unique<LinkServer>(PlainServer(), EchoHandlers());
  ServerOptions again = PlainServer();
  again.port = server->port();
  LinkClient client(ClientOf(again.port));
  for (int times = 1; times <= 3; ++times) {
    WaitUntilUp(client, times);
    Send(&client, 0, {1});
    EXPECT_EQ(Next(&client).kind, Kind::kAnswered);
    server.reset();
    WaitUntil([&] { return !client.State().up; });
    server = std::make_unique<LinkServer>(again, EchoHandlers());
  }
}

TEST(Client, ASilentTailIsNoticed) {
  RawTail tail;
  ClientOptions options = ClientOf(tail.port());
  options.pulse.silence_us = 300000;
  LinkClient client(options);
  const auto head = tail.Welcome();
  WaitForTrouble(client, "the tail has fallen silent");
  EXPECT_FALSE(client.State().up);
  EXPECT_EQ(client.State().times_up, 1);
  Send(&client, 0, {1});
  EXPECT_EQ(Next(&client).text, "the link is down");
}

TEST(Client, ATailThatNeverSpeaksIsNoTail) {
  RawTail tail;
  ClientOptions options = ClientOf(tail.port());
  options.pulse.attempt_us = 20000;
  LinkClient client(options);
  WaitForTrouble(client, "no answer to the attempt");
  EXPECT_EQ(client.State().times_up, 0);
}

TEST(Client, AnAnswerThatNobodyAskedForEndsTheConnection) {
  const std::vector<std::vector<uint8_t>> wrong = {
      TestFrame(WireKind::kAnswer, 2, 3, {0, 0, 0, 0, 1}),  // another id
      TestFrame(WireKind::kAnswer, 1, 4, {0, 0, 0, 0, 1}),  // another row
  };
  for (const std::vector<uint8_t>& bytes : wrong) {
    RawTail tail;
    LinkClient client(ClientOf(tail.port()));
    const auto head = tail.Welcome();
    WaitUntilUp(client);
    Send(&client, 3, {1});
    EXPECT_EQ(head->Hear().header.frame_id, 1u);
    EXPECT_TRUE(head->Send(bytes));
    const FrameOutcome outcome = Next(&client);
    EXPECT_EQ(outcome.kind, Kind::kLost);
    EXPECT_EQ(outcome.text, "the tail answered a frame that was not asked");
    EXPECT_TRUE(head->Hear().end || head->Hear().end);  // perhaps after a ping
  }
}

TEST(Client, WhatNoTailSendsEndsTheConnection) {
  const struct {
    std::vector<uint8_t> bytes;
    const char* text;
  } cases[] = {
      {TestFrame(WireKind::kAnswer, 1, 3, {0, 0, 0}), "no tail sends"},
      {TestFrame(WireKind::kFeatures, 1, 3, {1}), "no tail sends"},
      {TestFrame(WireKind::kAnswer, 1, 3, {0, 0, 0, 0}, 1), "another model"},
      {TestFrame(WireKind::kAnswer, 1, 3, std::vector<uint8_t>(65537)), "more payload bytes"},
      {std::vector<uint8_t>(64, 'x'), "does not begin with slmF"},
  };
  for (const auto& each : cases) {
    RawTail tail;
    LinkClient client(ClientOf(tail.port()));
    const auto head = tail.Welcome();
    WaitUntilUp(client);
    EXPECT_TRUE(head->Send(each.bytes));
    WaitForTrouble(client, each.text);
  }
}

TEST(Client, DeadlinesPassAndLateAnswersAreStillMeasured) {
  Gate gate;
  LinkServer server(
      PlainServer(),
      Handlers(std::make_unique<FunctionHandler>([&](int, const std::vector<uint8_t>&) {
        gate.Pass();
        return OkStatus();
      })));
  LinkClient client(ClientOf(server.port()));
  WaitUntilUp(client);
  Send(&client, 0, {1}, 20000);
  WaitUntil([&] { return server.Counters().payload_bytes == 1; });
  EXPECT_EQ(Next(&client).kind, Kind::kExpired);
  Send(&client, 0, {2});
  Send(&client, 0, {3});
  const FrameOutcome replaced = Next(&client);
  EXPECT_EQ(replaced.kind, Kind::kReplaced);
  EXPECT_EQ(replaced.frame_id, 2u);
  EXPECT_EQ(replaced.sent_us, -1);
  gate.Open();
  const FrameOutcome late = Next(&client);
  EXPECT_EQ(late.kind, Kind::kLate);
  EXPECT_EQ(late.frame_id, 1u);
  EXPECT_GT(late.server_us, 0);
  const FrameOutcome answered = Next(&client);
  EXPECT_EQ(answered.kind, Kind::kAnswered);
  EXPECT_EQ(answered.frame_id, 3u);
}

TEST(Client, RefusesOptionsThatMakeNoSense) {
  for (const auto& change : std::vector<std::function<void(ClientOptions*)>>{
           [](ClientOptions* o) { o->rows = 0; }, [](ClientOptions* o) { o->rows = 257; },
           [](ClientOptions* o) { o->window = 0; }, [](ClientOptions* o) { o->window = 3; },
           [](ClientOptions* o) { o->answer_bytes = 3; },
           [](ClientOptions* o) { o->pulse.silence_us = 0; }}) {
    ClientOptions options = ClientOf(1);
    change(&options);
    EXPECT_THROW(LinkClient client(options), Error);
  }
}

TEST(Client, PingsMeasureWhileNoFrameIsOnItsWay) {
  LinkServer server(PlainServer(), EchoHandlers());
  ClientOptions options = ClientOf(server.port());
  options.pulse.ping_every_us = kLong;
  options.pulse.measure_every_us = 1000;
  LinkClient client(options);
  WaitUntilUp(client);
  EXPECT_GE(client.State().pings, 1);  // with which it came up
  FrameOutcome outcome;
  for (int i = 0; i < 3; ++i) {
    usleep(2000);
    const int64_t before = client.State().pings;
    Send(&client, 0, {});
    outcome = Next(&client);
    EXPECT_EQ(outcome.kind, Kind::kAnswered);
    WaitUntil([&] { return client.State().pinged_us >= outcome.answered_us; });
    const LinkState link = client.State();
    EXPECT_GT(link.pings, before);
    EXPECT_GE(link.ponged_us, link.pinged_us);
  }
}

// What was asked while frames were on their way waited for them, and measures nothing.
TEST(Client, PingsBesideFramesDoNotMeasure) {
  Gate gate;
  const auto wait = [&](int, const std::vector<uint8_t>&) {
    gate.Pass();
    return OkStatus();
  };
  LinkServer server(PlainServer(), Handlers(std::make_unique<FunctionHandler>(wait)));
  ClientOptions options = ClientOf(server.port());
  options.pulse.ping_every_us = 2000;
  options.pulse.measure_every_us = kLong;
  LinkClient client(options);
  WaitUntilUp(client);
  Send(&client, 0, {1});
  WaitUntil([&] { return server.Counters().payload_bytes == 1; });
  const auto wait_for_pings = [&] {
    const int64_t pings = server.Counters().pings;
    WaitUntil([&] { return server.Counters().pings > pings + 3; });
  };
  wait_for_pings();  // one may have been on its way before the frame
  const int64_t before = client.State().pings;
  wait_for_pings();
  EXPECT_EQ(client.State().pings, before);
  gate.Open();
}

}  // namespace
}  // namespace slim
