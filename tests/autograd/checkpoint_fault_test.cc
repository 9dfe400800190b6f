// Checkpoints against damage, a full disk, diverged trainings and kill -9.
#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/autograd/checkpoint_support.h"

namespace slim {
namespace {

TEST_F(CheckpointTest, DamagedFileIsReplacedByTheOneBefore) {
  const auto trainer = NewTrainer(options_);
  SaveTwo(*trainer);
  Damage(path_);
  const std::string damaged = BytesOf(path_), before = BytesOf(path_ + ".prev");
  const auto again = NewTrainer(options_);
  const Resumed resumed = ResumeCheckpoint(path_, kRecipe, again.get());
  EXPECT_EQ(again->steps(), 3);
  ASSERT_EQ(resumed.notes.size(), 1u);
  EXPECT_HAS(resumed.notes[0], "checksum");
  EXPECT_HAS(resumed.notes[0], "went on from the checkpoint before it");
  // The next save discards PATH.prev before PATH is new: the good file must not be there.
  EXPECT_EQ(BytesOf(path_), before);
  EXPECT_EQ(BytesOf(path_ + ".damaged"), damaged);
  EXPECT_FALSE(Exists(path_ + ".prev"));
  Train(*again, 6);
  EXPECT_TRUE(StateOf(*again) == StateOf(*trainer));
}

TEST_F(CheckpointTest, MissingFileIsReplacedByTheOneBefore) {
  const auto trainer = NewTrainer(options_);
  SaveTwo(*trainer);
  ASSERT_EQ(unlink(path_.c_str()), 0);
  EXPECT_TRUE(HasCheckpoint(path_));
  EXPECT_EQ(ResumeCheckpoint(path_, kRecipe, trainer.get()).notes.size(), 1u);
  EXPECT_EQ(trainer->steps(), 3);
}

TEST_F(CheckpointTest, NothingLeftIsAnError) {
  const auto trainer = NewTrainer(options_);
  EXPECT_FALSE(HasCheckpoint(path_));
  const auto resume = [&] {
    return MessageOf(ErrorKind::kBadInput,
                     [&] { ResumeCheckpoint(path_, kRecipe, trainer.get()); });
  };
  EXPECT_HAS(resume(), "there is no checkpoint");
  SaveTwo(*trainer);
  Damage(path_);
  Damage(path_ + ".prev");
  const std::string state = StateOf(*trainer), message = resume();
  EXPECT_HAS(message, path_ + ": the checksum");
  EXPECT_HAS(message, "nor can the one before be used: " + path_ + ".prev: the checksum");
  EXPECT_TRUE(StateOf(*trainer) == state);
}

TEST_F(CheckpointTest, EveryFlippedByteIsNoticedOrHarmless) {
  const auto trainer = NewTrainer(options_);
  SaveCheckpoint(path_, *trainer, kRecipe);
  const std::string bytes = BytesOf(path_);
  std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
  const auto put = [&](size_t i, int byte) {
    file.seekp(static_cast<std::streamoff>(i));
    file.put(static_cast<char>(byte)).flush();
  };
  const auto fresh = NewTrainer(options_);
  int harmless = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    put(i, bytes[i] ^ (1 << (i * 5 % 8)));
    harmless += MessageOf(ErrorKind::kBadInput,
                          [&] { ResumeCheckpoint(path_, kRecipe, fresh.get()); }) == "";
    put(i, bytes[i]);
  }
  EXPECT_TRUE(StateOf(*fresh) == StateOf(*trainer));
  EXPECT_LT(harmless, 10);  // white space at the end of the header
}

TEST_F(CheckpointTest, DivergedTrainingLeavesTheLastCheckpoint) {
  const auto trainer = NewTrainer(options_);
  Train(*trainer, 2);
  SaveCheckpoint(path_, *trainer, kRecipe);
  const std::string good = BytesOf(path_);
  Train(*trainer, 3);
  Batch batch(3);
  batch.images[5] = NAN;
  EXPECT_HAS(MessageOf(ErrorKind::kFailure, [&] { trainer->Step(batch.view()); }), "not finite");
  EXPECT_HAS(MessageOf(ErrorKind::kFailure, [&] { SaveCheckpoint(path_, *trainer, kRecipe); }),
             "is not finite: the training has diverged");
  EXPECT_EQ(BytesOf(path_), good);
  EXPECT_FALSE(Exists(path_ + ".prev"));

  ResumeCheckpoint(path_, kRecipe, trainer.get());
  Train(*trainer, 5);
  const auto unbroken = NewTrainer(options_);
  Train(*unbroken, 5);
  EXPECT_TRUE(StateOf(*trainer) == StateOf(*unbroken));
}

TEST_F(CheckpointTest, FullDiskLeavesTheLastCheckpoint) {
  const auto trainer = NewTrainer(options_);
  SaveTwo(*trainer);
  const std::string last = BytesOf(path_), before = BytesOf(path_ + ".prev");
  Train(*trainer, 7);

  struct rlimit old;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  struct rlimit small = old;
  small.rlim_cur = 1000;
  const auto old_handler = signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string message =
      MessageOf(ErrorKind::kFailure, [&] { SaveCheckpoint(path_, *trainer, kRecipe); });
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &old), 0);
  signal(SIGXFSZ, old_handler);

  EXPECT_HAS(message, path_);
  EXPECT_EQ(BytesOf(path_), last);
  EXPECT_EQ(BytesOf(path_ + ".prev"), before);
  EXPECT_FALSE(Exists(path_ + ".tmp"));
}

// A child trains and saves after every step, and is killed anywhere in that; the next one goes on.
TEST_F(CheckpointTest, KilledTrainingGoesOn) {
  constexpr int64_t kSteps = 60;
  const auto run = [&] {
    const auto trainer = NewTrainer(options_);
    if (HasCheckpoint(path_)) ResumeCheckpoint(path_, kRecipe, trainer.get());
    while (trainer->steps() < kSteps) {
      Train(*trainer, trainer->steps() + 1);
      SaveCheckpoint(path_, *trainer, kRecipe);
    }
  };
  Random random(11);
  int kills = 0;
  for (bool finished = false; !finished && kills < 40;) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      try {
        run();
      } catch (const std::exception& error) {
        fprintf(stderr, "%s\n", error.what());
        _exit(1);
      }
      _exit(0);
    }
    // The first is killed before it can have come far.
    usleep(static_cast<useconds_t>(kills == 0 ? 1000 : 2000 + random.Below(20000)));
    kill(child, SIGKILL);
    int status;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    finished = WIFEXITED(status);
    ASSERT_TRUE(!finished || WEXITSTATUS(status) == 0);
    kills += finished ? 0 : 1;
  }
  run();  // should a slow machine not have come to the end
  printf("killed %d times\n", kills);
  EXPECT_GT(kills, 0);
  const auto resumed = NewTrainer(options_), unbroken = NewTrainer(options_);
  ResumeCheckpoint(path_, kRecipe, resumed.get());
  Train(*unbroken, kSteps);
  EXPECT_TRUE(StateOf(*resumed) == StateOf(*unbroken));
}

}  // namespace
}  // namespace slim
