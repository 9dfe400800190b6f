// slimsplit train: data set -> trained slimmable network.
#include <memory>

#include "tools/accuracy_table.h"
#include "tools/command.h"
#include "tools/training_run.h"

namespace slim {

void AddTrainOptions(CLI::App& command, TrainOptions* o) {
  TrainerOptions& t = o->trainer;
  command.add_option("--data", o->data, "data set:\n" + DatasetSpecHelp());
  command.add_option("--augment", o->augment, "changes to training images, e.g. pad-crop:4,flip");
  command.add_option("--normalization", o->normalization,
                     "measured, or a preset: cifar10, fashion-mnist, ...");
  command.add_option("--hold-out", o->hold_out, "training images kept back to judge with")
      ->check(CLI::NonNegativeNumber);
  std::string nets;
  for (const std::string& name : NetNames()) nets += (nets.empty() ? "network: " : ", ") + name;
  command.add_option("--net", o->net, nets);
  command
      .add_option("--widths", o->widths,
                  "fractions of the channels, rising; the last is what is stored")
      ->delimiter(',');
  command.add_option("--affine", o->affine,
                     "batch norm scale and shift: per-width (S-Nets) or shared (US-Nets)");
  command.add_option("--divisor", o->divisor, "channel counts are multiples of this")
      ->check(CLI::Range(1, 64));
  command.add_option("--epochs", o->epochs, "passes over the training set")
      ->check(CLI::Range(1, 100000));
  command.add_option("--batch", o->batch, "images per step")->check(CLI::Range(1, 1 << 20));
  command.add_option("--method", t.method.name,
                     "s-nets (every width in every step), sandwich or distillation");
  command.add_option("--smoothing", t.method.smoothing, "of labels, 0 to 1");
  command.add_option("--sandwich-widths", t.method.sandwich_widths,
                     "widths per step of the sandwich rule");
  command.add_option("--inplace-distillation", t.method.inplace_distillation,
                     "sandwich: narrower widths learn from the widest");
  DistillationOptions& d = o->teacher.distillation;
  command.add_option("--teacher", o->teacher.model,
                     "distillation: model file to learn from; its widest width answers, and its "
                     "normalization is taken");
  command.add_option(
      "--alpha", d.alpha,
      "distillation: part of the labels, 0 to 1; the teacher's answers have the rest");
  command.add_option("--tau", d.tau, "distillation: temperature of the answers");
  command.add_option("--logits-weight", d.logits_weight,
                     "distillation: weight of labels and answers; 0 = learn from taps alone");
  command.add_option("--feature-weight", d.feature_weight,
                     "distillation: weight of the sum of squares at each tap");
  command
      .add_option(
          "--tap", o->teacher.taps,
          "distillation: TEACHER_NODE=STUDENT_NODE whose outputs shall be equal; repeatable")
      ->delimiter(',');
  command
      .add_option("--rate-weights", d.rate_weights,
                  "distillation: what a bit of the entropy bottleneck costs, for each of --rates")
      ->delimiter(',');
  command.add_option("--widths-per-step", d.widths_per_step,
                     "distillation: widest, narrowest and others at random; 1 = the widest alone, "
                     "0 = all");
  SplitNetOptions& s = o->split;
  command.add_option("--split-at", s.at,
                     "distillation: train a split network, an ensemble encoder and a decoder that "
                     "imitates this node of the teacher, whose later nodes follow");
  CLI::Option* members =
      command.add_option("--members", s.members, "split: members of the ensemble");
  CLI::Option* bits =
      command.add_option("--bits", s.bits, "split: most bits of a number of the bottleneck");
  CLI::Option* widths =
      command
          .add_option("--encoder-widths", s.encoder_widths,
                      "split: one encoder that runs at these widths, instead of the ensemble")
          ->delimiter(',')
          ->excludes(members);
  CLI::Option* rates =
      command
          .add_option("--rates", s.rates,
                      "split: an entropy bottleneck of so many rates, instead of --bits")
          ->excludes(bits);
  CLI::Option* batch_norm =
      command.add_flag("--encoder-batch-norm", s.batch_norm,
                       "split: batch norm and ReLU in the encoder, not instance norm and swish");
  CLI::Option* bottlefit = command.add_flag(
      "--bottlefit", s.bottlefit,
      "split: BottleFit's encoder and decoder: one mode, nothing quantised in training");
  for (CLI::Option* other : {members, bits, widths, rates, batch_norm}) bottlefit->excludes(other);
  command
      .add_option("--encoder-from", s.encoder_from,
                  "split: --bottlefit begins with the teacher's own nodes up to this one")
      ->needs(bottlefit);
  command.add_option("--encoder-channels", s.encoder_channels,
                     "split: of an encoder's first stage; twice that in its second");
  command.add_option("--latent", s.latent, "split: channels of the bottleneck");
  command.add_option("--decoder-channels", s.decoder_channels, "split: of the decoder");
  command
      .add_option("--decoder-blocks", s.decoder_blocks,
                  "split: residual blocks of the decoder, before it goes up to a larger map")
      ->excludes(bottlefit);
  CLI::Option* exit_of = command.add_option(
      "--exit-of", o->exit.of,
      "train a local exit for the head of this model file: a small classifier of the latent for a "
      "device without a link; the head stays as it is");
  command
      .add_option("--exit-cut", o->exit.cut, "node that export --cut names; default: bottleneck")
      ->needs(exit_of);
  command.add_option("--init", o->init,
                     "model file whose numbers to begin with, where nodes have the same names");
  command
      .add_option("--freeze", o->freeze,
                  "beginnings of the names of nodes that shall not learn; their batch norms use "
                  "the statistics that they have")
      ->delimiter(',');
  command.add_option("--optimizer", t.optimizer.rule, "sgd, adam or adamw");
  command.add_option("--momentum", t.optimizer.momentum, "of sgd");
  command.add_option("--nesterov", t.optimizer.nesterov, "of sgd");
  command.add_option("--weight-decay", t.optimizer.weight_decay, "of learned parameters");
  command.add_option("--decay-vectors", t.optimizer.decay_vectors,
                     "decay biases, scales and shifts too");
  command.add_option("--rate", t.schedule.rate, "learning rate after the warm-up");
  command.add_option("--schedule", t.schedule.rule, "constant, step, multi-step or cosine");
  command.add_option("--gamma", t.schedule.gamma, "factor at each drop of the rate");
  command.add_option("--step-epochs", t.schedule.step_epochs, "epochs between drops (step)");
  command.add_option("--milestones", t.schedule.milestones, "epochs of the drops (multi-step)")
      ->delimiter(',');
  command.add_option("--warmup-epochs", t.schedule.warmup_epochs,
                     "the rate rises linearly over these");
  command.add_option("--warmup-start", t.schedule.warmup_start,
                     "part of the rate to start the warm-up with");
  command.add_option("--clip-norm", t.clip_norm, "largest norm of all gradients together; 0 = any");
  command.add_option(
      "--precision", t.precision,
      "fp32, or bf16: activations and their gradients as bfloat16, for half the memory; "
      "weights and sums, evaluation and export stay in fp32");
  command.add_option("--ema-decay", t.ema_decay, "weight averaging per step, e.g. 0.999; 0 = none");
  command.add_option("--calibrate-batches", o->calibrate_batches,
                     "batches per width to calibrate with after training, as `calibrate` does: "
                     "augmented as in the training, exact average; default 16 where steps draw "
                     "their widths, else 0");
  command.add_option("--evaluate-every", o->evaluate_every, "epochs")->check(CLI::Range(1, 100000));
  command.add_option("--out", o->out, "folder for the model, checkpoint and log");
  command.add_option("--checkpoint-seconds", o->checkpoint_seconds, "time between checkpoints");
  command.add_flag("--resume", o->resume, "go on from the checkpoint in --out");
  command.add_option("--loader-threads", o->loader_threads, "threads that prepare batches")
      ->check(CLI::Range(1, 64));
}

void AddTrainCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run) {
  const auto options = std::make_shared<TrainOptions>();
  CLI::App* command = app.add_subcommand("train", "Train a slimmable network.");
  command->configurable();
  AddTrainOptions(*command, options.get());
  command->callback([=, &global] {
    *run = [=, &global] {
      TrainingRun training(*options, global);
      const std::vector<WidthAccuracy> results = training.Run();
      PrintAccuracy(training.graph(), results, global.json);
    };
  });
}

}  // namespace slim
