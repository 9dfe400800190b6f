// HeadClient: a device at work: an image in, its class out, within a deadline.
//
//   const MappedModelFile head("head.slim");
//   const LinkKey key = LinkKey::Read("link.key");
//   ClientOptions link;
//   link.host = "server";
//   link.port = 7070;
//   link.key = &key;
//   HeadClient device(head.file(), link);
//   const HeadAnswer answer = device.Ask(pixels, /*patience_us=*/50000);
//   if (answer.in_time) puts(head.file().class_names[answer.best.label]);
//
// The controller chooses a mode, the head runs, and a frame goes to the server. While it is on its
// way the local exit runs, if the head has one: its answer is then there at the deadline, whatever
// becomes of the frame. Where no mode fits, or there is no link, the exit answers at once.
#ifndef SLIMSPLIT_SPLIT_LINK_HEAD_CLIENT_HOST_H_
#define SLIMSPLIT_SPLIT_LINK_HEAD_CLIENT_HOST_H_

#include <stdint.h>

#include <memory>
#include <vector>

#include "split/control/controller.h"
#include "split/link/answer_host.h"
#include "split/link/client_host.h"
#include "split/link/wake_lead_host.h"
#include "split/runtime/engine_host.h"

namespace slim {

// Who answered a frame.
enum class AnswerSource : uint8_t { kNone, kServer, kLocal };

// What became of a frame. Times are microseconds of NowUs, or durations.
struct HeadAnswer {
  AnswerSource source = AnswerSource::kNone;
  ClassAnswer best;      // unless the source is kNone
  bool in_time = false;  // there is an answer, and it is not late
  Decision decision;
  Width row = 0;  // that the head ran at
  int64_t start_us = 0, end_us = 0;
  int64_t head_us = 0, encode_us = 0, exit_us = 0;
  int64_t bytes = 0;     // of the frame that was sent, header included; 0: none was
  FrameOutcome outcome;  // of the frame that was asked with; kExpired also when it was given up
};

// Used by one thread.
class HeadClient {
 public:
  // The head must outlive it. Digest and rows of `link`, and the rescue of `control`, are the
  // head's. Modes are rows. Throws UsageError for a tail, for a head that cannot run or whose modes
  // have not been measured, and for options that make no sense.
  HeadClient(const ModelFile& head, ClientOptions link, ControlOptions control = {});
  HeadClient(const HeadClient&) = delete;
  HeadClient& operator=(const HeadClient&) = delete;

  // Waits for the link; false when it is not there in time.
  bool WaitForLink(int64_t patience_us);

  // Answers an image: [height][width][channels] pixels from 0 to 255, which are normalised as the
  // head says. Returns when there is an answer, at the deadline at the latest.
  HeadAnswer Ask(const uint8_t* pixels, int64_t patience_us);

  bool has_exit() const { return exit_ != nullptr; }
  const Controller& controller() const { return controller_; }
  LinkState State() const { return client_.State(); }

 private:
  void TakeModes();
  void TakeExit();
  void MakeTable();
  void RunHead(const uint8_t* pixels, HeadAnswer* answer);
  uint64_t Send(int64_t due_us, HeadAnswer* answer);
  void RunExit(HeadAnswer* answer);
  bool WantsProbe(const Decision& decision);
  void AwaitServer(uint64_t id, int64_t until_us, HeadAnswer* answer);
  void LearnPing();
  void Learn(const FrameOutcome& outcome);

  const ModelFile& head_;
  std::vector<ModeEntry> modes_;
  ModeTable table_;
  Width local_row_ = 0;  // where the exit answers alone
  Controller controller_;
  HostEngine engine_;
  std::unique_ptr<HostEngine> exit_;
  AlignedMemory encoder_memory_;
  FeatureEncoder encoder_;
  std::vector<float> normalised_;  // [channels][256]
  std::vector<float> image_;
  TensorView<const float> latent_;
  ClassAnswer local_;
  std::vector<uint8_t> payload_;
  WakeLead wake_;        // the local answer is taken so long before the deadline
  int64_t seen_up_ = 0;  // how often the link had come up when a frame was last sent
  int64_t seen_pings_ = 0;
  LinkClient client_;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_LINK_HEAD_CLIENT_HOST_H_
