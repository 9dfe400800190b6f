// What `slimsplit device` says about its frames: a line each, the trace, and the sum.
#ifndef SLIMSPLIT_TOOLS_DEVICE_H_
#define SLIMSPLIT_TOOLS_DEVICE_H_

#include <stdint.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "split/link/head_client_host.h"
#include "split/link/link_profile_host.h"
#include "split/runtime/model_file_host.h"
#include "tools/json_lines.h"
#include "tools/link_options.h"

namespace slim {

// Of `slimsplit device`.
struct DeviceOptions {
  std::string head, connect, data, trace, mode, link;
  KeyOptions key;
  int64_t frames = 0;  // 0: each image once
  double deadline_ms = 100, interval_ms = 0;
  double link_rate = 0;     // bytes/s, expected until measured; 0: as LinkOptions has it
  int64_t max_bytes = 0;    // of a frame; 0: any
  double min_accuracy = 0;  // above 0: the least energy that reaches it
  float energy_per_mac = 1, energy_per_byte = 0;
  bool print_config = false;

  int64_t deadline_us() const { return static_cast<int64_t>(deadline_ms * 1000); }
};

// The policy that the options name. Throws UsageError where there is no such mode, or none that
// keeps the limits.
ControlOptions ControlOf(const DeviceOptions& options, const ModelFile& head);

class DeviceReport {
 public:
  // All must outlive it. Its time begins at `began_us`, when the client began to connect.
  DeviceReport(const DeviceOptions& options, const ModelFile& head, const HeadClient& client,
               int64_t began_us);

  // `label` is -1 where nobody knows it.
  void Add(const HeadAnswer& answer, int32_t label);
  // The last frame on one line, and the reason for its mode.
  std::string LastInWords() const;
  // The last frame as the trace has it.
  const nlohmann::ordered_json& last() const { return last_; }
  int64_t frames() const { return frames_; }

  void PrintSum(bool json) const;

 private:
  const DeviceOptions& options_;
  const ModelFile& head_;
  const HeadClient& client_;
  const int64_t began_us_;
  std::unique_ptr<JsonLines> trace_;
  std::unique_ptr<LinkProfile> link_;  // what the link really is
  nlohmann::ordered_json last_;
  int64_t frames_ = 0, in_time_ = 0, local_ = 0, labelled_ = 0, correct_ = 0, bytes_ = 0;
};

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_DEVICE_H_
