#include "tools/device.h"

#include <stdio.h>

#include <algorithm>
#include <thread>

#include "core/error_host.h"
#include "split/codec/wire_frame.h"
#include "split/link/link_clock_host.h"
#include "tools/text_table.h"

namespace slim {
namespace {

constexpr int64_t kPatienceUs = 2000000;

void Require(const Status& status, const std::string& what) {
  if (!status.ok()) throw UsageError(what + ": " + status.text);
}

}  // namespace

Device::Device(const DeviceOptions& options, const ModelFile& head, const ClientOptions& link)
    : options_(options), head_(head), engine_(head.graph, head.weights, 1), client_(link) {
  TakeModes();
  ControlOptions control;
  if (!options.mode.empty()) {
    control.policy = Policy::kFixed;
    control.fixed_mode = FindMode(options.mode);
  } else if (options.max_bytes > 0) {
    control.policy = Policy::kUnderBytes;
    control.max_bytes = options.max_bytes;
  }
  Require(controller_.Init(table_, control), options.head);
  const int32_t rows = head_.graph.plan.rows;
  int64_t bytes = 0;
  Require(FeatureEncoder::Plan(head_.features, rows, &bytes), options.head);
  encoder_memory_ = AllocateAligned(bytes);
  Require(encoder_.Prepare(head_.features, rows, encoder_memory_.get(), bytes), options.head);
  if (!options.trace.empty()) trace_ = std::make_unique<JsonLines>(options.trace, 0);
}

// To the controller compute rows are the different MACs, and rate rows the rows of the plan.
void Device::TakeModes() {
  std::vector<uint64_t> macs;
  for (Width row = 0; row < head_.graph.plan.rows; ++row)
    macs.push_back(head_.modes[row].head_macs);
  std::sort(macs.begin(), macs.end());
  macs.erase(std::unique(macs.begin(), macs.end()), macs.end());
  for (Width row = 0; row < head_.graph.plan.rows; ++row) {
    const ModelMode& mode = head_.modes[row];
    if (mode.accuracy < 0) {
      throw UsageError(std::string("mode ") + mode.name +
                       ": its accuracy is not known; export again with a data set");
    }
    const auto compute = std::lower_bound(macs.begin(), macs.end(), mode.head_macs);
    modes_.push_back({mode.name, static_cast<uint8_t>(compute - macs.begin()),
                      static_cast<uint8_t>(row), static_cast<float>(mode.accuracy) * 1e-4f,
                      int64_t{mode.payload_bytes} + kWireHeaderBytes,
                      static_cast<int64_t>(std::max<uint64_t>(mode.head_macs, 1))});
  }
  table_.modes = modes_.data();
  table_.count = static_cast<int>(modes_.size());
}

FrameRecord Device::Ask(const float* image, int32_t label) {
  FrameRecord frame;
  frame.label = label;
  frame.start_us = NowUs();
  const auto deadline_us = static_cast<int64_t>(options_.deadline_ms * 1000);
  const int64_t due_us = frame.start_us + deadline_us;
  frame.decision = controller_.Decide(frame.start_us, deadline_us);
  const Width row = frame.decision.mode;
  engine_.engine().SetWidth(row);
  const TensorView<const float> latent = engine_.engine().Run(image);
  const int64_t ran_us = NowUs();
  frame.head_us = ran_us - frame.start_us;
  Require(controller_.HeadTook(row, frame.head_us), "controller");
  payload_.resize(static_cast<size_t>(head_.features[row].MostBytes()));
  Require(encoder_.Encode(row, latent.data, payload_.data(), static_cast<int64_t>(payload_.size()),
                          &frame.bytes),
          "codec");
  const int64_t payload_bytes = frame.bytes;
  frame.bytes += kWireHeaderBytes;
  const int64_t sending_us = NowUs();
  frame.encode_us = sending_us - ran_us;
  Require(controller_.Sent(frame.bytes, sending_us), "controller");
  const uint64_t id = client_.Send(row, payload_.data(), payload_bytes, due_us);
  // Every frame has an outcome, at its deadline at the latest.
  while (client_.Next(due_us + kPatienceUs, &frame.outcome)) {
    Learn(frame.outcome);
    if (frame.outcome.frame_id == id) break;
  }
  frame.end_us = NowUs();
  frame.in_time = frame.outcome.kind == FrameOutcome::Kind::kAnswered &&
                  ClassAnswer::Parse(frame.outcome.answer, &frame.answer).ok();
  frame.correct = frame.in_time && frame.answer.label == label;
  return frame;
}

void Device::Trace(int64_t number, const FrameRecord& frame) {
  if (trace_ == nullptr) return;
  char reason[256];
  PrintReason(frame.decision, table_, reason, sizeof(reason));
  static constexpr const char* kKinds[] = {"answered", "refused", "replaced",
                                           "expired",  "lost",    "late"};
  nlohmann::ordered_json line = {
      {"step", number},
      {"time_s", static_cast<double>(frame.start_us - started_us_) * 1e-6},
      {"mode", head_.modes[frame.decision.mode].name},
      {"deadline_ms", options_.deadline_ms},
      {"link_bytes_per_s", controller_.link().rate()},
      {"link_delay_ms", controller_.link().delay_us() * 1e-3},
      {"head_ms", static_cast<double>(frame.head_us) * 1e-3},
      {"encode_ms", static_cast<double>(frame.encode_us) * 1e-3},
      {"server_ms", static_cast<double>(frame.outcome.server_us) * 1e-3},
      {"total_ms", static_cast<double>(frame.end_us - frame.start_us) * 1e-3},
      {"bytes", frame.bytes},
      {"outcome", kKinds[static_cast<int>(frame.outcome.kind)]},
      {"in_time", frame.in_time},
      {"label", frame.label},
      {"why", reason}};
  if (frame.in_time) {
    line["class"] = frame.answer.label;
    line["score"] = frame.answer.score;
    line["correct"] = frame.correct;
    line["transfer_ms"] = static_cast<double>(frame.outcome.answered_us - frame.outcome.sent_us -
                                              frame.outcome.server_us) *
                          1e-3;
  }
  if (!frame.outcome.text.empty()) line["text"] = frame.outcome.text;
  trace_->Write(line);
}

void Device::WaitForTail() {
  const int64_t until_us = NowUs() + kPatienceUs;
  while (!client_.State().up && NowUs() < until_us) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  if (!client_.State().up) {
    fprintf(stderr, "no link to %s yet: %s\n", options_.connect.c_str(),
            client_.State().trouble.c_str());
  }
  started_us_ = NowUs();
}

int Device::FindMode(const std::string& name) const {
  std::vector<std::string> names;
  for (int m = 0; m < table_.count; ++m) {
    if (name == modes_[m].name) return m;
    names.push_back(modes_[m].name);
  }
  throw UsageError("--mode: there is no mode \"" + name + "\"; there are " + Joined(names));
}

void Device::Learn(const FrameOutcome& outcome) {
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
