// Ten thousand changes of mode, with a frame through both halves after each: nothing is allocated,
// and nothing is asked of the system, so no file is opened, read or mapped either.
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "gtest/gtest.h"
#include "split/runtime/engine_host.h"
#include "tests/split/runtime/model_file_support.h"

namespace {
int64_t allocations = 0;
}  // namespace

// -Wl,--wrap: what this program calls malloc or operator new(size_t) comes by here.
extern "C" void* __real_malloc(size_t bytes);
extern "C" void* __wrap_malloc(size_t bytes) {
  ++allocations;
  return __real_malloc(bytes);
}
extern "C" void* __real__Znwm(size_t bytes);
extern "C" void* __wrap__Znwm(size_t bytes) {
  ++allocations;
  return __real__Znwm(bytes);
}

namespace slim {
namespace {

constexpr int kSwitches = 10000;

// Runs it in a process that may ask nothing of the system but to end: 0, or the signal that ended
// it, or -1 where `run` has allocated, or 128 where the system knows no such processes.
int RunCutOff(const std::function<void()>& run) {
  const pid_t child = fork();
  if (child == 0) {
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) _exit(128);
    const int64_t before = allocations;
    run();
    syscall(SYS_exit, allocations == before ? 0 : 1);  // _exit ends threads too: that is forbidden
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  if (WIFSIGNALED(status)) return WTERMSIG(status);
  return WEXITSTATUS(status) == 1 ? -1 : WEXITSTATUS(status);
}

// Both halves as programs of two machines have them, one frame at a time.
class TwoHalves {
 public:
  TwoHalves()
      : head_(ModelFileBytes(split_.head())),
        tail_(ModelFileBytes(split_.tail())),
        head_engine_(head_.file.graph, head_.file.weights, 1),
        tail_engine_(tail_.file.graph, tail_.file.weights, 1) {
    int64_t bytes = 0;
    EXPECT_TRUE(FeatureEncoder::Plan(head_.file.features, 3, &bytes).ok());
    encoder_memory_ = AllocateAligned(bytes);
    EXPECT_TRUE(encoder_.Prepare(head_.file.features, 3, encoder_memory_.get(), bytes).ok());
    EXPECT_TRUE(FeatureDecoder::Plan(tail_.file.features, 3, &bytes).ok());
    decoder_memory_ = AllocateAligned(bytes);
    EXPECT_TRUE(decoder_.Prepare(tail_.file.features, 3, decoder_memory_.get(), bytes).ok());
    for (int row = 0; row < 3; ++row) Frame(row);
  }

  // False where a payload was refused.
  bool Frame(Width row) {
    head_engine_.engine().SetWidth(row);
    int64_t size = 0;
    bool good =
        encoder_
            .Encode(row, head_engine_.engine().Run(image_).data, payload_, sizeof(payload_), &size)
            .ok();
    good = good && decoder_.Decode(row, payload_, size, latent_).ok();
    tail_engine_.engine().SetWidth(row);
    tail_engine_.engine().Run(latent_);
    return good;
  }

 private:
  SmallSplit split_;
  ParsedFile head_, tail_;
  HostEngine head_engine_, tail_engine_;
  AlignedMemory encoder_memory_, decoder_memory_;
  FeatureEncoder encoder_;
  FeatureDecoder decoder_;
  float image_[8 * 6 * 2] = {}, latent_[4 * 3 * 6] = {};
  uint8_t payload_[4 * 3 * 6 * 4 + 4] = {};
};

TEST(ModeSwitch, TakesNoMemoryAndAsksNothingOfTheSystem) {
  TwoHalves halves;
  const int end = RunCutOff([&] {
    Width row = 0;
    for (int i = 0; i < kSwitches; ++i) {
      row = (row + 1 + i % 2) % 3;  // another one each time
      if (!halves.Frame(row)) raise(SIGABRT);
    }
  });
  if (end == 128) GTEST_SKIP() << "no seccomp here";
  EXPECT_EQ(end, 0);
}

TEST(ModeSwitch, TheWatchersWatch) {
  volatile char* kept = nullptr;
  const int quiet = RunCutOff([] {});
  if (quiet == 128) GTEST_SKIP() << "no seccomp here";
  EXPECT_EQ(quiet, 0);
  EXPECT_EQ(RunCutOff([&] { kept = new char; }), -1);
  EXPECT_EQ(RunCutOff([&] { kept = static_cast<char*>(malloc(1)); }), -1);
  EXPECT_EQ(RunCutOff([] { (void)access("/", F_OK); }), SIGKILL);
}

}  // namespace
}  // namespace slim
