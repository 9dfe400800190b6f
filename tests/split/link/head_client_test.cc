// A head at work: answered by the server, by itself when that is silent or gone, by the server
// again when it is back.
#include <algorithm>
#include <atomic>
#include <optional>
#include <string>

#include "core/error_host.h"
#include "split/codec/wire_frame.h"
#include "split/link/head_client_host.h"
#include "split/link/tail_handler_host.h"
#include "tests/split/link/link_support.h"
#include "tests/split/runtime/model_file_support.h"

namespace slim {
namespace {

constexpr int64_t kLong = int64_t{60} * 1000000;  // us; a frame that waits so long has failed

int BestOf(const std::vector<float>& scores) {
  return static_cast<int>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

class HeadClientTest : public testing::Test {
 protected:
  HeadClientTest() {
    split_.AddExit();
    head_.emplace(ModelFileBytes(split_.head()));
    tail_.emplace(ModelFileBytes(split_.tail()));
    Random random(3);
    for (uint8_t& p : pixels_) p = static_cast<uint8_t>(random.NextBits());
  }

  void Serve(std::unique_ptr<FrameHandler> handler, uint16_t port = 0) {
    ServerOptions options = TailHandler::OptionsFor(tail_->file);
    options.port = port;
    server_.emplace(options, Handlers(std::move(handler)));
  }
  void Serve(uint16_t port = 0) { Serve(std::make_unique<TailHandler>(tail_->file), port); }

  ClientOptions Link() const {
    ClientOptions link;
    link.port = server_->port();
    link.pulse.attempt_us = kLong;  // on a busy machine everything may be late
    return link;
  }
  static ControlOptions Fixed(int mode) {
    ControlOptions control;
    control.policy = Policy::kFixed;
    control.fixed_mode = mode;
    control.link.silence_us = kLong;
    return control;
  }

  std::vector<float> Image() const {
    std::vector<float> image(pixels_.size());
    for (size_t i = 0; i < image.size(); ++i) {
      image[i] = (static_cast<float>(pixels_[i]) / 255.0f - head_->file.mean[i % 2]) /
                 head_->file.std[i % 2];
    }
    return image;
  }
  // What the tail makes of the frame, by other code.
  int ClassByTail(Width row) const {
    const ModelFile& head = head_->file;
    const std::vector<float> latent = RunFile(head, row, Image());
    int64_t bytes = 0;
    EXPECT_TRUE(FeatureEncoder::Plan(head.features, 3, &bytes).ok());
    const AlignedMemory memory = AllocateAligned(bytes);
    FeatureEncoder encoder;
    EXPECT_TRUE(encoder.Prepare(head.features, 3, memory.get(), bytes).ok());
    std::vector<uint8_t> payload(static_cast<size_t>(head.features[row].MostBytes())), body;
    const auto most = static_cast<int64_t>(payload.size());
    EXPECT_TRUE(encoder.Encode(row, latent.data(), payload.data(), most, &bytes).ok());
    EXPECT_TRUE(TailHandler(tail_->file).Handle(row, payload.data(), bytes, &body).ok());
    ClassAnswer answer;
    EXPECT_TRUE(ClassAnswer::Parse(body, &answer).ok());
    return answer.label;
  }
  int ClassByExit(Width row) const {
    const ModelExit& exit = head_->file.exit;
    return BestOf(RunGraph(exit.graph, exit.weights, row, RunFile(head_->file, row, Image())));
  }

  // Asks until the source is this one; a test that hangs is a test that fails.
  HeadAnswer AskUntil(HeadClient* client, AnswerSource source) {
    for (;; usleep(1000)) {
      const HeadAnswer answer = client->Ask(pixels_.data(), 200000);
      if (answer.source == source) return answer;
    }
  }

  SmallSplit split_;
  std::optional<ParsedFile> head_, tail_;
  std::vector<uint8_t> pixels_ = std::vector<uint8_t>(8 * 6 * 2);
  std::optional<LinkServer> server_;
};

TEST_F(HeadClientTest, TheServerAnswersInEveryMode) {
  Serve();
  for (int mode = 0; mode < 3; ++mode) {
    HeadClient client(head_->file, Link(), Fixed(mode));
    ASSERT_TRUE(client.WaitForLink(kLong));
    const HeadAnswer answer = client.Ask(pixels_.data(), kLong);
    EXPECT_EQ(answer.source, AnswerSource::kServer);
    EXPECT_TRUE(answer.in_time);
    EXPECT_EQ(answer.row, mode);
    EXPECT_EQ(answer.best.label, ClassByTail(mode));
    EXPECT_EQ(answer.bytes, answer.outcome.payload_bytes + kWireHeaderBytes);
    EXPECT_GT(answer.exit_us, 0);
  }
}

TEST_F(HeadClientTest, TheExitAnswersForASilentServerAtTheDeadline) {
  const auto gate = std::make_shared<Gate>();
  Serve(std::make_unique<FunctionHandler>([gate](int, const std::vector<uint8_t>&) {
    gate->Pass();
    return OkStatus();
  }));
  HeadClient client(head_->file, Link(), Fixed(1));
  ASSERT_TRUE(client.WaitForLink(kLong));
  const HeadAnswer answer = client.Ask(pixels_.data(), 300000);
  EXPECT_EQ(answer.source, AnswerSource::kLocal);
  EXPECT_EQ(answer.row, 1);  // the latent of the mode that was chosen
  EXPECT_EQ(answer.best.label, ClassByExit(1));
  EXPECT_GT(answer.bytes, 0);
  EXPECT_EQ(answer.outcome.kind, FrameOutcome::Kind::kExpired);
  EXPECT_GE(answer.end_us - answer.start_us, 200000);  // it has waited
  gate->Open();
}

TEST_F(HeadClientTest, AClassThatTheHeadDoesNotKnowIsNoAnswer) {
  struct Teller : FrameHandler {
    Status Handle(int, const uint8_t*, int64_t, std::vector<uint8_t>* body) override {
      ClassAnswer{label, 0.5f}.Write(body);
      return OkStatus();
    }
    std::atomic<uint16_t> label{3};
  };
  auto handler = std::make_unique<Teller>();
  Teller& teller = *handler;
  Serve(std::move(handler));
  HeadClient client(head_->file, Link(), Fixed(1));
  ASSERT_TRUE(client.WaitForLink(kLong));
  EXPECT_EQ(client.Ask(pixels_.data(), kLong).best.label, 3);  // the last of four
  for (const int unknown : {4, 999}) {
    teller.label = static_cast<uint16_t>(unknown);
    const HeadAnswer answer = client.Ask(pixels_.data(), kLong);
    EXPECT_EQ(answer.outcome.kind, FrameOutcome::Kind::kAnswered);
    EXPECT_EQ(answer.source, AnswerSource::kLocal);
    EXPECT_EQ(answer.best.label, ClassByExit(1));
  }
}

TEST_F(HeadClientTest, AloneWhileTheServerIsGoneAndBackWithIt) {
  Serve();
  const uint16_t port = server_->port();
  HeadClient client(head_->file, Link(), Fixed(0));
  ASSERT_TRUE(client.WaitForLink(kLong));
  EXPECT_EQ(AskUntil(&client, AnswerSource::kServer).best.label, ClassByTail(0));
  server_.reset();
  AskUntil(&client, AnswerSource::kLocal);
  // Once it is known, nothing is sent, and the best row of the exit answers at once.
  HeadAnswer alone = AskUntil(&client, AnswerSource::kLocal);
  while (alone.decision.mode != kLocalMode) alone = client.Ask(pixels_.data(), 200000);
  EXPECT_EQ(alone.source, AnswerSource::kLocal);
  EXPECT_EQ(alone.row, 2);
  EXPECT_EQ(alone.best.label, ClassByExit(2));
  EXPECT_EQ(alone.bytes, 0);
  EXPECT_EQ(alone.decision.binding, Binding::kLinkDown);
  Serve(port);
  EXPECT_EQ(AskUntil(&client, AnswerSource::kServer).best.label, ClassByTail(0));
}

TEST_F(HeadClientTest, TheExitAnswersWhereNoModeFits) {
  Serve();
  ControlOptions control;
  control.link.start_rate = 1;
  HeadClient client(head_->file, Link(), control);
  ASSERT_TRUE(client.WaitForLink(kLong));
  const HeadAnswer answer = client.Ask(pixels_.data(), 5000000);
  EXPECT_EQ(answer.source, AnswerSource::kLocal);
  EXPECT_EQ(answer.decision.mode, kLocalMode);
  EXPECT_NE(answer.decision.better, kNoMode);
  // The link is there, so a probe went out; its answer teaches that the link is fast.
  EXPECT_GT(answer.bytes, 0);
  while (client.controller().link().rate() < 1000) client.Ask(pixels_.data(), 100000);
}

TEST_F(HeadClientTest, WithoutAnExitThereIsNoAnswerWithoutALink) {
  Serve();
  const ClientOptions link = Link();
  server_.reset();
  SmallSplit plain;
  const ParsedFile head(ModelFileBytes(plain.head()));
  HeadClient client(head.file, link, Fixed(0));
  EXPECT_FALSE(client.has_exit());
  EXPECT_FALSE(client.WaitForLink(1000));
  const HeadAnswer answer = client.Ask(pixels_.data(), 100000);
  EXPECT_EQ(answer.source, AnswerSource::kNone);
  EXPECT_FALSE(answer.in_time);
  EXPECT_EQ(answer.outcome.kind, FrameOutcome::Kind::kLost);
}

TEST_F(HeadClientTest, Refusals) {
  Serve();
  const auto refusal = [&](const ModelFile& file) {
    try {
      HeadClient client(file, Link());
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(refusal(head_->file), "");
  EXPECT_NE(refusal(tail_->file).find("is a tail"), std::string::npos);
  split_.modes()[1].accuracy = -1;
  EXPECT_NE(refusal(split_.head()).find("mode 2.4: its accuracy"), std::string::npos);
  split_.modes()[1].accuracy = 5000;
  ModelFile unmeasured = split_.head();
  const ExitMode modes[3] = {};
  unmeasured.exit.modes = modes;
  EXPECT_NE(refusal(unmeasured).find("local exit: its accuracy"), std::string::npos);
}

}  // namespace
}  // namespace slim
