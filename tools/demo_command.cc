// slimsplit demo: trains a split network, runs it over a link that fades and breaks, and draws what
// happened, with nothing but this program.
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <sstream>

#include "core/error_host.h"
#include "tools/child_process.h"
#include "tools/command.h"
#include "tools/demo_run.h"
#include "tools/embedded.h"
#include "tools/print_json.h"
#include "tools/progress.h"
#include "tools/report_data.h"
#include "tools/svg_plot.h"
#include "tools/text_table.h"
#include "tools/toml_recipe.h"
#include "tools/training_run.h"

namespace slim {
namespace {

void Say(const GlobalOptions& global, const char* what) {
  if (!global.quiet) fprintf(stderr, "%s\n", what);
}

void MakeFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) throw Failure(path + ": cannot make the folder: " + error.message());
}

TrainOptions OptionsOf(const char* recipe, const std::string& name, const std::string& out) {
  CLI::App app;
  TrainOptions options;
  uint64_t seed;  // the command line's is used
  app.add_option("--seed", seed);
  AddTrainOptions(*app.add_subcommand("train"), &options);
  app.config_formatter(std::make_shared<TomlRecipe>(app, name));
  std::istringstream text(recipe);
  app.parse_from_stream(text);
  options.out = out;
  options.can_resume = false;
  return options;
}

// Trains teacher, split network and local exit; returns the data set that they learned from.
std::string Train(const std::string& out, const GlobalOptions& global) {
  Say(global, "1  a network learns drawn shapes: it will be the teacher");
  const TrainOptions teacher =
      OptionsOf(kSyntheticTeacher, "synthetic-teacher.toml", out + "/teacher");
  TrainingRun(teacher, global).Run();
  Say(global, "2  a network of two halves learns from it");
  TrainOptions split = OptionsOf(kSyntheticSplit, "synthetic-split.toml", out + "/split");
  split.teacher.model = out + "/teacher/model.safetensors";
  TrainingRun(split, global).Run();
  Say(global, "3  its head learns to answer alone, for when there is no link");
  TrainOptions exit = OptionsOf(kSyntheticExit, "synthetic-exit.toml", out + "/exit");
  exit.teacher.model = split.teacher.model;
  exit.exit.of = out + "/split/model.safetensors";
  TrainingRun(exit, global).Run();
  return teacher.data;
}

std::vector<EvalLine> Measure(const std::string& out, const std::string& data,
                              const GlobalOptions& global) {
  Say(global, "4  head and tail become files; each mode is measured, and picture files beside it");
  const std::vector<std::string> common = {"--data", data,        "--quiet",
                                           "--json", "--threads", std::to_string(global.threads)};
  std::vector<std::string> cut = {"export", out + "/split/model.safetensors",
                                  "--exit", out + "/exit/model.safetensors",
                                  "--out",  out + "/split"};
  cut.insert(cut.end(), common.begin(), common.end());
  RunChild(cut, out + "/log/export");
  std::vector<std::string> judge = {"eval", "--split", out + "/split", "--teacher",
                                    out + "/teacher/model.safetensors"};
  judge.insert(judge.end(), common.begin(), common.end());
  RunChild(judge, out + "/eval.jsonl");
  return ReadEvalLines(out + "/eval.jsonl");
}

const EvalLine& Find(const std::vector<EvalLine>& lines, const std::string& name) {
  const auto found = std::find_if(lines.begin(), lines.end(),
                                  [&](const EvalLine& line) { return line.name == name; });
  if (found == lines.end()) throw Failure("the evaluation has no line of " + name);
  return *found;
}

// Of all but the first, which chose its mode, the one with the most right answers.
const DemoRun& BestFixed(const std::vector<DemoRun>& runs) {
  if (runs.size() < 2) throw Failure("no mode ran alone");
  return *std::max_element(runs.begin() + 1, runs.end(), [](const DemoRun& a, const DemoRun& b) {
    return a.correct < b.correct;
  });
}

// Three sentences: accuracy and bytes of each mode, deadlines, where the files are.
void PrintStory(const std::string& out, const std::vector<EvalLine>& lines,
                const std::vector<DemoRun>& runs) {
  std::string modes;
  for (const EvalLine& line : lines) {
    if (!line.baseline.empty()) continue;
    modes += (modes.empty() ? "" : ", ") + line.name + " with " + Readable(line.bytes) +
             " bytes a frame " + Percent(line.accuracy);
  }
  const EvalLine &local = Find(lines, "local"), &jpeg = Find(lines, "jpeg 90");
  printf(
      "\nOf test images the modes name right: %s; the whole network %s, and %s of what JPEG files "
      "of %s bytes leave (quality 90).\n",
      modes.c_str(), Percent(local.accuracy).c_str(), Percent(jpeg.accuracy).c_str(),
      Readable(round(jpeg.bytes)).c_str());
  const DemoRun& chosen = runs[0];
  const DemoRun& fixed = BestFixed(runs);
  const EvalLine& mode = Find(lines, fixed.mode);
  printf(
      "Over a link that was good, faded, broke and came back, %s of %s frames were answered within "
      "%g ms and %s rightly with a mode chosen per frame, %s and %s with the best fixed mode (%s); "
      "the whole network on the device (%s ms here) needs no link and names %s right, for %.1f "
      "times the multiply-accumulates and %.1f times the parameters of that mode's head.\n",
      Percent(chosen.part_in_time()).c_str(), Readable(static_cast<double>(chosen.frames)).c_str(),
      kDemoDeadlineMs, Percent(chosen.part_correct()).c_str(),
      Percent(fixed.part_in_time()).c_str(), Percent(fixed.part_correct()).c_str(),
      fixed.mode.c_str(), Readable(local.head_ms).c_str(), Percent(local.accuracy).c_str(),
      static_cast<double>(local.macs) / static_cast<double>(mode.macs),
      static_cast<double>(local.parameters) / static_cast<double>(mode.parameters));
  printf(
      "The report is %s/report.html, the trace %s/trace.jsonl, head and tail are "
      "%s/split/head.slim and tail.slim.\n",
      out.c_str(), out.c_str(), out.c_str());
}

void PrintNextSteps(const std::string& out, const std::string& data) {
  const char* program = program_invocation_name;
  printf("\nTry next:\n");
  printf("  %s inspect %s/split/model.safetensors\n", program, out.c_str());
  printf("  %s eval --split %s/split --data %s\n", program, out.c_str(), data.c_str());
  printf("  %s serve %s/split/tail.slim --key %s/key\n", program, out.c_str(), out.c_str());
  printf("  %s device %s/split/head.slim --key %s/key --connect 127.0.0.1:7700 --data %s\n",
         program, out.c_str(), out.c_str(), data.c_str());
}

void Run(const std::string& out, const GlobalOptions& global) {
  MakeFolder(out + "/log");
  const std::string data = Train(out, global);
  const std::vector<EvalLine> lines = Measure(out, data, global);
  std::vector<std::string> modes;
  for (const EvalLine& line : lines) {
    if (line.baseline.empty()) modes.push_back(line.name);
  }
  Say(global, "5  a tail, links, and heads run for 40 s: one head chooses its mode, others cannot");
  const std::vector<DemoRun> runs = RunDemo(out, data, modes, global.quiet);
  RunChild({"report", out + "/eval.jsonl", "--trace", out + "/trace.jsonl", "--link",
            out + "/link.csv", "--title", "slimsplit demo", "--out", out + "/report.html"},
           out + "/log/report");
  if (!global.json) {
    PrintStory(out, lines, runs);
    PrintNextSteps(out, data);
    return;
  }
  for (const DemoRun& run : runs) {
    PrintJsonLine({{"mode", run.mode.empty() ? nlohmann::json() : nlohmann::json(run.mode)},
                   {"frames", run.frames},
                   {"in_time", run.in_time},
                   {"correct", run.correct}});
  }
  PrintJsonLine({{"report", out + "/report.html"}, {"trace", out + "/trace.jsonl"}});
}

}  // namespace

void AddDemoCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run) {
  const auto out = std::make_shared<std::string>("slimsplit-demo");
  CLI::App* command = app.add_subcommand(
      "demo",
      "Train a small split network on drawn images and run it over a link that fades and breaks: "
      "needs no files.");
  command->add_option("--out", *out, "folder for all files; default: slimsplit-demo");
  command->callback([=, &global] { *run = [=, &global] { Run(*out, global); }; });
}

}  // namespace slim
