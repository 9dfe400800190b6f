#include "split/link/head_client_host.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include "core/error_host.h"
#include "split/codec/wire_frame.h"
#include "split/link/link_clock_host.h"

namespace slim {
namespace {

// A frame ends at its deadline by the clock of the link; this is for its thread to be late.
constexpr int64_t kLinkLateUs = 2000000;

void Require(const Status& status, const char* what) {
  if (!status.ok()) throw UsageError(std::string(what) + ": " + status.text);
}

const ModelFile& RequireHead(const ModelFile& file) {
  if (file.part != ModelPart::kHead) {
    throw UsageError("this file is a tail; give the head of the same export");
  }
  return file;
}

ClientOptions WithModel(ClientOptions link, const ModelFile& head) {
  link.model_digest = head.digest;
  link.rows = head.graph.plan.rows;
  return link;
}

[[noreturn]] void RefuseUnmeasured(const std::string& what) {
  throw UsageError(what + ": its accuracy is not known; export again with a data set");
}

}  // namespace

HeadClient::HeadClient(const ModelFile& head, ClientOptions link, ControlOptions control)
    : head_(RequireHead(head)),
      engine_(head.graph, head.weights, 1),
      client_(WithModel(std::move(link), head)) {
  TakeModes();
  TakeExit();
  control.rescue = has_exit();
  Require(controller_.Init(table_, control), "controller");
  const int32_t rows = head.graph.plan.rows;
  int64_t bytes = 0;
  Require(FeatureEncoder::Plan(head.features, rows, &bytes), "codec");
  encoder_memory_ = AllocateAligned(bytes);
  Require(encoder_.Prepare(head.features, rows, encoder_memory_.get(), bytes), "codec");
  MakeTable();
}

// To the controller compute rows are the different MACs, and rate rows the rows of the plan.
void HeadClient::TakeModes() {
  std::vector<uint64_t> macs;
  for (Width row = 0; row < head_.graph.plan.rows; ++row) {
    macs.push_back(head_.modes[row].head_macs);
  }
  std::sort(macs.begin(), macs.end());
  macs.erase(std::unique(macs.begin(), macs.end()), macs.end());
  for (Width row = 0; row < head_.graph.plan.rows; ++row) {
    const ModelMode& mode = head_.modes[row];
    if (mode.accuracy < 0) RefuseUnmeasured(std::string("mode ") + mode.name);
    const auto compute = std::lower_bound(macs.begin(), macs.end(), mode.head_macs);
    modes_.push_back({mode.name, static_cast<uint8_t>(compute - macs.begin()),
                      static_cast<uint8_t>(row), static_cast<float>(mode.accuracy) * 1e-4f,
                      int64_t{mode.payload_bytes} + kWireHeaderBytes,
                      static_cast<int64_t>(std::max<uint64_t>(mode.head_macs, 1))});
  }
  table_.modes = modes_.data();
  table_.count = static_cast<int>(modes_.size());
}

// Alone the exit answers at its best row; of equals where the head does and would send the least,
// as probes of the link are frames of that row.
void HeadClient::TakeExit() {
  if (!head_.exit.present()) return;
  const auto worse = [this](Width a, Width b) {
    const ExitMode *x = &head_.exit.modes[a], *y = &head_.exit.modes[b];
    if (x->accuracy != y->accuracy) return x->accuracy < y->accuracy;
    const uint64_t x_macs = head_.modes[a].head_macs + x->macs;
    const uint64_t y_macs = head_.modes[b].head_macs + y->macs;
    if (x_macs != y_macs) return x_macs > y_macs;
    return head_.modes[a].payload_bytes > head_.modes[b].payload_bytes;
  };
  for (Width row = 1; row < head_.graph.plan.rows; ++row) {
    if (worse(local_row_, row)) local_row_ = row;
  }
  const ExitMode& best = head_.exit.modes[local_row_];
  if (best.accuracy < 0) RefuseUnmeasured("the local exit");
  exit_ = std::make_unique<HostEngine>(head_.exit.graph, head_.exit.weights, 1);
  table_.local.present = true;
  table_.local.accuracy = static_cast<float>(best.accuracy) * 1e-4f;
  table_.local.macs = modes_[local_row_].head_macs + static_cast<int64_t>(best.macs);
}

// As images were normalised in training: (pixel / 255 - mean) / std.
void HeadClient::MakeTable() {
  for (int64_t c = 0; c < head_.image_channels; ++c) {
    const float mean = head_.mean != nullptr ? head_.mean[c] : 0;
    const float std = head_.mean != nullptr ? head_.std[c] : 1;
    for (int value = 0; value < 256; ++value) {
      normalised_.push_back((static_cast<float>(value) / 255.0f - mean) / std);
    }
  }
  image_.resize(static_cast<size_t>(head_.image_height * head_.image_width * head_.image_channels));
}

bool HeadClient::WaitForLink(int64_t patience_us) {
  const int64_t until_us = NowUs() + patience_us;
  while (!client_.State().up) {
    if (NowUs() >= until_us) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

HeadAnswer HeadClient::Ask(const uint8_t* pixels, int64_t patience_us) {
  HeadAnswer answer;
  answer.start_us = NowUs();
  const int64_t due_us = answer.start_us + patience_us;
  for (FrameOutcome earlier; client_.Next(0, &earlier);) Learn(earlier);
  LearnPing();
  answer.decision = controller_.Decide(answer.start_us, patience_us);
  const bool local = answer.decision.mode == kLocalMode;
  answer.row = local ? local_row_ : answer.decision.mode;
  RunHead(pixels, &answer);
  uint64_t id = 0;
  if (!local) id = Send(due_us, &answer);
  if (has_exit()) RunExit(&answer);
  if (!local) {
    const int64_t wake_us = std::min(wake_.us(), patience_us / 8);
    AwaitServer(id, has_exit() ? due_us - wake_us : due_us + kLinkLateUs, &answer);
  }
  if (answer.source == AnswerSource::kNone && has_exit()) {
    answer.source = AnswerSource::kLocal;
    answer.best = local_;
  }
  answer.end_us = NowUs();
  answer.in_time = answer.source == AnswerSource::kServer ||
                   (answer.source == AnswerSource::kLocal && answer.end_us <= due_us);
  // The latent is there: to send it as well costs little, and tells whether the link is back.
  if (local && WantsProbe(answer.decision)) Send(due_us, &answer);
  return answer;
}

void HeadClient::RunHead(const uint8_t* pixels, HeadAnswer* answer) {
  const int64_t channels = head_.image_channels;
  for (size_t i = 0; i < image_.size(); i += static_cast<size_t>(channels)) {
    for (int64_t c = 0; c < channels; ++c) {
      image_[i + static_cast<size_t>(c)] =
          normalised_[static_cast<size_t>(c * 256 + pixels[i + static_cast<size_t>(c)])];
    }
  }
  engine_.engine().SetWidth(answer->row);
  latent_ = engine_.engine().Run(image_.data());
  answer->head_us = std::max(NowUs() - answer->start_us, int64_t{1});
  if (answer->decision.mode != kLocalMode) {
    Require(controller_.HeadTook(answer->row, answer->head_us), "controller");
  }
}

uint64_t HeadClient::Send(int64_t due_us, HeadAnswer* answer) {
  const int64_t begin_us = NowUs();
  payload_.resize(static_cast<size_t>(head_.features[answer->row].MostBytes()));
  int64_t bytes = 0;
  Require(encoder_.Encode(answer->row, latent_.data, payload_.data(),
                          static_cast<int64_t>(payload_.size()), &bytes),
          "codec");
  const int64_t now_us = NowUs();
  answer->encode_us = now_us - begin_us;
  answer->bytes = bytes + kWireHeaderBytes;
  Require(controller_.Sent(answer->bytes, now_us), "controller");
  seen_up_ = client_.State().times_up;
  return client_.Send(answer->row, payload_.data(), bytes, due_us);
}

void HeadClient::RunExit(HeadAnswer* answer) {
  const int64_t begin_us = NowUs();
  exit_->engine().SetWidth(answer->row);
  const TensorView<const float> scores = exit_->engine().Run(latent_.data);
  Require(ClassAnswer::OfScores(scores.data, scores.Count(), &local_), "exit");
  answer->exit_us = std::max(NowUs() - begin_us, int64_t{1});
  if (answer->row == local_row_) {
    Require(controller_.HeadTook(kLocalMode, answer->head_us + answer->exit_us), "controller");
  }
}

// While there is no link the client looks for it; the first frame after it is back is a probe.
bool HeadClient::WantsProbe(const Decision& decision) {
  const LinkState link = client_.State();
  return link.up && (decision.probe || link.times_up != seen_up_);
}

void HeadClient::AwaitServer(uint64_t id, int64_t until_us, HeadAnswer* answer) {
  const int64_t begin_us = NowUs();
  FrameOutcome outcome;
  while (client_.Next(until_us, &outcome)) {
    Learn(outcome);
    if (outcome.frame_id != id) continue;
    answer->outcome = std::move(outcome);
    // A class that the head does not know is no answer: people look its name up.
    if (answer->outcome.kind == FrameOutcome::Kind::kAnswered &&
        ClassAnswer::Parse(answer->outcome.answer, &answer->best).ok() &&
        (head_.num_classes == 0 || answer->best.label < head_.num_classes)) {
      answer->source = AnswerSource::kServer;
    }
    return;
  }
  answer->outcome.kind = FrameOutcome::Kind::kExpired;
  answer->outcome.frame_id = id;
  wake_.Waited(begin_us, until_us, NowUs());
}

void HeadClient::LearnPing() {
  const LinkState link = client_.State();
  if (link.pings == seen_pings_) return;
  seen_pings_ = link.pings;
  Require(controller_.Ponged(kWireHeaderBytes, link.pinged_us, link.ponged_us), "controller");
}

void HeadClient::Learn(const FrameOutcome& outcome) {
  if (outcome.answered_us >= 0) {
    // A server that claims an impossible time teaches nothing.
    (void)controller_
        .Answered(outcome.payload_bytes + kWireHeaderBytes, outcome.sent_us, outcome.answered_us,
                  outcome.server_us)
        .ok();
  } else if (outcome.kind == FrameOutcome::Kind::kLost) {
    controller_.LinkLost();
  }
}

}  // namespace slim
