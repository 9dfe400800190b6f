#include "tools/device.h"

#include <stdio.h>

#include <algorithm>
#include <vector>

#include "core/error_host.h"
#include "split/link/link_clock_host.h"
#include "tools/print_json.h"
#include "tools/text_table.h"

namespace slim {
namespace {

constexpr const char* kSources[] = {"none", "server", "local"};
constexpr const char* kOutcomes[] = {"answered", "refused", "replaced", "expired", "lost", "late"};

int FindMode(const std::string& name, const ModelFile& head) {
  std::vector<std::string> names;
  for (Width row = 0; row < head.graph.plan.rows; ++row) {
    if (name == head.modes[row].name) return row;
    names.push_back(head.modes[row].name);
  }
  throw UsageError("--mode: there is no mode \"" + name + "\"; there are " + Joined(names));
}

double Ms(int64_t us) { return static_cast<double>(us) * 1e-3; }

}  // namespace

ControlOptions ControlOf(const DeviceOptions& options, const ModelFile& head) {
  ControlOptions control;
  if (!options.mode.empty()) {
    control.policy = Policy::kFixed;
    control.fixed_mode = FindMode(options.mode, head);
  } else if (options.max_bytes > 0) {
    control.policy = Policy::kUnderBytes;
    control.max_bytes = options.max_bytes;
  } else if (options.min_accuracy > 0) {
    control.policy = Policy::kMinEnergy;
    control.min_accuracy = static_cast<float>(options.min_accuracy);
    control.energy_per_mac = options.energy_per_mac;
    control.energy_per_byte = options.energy_per_byte;
  }
  if (options.link_rate > 0) control.link.start_rate = options.link_rate;
  return control;
}

DeviceReport::DeviceReport(const DeviceOptions& options, const ModelFile& head,
                           const HeadClient& client, int64_t began_us)
    : options_(options), head_(head), client_(client), began_us_(began_us) {
  if (!options.link.empty()) {
    link_ = std::make_unique<LinkProfile>(LinkProfile::Read(options.link));
  }
  if (!options.trace.empty()) trace_ = std::make_unique<JsonLines>(options.trace, 0);
}

void DeviceReport::Add(const HeadAnswer& answer, int32_t label) {
  const bool local = answer.decision.mode == kLocalMode;
  const bool known = label >= 0;
  const bool correct = known && answer.in_time && answer.best.label == label;
  char reason[256];
  PrintReason(answer.decision, client_.controller().table(), reason, sizeof(reason));
  const double time_s = static_cast<double>(answer.start_us - began_us_) * 1e-6;
  last_ = {{"step", frames_},
           {"time_s", time_s},
           {"mode", local ? "local" : head_.modes[answer.row].name},
           {"source", kSources[static_cast<int>(answer.source)]},
           {"deadline_ms", options_.deadline_ms},
           {"predicted_ms", answer.decision.time.TotalUs() * 1e-3},
           {"link_bytes_per_s", client_.controller().link().rate()},
           {"link_delay_ms", client_.controller().link().delay_us() * 1e-3},
           {"head_ms", Ms(answer.head_us)},
           {"encode_ms", Ms(answer.encode_us)},
           {"exit_ms", Ms(answer.exit_us)},
           {"total_ms", Ms(answer.end_us - answer.start_us)},
           {"bytes", answer.bytes},
           {"in_time", answer.in_time},
           {"why", reason}};
  if (link_ != nullptr) last_["true_link_bytes_per_s"] = link_->At(time_s).rate_bytes_per_s;
  if (local) {
    last_["probe"] = answer.bytes > 0;
  } else {
    last_["outcome"] = kOutcomes[static_cast<int>(answer.outcome.kind)];
    if (!answer.outcome.text.empty()) last_["text"] = answer.outcome.text;
  }
  if (answer.source == AnswerSource::kServer) {
    const FrameOutcome& outcome = answer.outcome;
    last_["server_ms"] = Ms(outcome.server_us);
    last_["transfer_ms"] = Ms(outcome.answered_us - outcome.sent_us - outcome.server_us);
  }
  if (answer.source != AnswerSource::kNone) {
    last_["class"] = answer.best.label;
    if (answer.best.label < head_.num_classes) {
      last_["class_name"] = head_.class_names[answer.best.label];
    }
    last_["score"] = answer.best.score;
  }
  if (known) {
    last_["label"] = label;
    last_["correct"] = correct;
  }
  ++frames_;
  in_time_ += answer.in_time;
  local_ += answer.in_time && answer.source == AnswerSource::kLocal;
  labelled_ += known;
  correct_ += correct;
  bytes_ += answer.bytes;
  if (trace_ != nullptr) trace_->Write(last_);
}

std::string DeviceReport::LastInWords() const {
  std::string name = "no answer";
  if (last_.contains("class")) {
    name = last_.contains("class_name") ? last_["class_name"].get<std::string>()
                                        : std::to_string(last_["class"].get<int>());
  }
  char text[384];
  snprintf(text, sizeof(text), "%s (%s) from %s, mode %s, %lld bytes, %.1f ms; %s", name.c_str(),
           last_.contains("score") ? Percent(last_["score"].get<double>()).c_str() : "-",
           last_["source"].get<std::string>().c_str(), last_["mode"].get<std::string>().c_str(),
           static_cast<long long>(last_["bytes"].get<int64_t>()), last_["total_ms"].get<double>(),
           last_["why"].get<std::string>().c_str());
  return text;
}

void DeviceReport::PrintSum(bool json) const {
  const double frames = static_cast<double>(std::max<int64_t>(frames_, 1));
  if (json) {
    nlohmann::ordered_json line = {{"frames", frames_},
                                   {"in_time", in_time_},
                                   {"local", local_},
                                   {"bytes_per_frame", static_cast<double>(bytes_) / frames}};
    if (labelled_ > 0) line["correct"] = correct_;
    return PrintJsonLine(line);
  }
  std::string text = std::to_string(frames_) +
                     " frames: " + Percent(static_cast<double>(in_time_) / frames) +
                     " answered in time, " + Percent(static_cast<double>(local_) / frames) +
                     " by the device alone, ";
  if (labelled_ > 0) {
    text += Percent(static_cast<double>(correct_) / frames) + " answered correctly, ";
  }
  printf("%s%.1f bytes each\n", text.c_str(), static_cast<double>(bytes_) / frames);
}

}  // namespace slim
