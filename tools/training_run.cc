#include "tools/training_run.h"

#include <stdio.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "autograd/model_file.h"
#include "core/error_host.h"
#include "core/parallel.h"
#include "tools/calibrate_widths.h"
#include "tools/json_lines.h"
#include "tools/progress.h"
#include "tools/stop_on_signal.h"
#include "tools/text_table.h"
#include "tools/training_start.h"

namespace slim {
namespace {

int64_t PeakRssMegabytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * 1024 / 1000000;
}

}  // namespace

TrainingRun::TrainingRun(const TrainOptions& options, const GlobalOptions& global)
    : options_(options), global_(global) {
  train_ = OpenDataset(options.data, Split::kTrain);
  if (options.hold_out > 0) {
    if (options.hold_out >= train_->size())
      throw UsageError("--hold-out " + std::to_string(options.hold_out) + " leaves none of " +
                       std::to_string(train_->size()) + " images to learn from");
    const int64_t kept = train_->size() - options.hold_out;
    train_part_ = std::make_unique<Subset>(*train_, 0, kept);
    held_out_ = std::make_unique<Subset>(*train_, kept, options.hold_out);
  } else {
    test_ = OpenDataset(options.data, Split::kTest);
  }
  const Dataset& learn = LearnedImages();
  const Dataset& judge = held_out_ != nullptr ? *held_out_ : *test_;
  const std::unique_ptr<TeacherFile> teacher =
      OpenTeacher(options.teacher, options.trainer.method, learn);
  if (teacher != nullptr) teacher_recipe_ = teacher->recipe();
  if (!options.exit.of.empty()) exit_base_ = std::make_unique<ExitBase>(options.exit, learn);
  normalization_ = ChooseNormalization(options, learn, teacher.get(), exit_base_.get());

  LoaderOptions load;
  load.batch_size = options.batch;
  load.seed = global.seed;
  load.drop_last = true;
  load.augment = Augment(options.augment);
  load.normalization = normalization_;
  load.threads = options.loader_threads;
  train_loader_ = std::make_unique<Loader>(learn, load);
  load.shuffle = load.drop_last = false;
  load.augment = Augment();
  test_loader_ = std::make_unique<Loader>(judge, load);

  graph_ = MakeTrainingGraph(options, train_loader_->image_size(), learn.num_classes(),
                             teacher.get(), exit_base_.get());

  TrainerOptions trainer = options.trainer;
  trainer.seed = global.seed;
  trainer.schedule.epochs = static_cast<double>(options.epochs);
  trainer_ = std::make_unique<Trainer>(graph_, trainer, train_loader_->batches_per_epoch(),
                                       teacher ? teacher->MakeMethod(graph_) : nullptr);
  BeginParameters(options, teacher.get(), exit_base_.get(), graph_, &trainer_->parameters());
  // Widths that run in every step keep usable running statistics; those drawn at random do not.
  calibrated_.assign(graph_.view().plan.rows, !DrawsWidths());

  if (options.out.empty()) {
    if (options.resume) throw UsageError("--resume needs --out, the folder of the checkpoint");
    return;
  }
  std::error_code error;
  std::filesystem::create_directories(options.out, error);
  if (error) throw Failure(options.out + ": cannot make the folder: " + error.message());
  if (options.resume && HasCheckpoint(Path("checkpoint.safetensors"))) {
    Resume();
  } else if (options.resume && !global.quiet) {
    fprintf(stderr, "%s: no checkpoint there; the training begins at step 0\n",
            options.out.c_str());
  }
  log_ = std::make_unique<JsonLines>(Path("train.jsonl"), trainer_->steps());
}

TrainingRun::~TrainingRun() = default;

bool TrainingRun::DrawsWidths() const {
  const std::string& method = options_.trainer.method.name;
  return method == "sandwich" ||
         (method == "distillation" && options_.teacher.distillation.widths_per_step > 0);
}

std::vector<WidthAccuracy> TrainingRun::Run() {
  StopOnSignal stop;
  started_ = checkpointed_ = SecondsNow();
  // What cannot be written is found out before the work, not after; what is there stays until then.
  if (!options_.out.empty() && !HasCheckpoint(Path("checkpoint.safetensors"))) SaveCheckpointNow();
  const int64_t per_epoch = trainer_->steps_per_epoch();
  std::vector<WidthAccuracy> last;
  for (int64_t epoch = trainer_->steps() / per_epoch; epoch < options_.epochs; ++epoch) {
    TrainEpoch(epoch, trainer_->steps() % per_epoch);
    SaveCheckpointNow();
    if ((epoch + 1) % options_.evaluate_every == 0 && epoch + 1 < options_.epochs)
      EvaluateAll(epoch);
  }
  Calibrate();
  if (exit_base_ != nullptr) exit_base_->TakeHead(graph_, &trainer_->parameters());
  last = EvaluateAll(options_.epochs - 1);
  SaveModelNow();
  PrintCost();
  return last;
}

void TrainingRun::TrainEpoch(int64_t epoch, int64_t first_batch) {
  Progress progress("epoch " + std::to_string(epoch + 1) + "/" + std::to_string(options_.epochs),
                    trainer_->steps_per_epoch(), first_batch, global_.quiet);
  train_loader_->StartEpoch(epoch, first_batch);
  double loss_sum = 0;
  int64_t steps = 0;
  while (const Batch* batch = train_loader_->Next()) {
    TrainingBatch step;
    step.images = TensorView<const float>(batch->images.data(), batch->shape);
    step.labels = batch->labels.data();
    const StepReport& report = trainer_->Step(step);
    if (log_ != nullptr) {
      nlohmann::json line = {{"step", report.step},
                             {"epoch", epoch},
                             {"time_s", SecondsNow() - started_},
                             {"learning_rate", report.learning_rate},
                             {"gradient_norm", report.gradient_norm}};
      for (const WidthLoss& width : report.losses) {
        line["loss"][graph_.width_names()[width.width]] = width.loss;
        if (width.bits >= 0) line["bits"][graph_.width_names()[width.width]] = width.bits;
      }
      log_->Write(line);
    }
    loss_sum += report.losses[0].loss;
    ++steps;
    char note[96];
    snprintf(note, sizeof(note), "loss %.3f  rate %.4f", loss_sum / static_cast<double>(steps),
             report.learning_rate);
    progress.Update(first_batch + steps, note);
    if (StopOnSignal::Signal() != 0) {
      SaveCheckpointNow();
      EndIfAsked();
    }
    if (SecondsNow() - checkpointed_ > options_.checkpoint_seconds) SaveCheckpointNow();
  }
}

std::vector<WidthAccuracy> TrainingRun::EvaluateAll(int64_t epoch) {
  std::vector<WidthAccuracy> results;
  Tape<float> tape;
  if (trainer_->ema() != nullptr) trainer_->ema()->Swap(trainer_->parameters());
  for (Width width = 0; width < graph_.view().plan.rows; ++width) {
    results.push_back({width, calibrated_[width],
                       Evaluate(tape, graph_, trainer_->parameters(), width, *test_loader_)});
    EndIfAsked();
  }
  if (trainer_->ema() != nullptr) trainer_->ema()->Swap(trainer_->parameters());
  nlohmann::json line = {{"evaluated_epoch", epoch},
                         {"time_s", SecondsNow() - started_},
                         {"step_peak_bytes", trainer_->pool().peak_bytes()},
                         {"process_peak_mb", PeakRssMegabytes()}};
  std::string text =
      "epoch " + std::to_string(epoch + 1) + "/" + std::to_string(options_.epochs) + "  accuracy";
  for (const WidthAccuracy& result : results) {
    const std::string& name = graph_.width_names()[result.width];
    const Evaluation& e = result.evaluation;
    text += "  " + name + ": " + Percent(e.accuracy());
    if (!result.calibrated) text += " (not calibrated)";
    line["accuracy"][name] = e.accuracy();
    line["loss"][name] = e.loss;
    line["calibrated"][name] = result.calibrated;
  }
  if (log_ != nullptr) log_->Write(line);
  if (!global_.quiet) fprintf(stderr, "%s\n", text.c_str());
  return results;
}

void TrainingRun::PrintCost() const {
  if (global_.quiet) return;
  fprintf(stderr, "%.0f s on %d threads; peak memory: %.1f MB in a step, %lld MB in all\n",
          SecondsNow() - started_, ParallelWorkers(),
          static_cast<double>(trainer_->pool().peak_bytes()) / 1e6,
          static_cast<long long>(PeakRssMegabytes()));
}

void TrainingRun::Calibrate() {
  int64_t batches = options_.calibrate_batches;
  if (batches < 0) batches = DrawsWidths() ? 16 : 0;
  if (batches == 0) return;
  // With weight averaging the averages are the model: theirs are the statistics to find.
  if (trainer_->ema() != nullptr) trainer_->ema()->Swap(trainer_->parameters());
  std::vector<Width> widths(graph_.view().plan.rows);
  std::iota(widths.begin(), widths.end(), 0);
  LoaderOptions load = CalibrationLoading(options_.batch, options_.augment, global_.seed);
  load.normalization = normalization_;
  load.threads = options_.loader_threads;
  Loader loader(LearnedImages(), load);
  CalibrateWidths(graph_, trainer_->parameters(), widths, batches, loader, global_.quiet,
                  [this](Width, int64_t) { EndIfAsked(); });
  calibrated_.assign(widths.size(), true);
  if (trainer_->ema() != nullptr) trainer_->ema()->Swap(trainer_->parameters());
}

// What decides the weights beside the trainer's own options: another value of any of these is
// another training.
Recipe TrainingRun::RecipeOf() const {
  std::string widths;
  for (const std::string& name : graph_.width_names()) widths += (widths.empty() ? "" : ",") + name;
  // Not the folder: a data set may move between a training and its resumption.
  const bool drawn = options_.data.compare(0, 9, "synthetic") == 0;
  Recipe recipe = {
      {"data", drawn ? options_.data : options_.data.substr(0, options_.data.find(':'))},
      {"images", std::to_string(train_->size())},
      {"augment", options_.augment},
      {"normalization", options_.normalization},
      {"hold-out", std::to_string(options_.hold_out)},
      {"net", options_.net},
      {"widths", widths},
      {"affine", options_.affine},
      {"divisor", std::to_string(options_.divisor)},
      {"batch", std::to_string(options_.batch)}};
  if (!options_.split.at.empty()) {
    const SplitNetOptions& s = options_.split;
    recipe["net"] = "split";
    recipe["split-at"] = s.at;
    if (s.bottlefit) {
      recipe["encoder"] = "bottlefit";
      recipe["encoder-from"] = s.encoder_from;
    } else {
      if (s.batch_norm) recipe["encoder-batch-norm"] = "true";
      if (s.encoder_widths.empty()) recipe["members"] = std::to_string(s.members);
      if (s.rates > 0) {
        recipe["rates"] = std::to_string(s.rates);
      } else {
        recipe["bits"] = std::to_string(s.bits);
      }
    }
    recipe["encoder-channels"] = std::to_string(s.encoder_channels);
    recipe["latent"] = std::to_string(s.latent);
    recipe["decoder-channels"] = std::to_string(s.decoder_channels);
    if (s.decoder_blocks > 0) recipe["decoder-blocks"] = std::to_string(s.decoder_blocks);
  }
  if (exit_base_ != nullptr) {
    for (const auto& [name, value] : exit_base_->recipe()) recipe[name] = value;
  }
  std::string frozen;
  for (const std::string& prefix : options_.freeze) frozen += (frozen.empty() ? "" : ",") + prefix;
  if (!frozen.empty()) recipe["freeze"] = frozen;
  recipe.insert(teacher_recipe_.begin(), teacher_recipe_.end());
  return recipe;
}

void TrainingRun::Resume() {
  const Resumed resumed =
      ResumeCheckpoint(Path("checkpoint.safetensors"), RecipeOf(), trainer_.get());
  if (global_.quiet) return;
  for (const std::string& note : resumed.notes) fprintf(stderr, "%s\n", note.c_str());
  fprintf(stderr, "resumed at epoch %d, step %d\n", static_cast<int>(resumed.epoch + 1),
          static_cast<int>(trainer_->steps()));
}

void TrainingRun::EndIfAsked() const {
  if (StopOnSignal::Signal() == 0) return;
  const char* next = !options_.can_resume   ? "the next run starts anew"
                     : options_.out.empty() ? "nothing is kept without --out, so the next run "
                                              "starts anew"
                                            : "go on with --resume";
  throw Failure("stopped by signal " + std::to_string(StopOnSignal::Signal()) + "; " + next);
}

void TrainingRun::SaveCheckpointNow() {
  if (!options_.out.empty()) {
    SaveCheckpoint(Path("checkpoint.safetensors"), *trainer_, RecipeOf());
  }
  checkpointed_ = SecondsNow();
}

void TrainingRun::SaveModelNow() {
  if (options_.out.empty()) return;
  ModelInfo info;
  info.calibrated = calibrated_;
  info.mean = normalization_.mean;
  info.std = normalization_.std;
  info.class_names = train_->class_names();
  for (const auto& [name, value] : RecipeOf()) {
    if (name != "images" && !value.empty()) info.made_by += "--" + name + " " + value + " ";
  }
  info.made_by += "--method " + options_.trainer.method.name + " --epochs " +
                  std::to_string(options_.epochs) + " ";
  info.made_by += "--seed " + std::to_string(global_.seed);
  // With weight averaging the averages are the model.
  if (trainer_->ema() != nullptr) trainer_->ema()->Swap(trainer_->parameters());
  SaveModel(Path("model.safetensors"), graph_, trainer_->parameters(), info);
  if (trainer_->ema() != nullptr) trainer_->ema()->Swap(trainer_->parameters());
}

}  // namespace slim
