#include "autograd/checkpoint.h"

#include "core/kernels/kernels.h"
#include "core/safetensors_host.h"
#include "tests/autograd/checkpoint_support.h"

namespace slim {
namespace {

TEST_F(CheckpointTest, ResumedTrainingIsBitIdentical) {
  for (const int threads : {1, 2}) {
    UseThreads(threads);
    for (const char* rule : {"sgd", "adam", "adamw"}) {
      for (const char* method : {"s-nets", "sandwich"}) {
        for (const double ema : {0.0, 0.9}) {
          SCOPED_TRACE(std::to_string(threads) + " threads, " + rule + ", " + method + ", ema " +
                       std::to_string(ema));
          const TrainerOptions options = Options(rule, method, ema);
          const auto unbroken = NewTrainer(options);
          Train(*unbroken, 7);

          const auto first = NewTrainer(options);
          Train(*first, 5);
          SaveCheckpoint(path_, *first, kRecipe);
          const auto second = NewTrainer(options);
          const Resumed resumed = ResumeCheckpoint(path_, kRecipe, second.get());
          EXPECT_EQ(second->steps(), 5);
          EXPECT_EQ(resumed.epoch, 1);
          EXPECT_EQ(resumed.batch, 1);
          EXPECT_TRUE(resumed.notes.empty()) << resumed.notes[0];
          Train(*second, 7);
          EXPECT_TRUE(StateOf(*second) == StateOf(*unbroken));
        }
      }
    }
  }
}

TEST_F(CheckpointTest, AnotherTrainingIsRefused) {
  const auto trainer = NewTrainer(options_);
  SaveTwo(*trainer);
  const std::string file = BytesOf(path_);
  const auto refusal = [&](Trainer& other, const Recipe& recipe) {
    const std::string state = StateOf(other);
    const std::string message =
        MessageOf(ErrorKind::kUsage, [&] { ResumeCheckpoint(path_, recipe, &other); });
    EXPECT_TRUE(StateOf(other) == state);
    return message;
  };
  const auto with = [&](const auto& edit) {
    TrainerOptions options = options_;
    edit(options);
    return refusal(*NewTrainer(options), kRecipe);
  };
  EXPECT_HAS(with([](TrainerOptions& o) { o.optimizer.momentum = 0.8; }),
             "trainer.optimizer.momentum was 0.9, now 0.8");
  EXPECT_HAS(with([](TrainerOptions& o) { o.optimizer.rule = "adam"; }),
             "trainer.optimizer.rule was \"sgd\", now \"adam\"");
  EXPECT_HAS(with([](TrainerOptions& o) { o.seed = UINT64_MAX; }),
             "trainer.seed was 1, now 18446744073709551615");
  EXPECT_HAS(with([](TrainerOptions& o) {
               o.schedule.milestones = {1, 2};
             }),
             "trainer.schedule.milestones was [], now [1.0,2.0]");
  EXPECT_HAS(with([](TrainerOptions& o) { o.method.smoothing = 0.1; }), "trainer.method.smoothing");
  EXPECT_HAS(with([](TrainerOptions& o) { o.ema_decay = 0; }), "trainer.ema-decay was 0.9, now 0");
  EXPECT_HAS(with([](TrainerOptions& o) { o.clip_norm = 0; }), "trainer.clip-norm");
  EXPECT_HAS(with([](TrainerOptions& o) { o.precision = "bf16"; }),
             "trainer.precision was \"fp32\", now \"bf16\"");
  EXPECT_HAS(refusal(*trainer, {{"batch", "6"}, {"data", "random"}}),
             "recipe.batch was \"5\", now \"6\"");
  EXPECT_HAS(refusal(*trainer, {{"batch", "5"}}), "recipe.data was \"random\", now absent");

  GraphBuilder b(6, 6, UniformWidths({0.5, 1}));
  const Channels in = b.Fixed(2);
  b.Add("conv1", Conv2d{in, in}, {b.Input(in)});
  const OwnedGraph net = b.Build();
  Trainer other(net, options_, kStepsPerEpoch);
  EXPECT_HAS(refusal(other, kRecipe), "graph.nodes");
  EXPECT_EQ(BytesOf(path_), file);
}

// As they were written before there was a choice of precision.
TEST_F(CheckpointTest, OneWithoutAPrecisionIsOfFp32) {
  const auto trainer = NewTrainer(options_);
  Train(*trainer, 3);
  SaveCheckpoint(path_, *trainer, kRecipe);
  const SafeTensorsFile file = SafeTensorsFile::Read(path_);
  auto [key, state] = *file.metadata().begin();
  const std::string field = "\"precision\":\"fp32\",";
  ASSERT_NE(state.find(field), std::string::npos);
  state.erase(state.find(field), field.size());
  std::vector<std::vector<float>> values;
  SafeTensorsWriter writer;
  for (const SafeTensor& tensor : file.tensors()) {
    values.push_back(file.ReadFloats(tensor));
    writer.Add(tensor.name, tensor.dtype, {tensor.count()}, values.back().data());
  }
  writer.SetMetadata(key, state);
  writer.WriteAtomically(path_);

  const auto resumed = NewTrainer(options_);
  ResumeCheckpoint(path_, kRecipe, resumed.get());
  EXPECT_TRUE(StateOf(*resumed) == StateOf(*trainer));
  TrainerOptions low = options_;
  low.precision = "bf16";
  EXPECT_HAS(MessageOf(ErrorKind::kUsage,
                       [&] { ResumeCheckpoint(path_, kRecipe, NewTrainer(low).get()); }),
             "trainer.precision was \"fp32\", now \"bf16\"");
}

TEST_F(CheckpointTest, AnotherMachineIsNoted) {
  UseThreads(2);
  const auto trainer = NewTrainer(options_);
  Train(*trainer, 2);
  SaveCheckpoint(path_, *trainer, kRecipe);
  UseThreads(1);
  const std::string isa = GetKernels<float>().isa;
  ASSERT_TRUE(ForceIsa("portable"));
  const Resumed resumed = ResumeCheckpoint(path_, kRecipe, trainer.get());
  ASSERT_EQ(resumed.notes.size(), isa == "portable" ? 1u : 2u);
  EXPECT_HAS(resumed.notes.back(), "threads was 2, now 1: the weights will not be bit-identical");
  EXPECT_HAS(resumed.notes.front(), ", now ");
  ASSERT_TRUE(ForceIsa(isa.c_str()));
}

}  // namespace
}  // namespace slim
