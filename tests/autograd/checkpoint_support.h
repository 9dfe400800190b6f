// What the tests of checkpoints share: batches, options, and a trainer of the tiny network.
#ifndef SLIMSPLIT_TESTS_AUTOGRAD_CHECKPOINT_SUPPORT_H_
#define SLIMSPLIT_TESTS_AUTOGRAD_CHECKPOINT_SUPPORT_H_

#include <memory>
#include <string>
#include <vector>

#include "autograd/checkpoint.h"
#include "core/parallel_host.h"
#include "core/random.h"
#include "tests/autograd/store_support.h"

namespace slim {

inline constexpr int kImages = 5;
inline constexpr int64_t kStepsPerEpoch = 4;
inline const Recipe kRecipe = {{"batch", "5"}, {"data", "random"}};

// The batch of a step depends on nothing else.
struct Batch {
  explicit Batch(int64_t step) : images(kImages * 6 * 6 * 2), labels(kImages) {
    Random random = Random::Derive(7, static_cast<uint64_t>(step));
    for (float& pixel : images) pixel = random.Normal();
    for (int32_t& label : labels) label = static_cast<int32_t>(random.Below(3));
  }
  TrainingBatch view() const {
    return {TensorView<const float>(images.data(), Shape(kImages, 6, 6, 2)), labels.data()};
  }
  std::vector<float> images;
  std::vector<int32_t> labels;
};

inline TrainerOptions Options(const std::string& rule, const std::string& method, double ema) {
  TrainerOptions options;
  options.optimizer.rule = rule;
  options.optimizer.weight_decay = 0.01;
  options.method.name = method;
  options.method.sandwich_widths = 3;
  options.schedule.rate = 0.05;
  options.schedule.epochs = 3;
  options.clip_norm = 2;
  options.ema_decay = ema;
  return options;
}

class CheckpointTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    UseThreads(1);
    path_ = In("checkpoint.safetensors");
  }
  std::unique_ptr<Trainer> NewTrainer(const TrainerOptions& options) {
    return std::make_unique<Trainer>(graph_, options, kStepsPerEpoch);
  }
  static void Train(Trainer& trainer, int64_t steps) {
    while (trainer.steps() < steps) trainer.Step(Batch(trainer.steps()).view());
  }
  // Everything that the next step depends on, bit for bit; taken from the trainer, not from what a
  // checkpoint writes.
  static std::string StateOf(Trainer& trainer) {
    std::string state =
        std::to_string(trainer.steps()) + " " + std::to_string(trainer.optimizer().steps());
    const auto add = [&](const std::vector<float>& values) {
      state.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    };
    for (int64_t p = 0; p < trainer.parameters().size(); ++p) add(trainer.parameters()[p].value);
    for (const auto& slot : trainer.optimizer().state()) {
      for (const auto& values : slot) add(values);
    }
    if (trainer.ema() != nullptr) {
      for (const auto& values : trainer.ema()->averages()) add(values);
    }
    return state;
  }
  // PATH after six steps, PATH.prev after three.
  void SaveTwo(Trainer& trainer) {
    Train(trainer, 3);
    SaveCheckpoint(path_, trainer, kRecipe);
    Train(trainer, 6);
    SaveCheckpoint(path_, trainer, kRecipe);
  }
  static void Damage(const std::string& path) {
    std::string bytes = BytesOf(path);
    bytes[bytes.size() / 2] ^= 16;
    PutBytes(path, bytes);
  }

  const OwnedGraph graph_ = TinyNet();
  const TrainerOptions options_ = Options("sgd", "s-nets", 0.9);
  std::string path_;
};

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_AUTOGRAD_CHECKPOINT_SUPPORT_H_
