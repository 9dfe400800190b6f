// Device: the head of a split model at work: an image in, the answer of the tail out, in the mode
// that is best for this frame.
#ifndef SLIMSPLIT_TOOLS_DEVICE_H_
#define SLIMSPLIT_TOOLS_DEVICE_H_

#include <stdint.h>

#include <memory>
#include <string>
#include <vector>

#include "split/control/controller.h"
#include "split/link/answer_host.h"
#include "split/link/client_host.h"
#include "split/runtime/model_file_host.h"
#include "tools/json_lines.h"
#include "tools/link_options.h"
#include "tools/model_engine.h"

namespace slim {

// Of `slimsplit device`.
struct DeviceOptions {
  std::string head, connect, data, trace, mode;
  KeyOptions key;
  int64_t frames = 0;  // 0: each image once
  double deadline_ms = 100, interval_ms = 0;
  int64_t max_bytes = 0;  // of a frame; 0: any
  bool print_config = false;
};

// What became of a frame.
struct FrameRecord {
  Decision decision;
  int64_t start_us = 0, head_us = 0, encode_us = 0, end_us = 0;
  int64_t bytes = 0;  // of the frame, header included
  int32_t label = 0;
  FrameOutcome outcome;
  ClassAnswer answer;
  bool in_time = false, correct = false;
};

class Device {
 public:
  // Options and head must outlive it. Throws UsageError when the head cannot run, or its modes
  // have not been measured.
  Device(const DeviceOptions& options, const ModelFile& head, const ClientOptions& link);
  Device(const Device&) = delete;

  // Waits a while for the tail; says so when it does not come.
  void WaitForTail();

  // Runs the head on a normalised image and waits for the answer until the deadline.
  FrameRecord Ask(const float* image, int32_t label);

  // Writes a line of the trace, if there is one.
  void Trace(int64_t number, const FrameRecord& frame);

 private:
  void TakeModes();
  int FindMode(const std::string& name) const;
  void Learn(const FrameOutcome& outcome);

  const DeviceOptions& options_;
  const ModelFile& head_;
  std::vector<ModeEntry> modes_;
  ModeTable table_;
  ModelEngine engine_;
  AlignedMemory encoder_memory_;
  FeatureEncoder encoder_;
  std::vector<uint8_t> payload_;
  Controller controller_;
  std::unique_ptr<JsonLines> trace_;
  int64_t started_us_ = 0;
  LinkClient client_;
};

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_DEVICE_H_
