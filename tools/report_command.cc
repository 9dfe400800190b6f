// slimsplit report: evaluation and run of a split model as one HTML file.
#include <stdio.h>

#include <memory>

#include "core/file_host.h"
#include "tools/command.h"
#include "tools/print_json.h"
#include "tools/report_page.h"

namespace slim {
namespace {

struct ReportOptions {
  std::string evaluation, trace, link, out, title = "slimsplit report";
};

void Run(const ReportOptions& options, const GlobalOptions& global) {
  ReportContent content;
  content.title = options.title;
  std::string of_evaluation, of_trace;
  content.evaluation = ReadEvalLines(options.evaluation, &of_evaluation);
  if (!options.trace.empty()) content.frames = ReadTraceLines(options.trace, &of_trace);
  for (const std::string& note : {of_evaluation, of_trace}) {
    if (!note.empty()) fprintf(stderr, "%s\n", note.c_str());
  }
  std::unique_ptr<LinkProfile> link;
  if (!options.link.empty()) {
    link = std::make_unique<LinkProfile>(LinkProfile::Read(options.link));
    content.link = link.get();
  }
  const std::string page = ReportPage(content);
  WriteFileAtomically(options.out, {{page.data(), page.size()}});
  if (global.json) {
    PrintJsonLine({{"report", options.out}});
  } else {
    printf("%s\n", options.out.c_str());
  }
}

}  // namespace

void AddReportCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run) {
  const auto options = std::make_shared<ReportOptions>();
  CLI::App* command = app.add_subcommand(
      "report", "Draw what eval --split measured, and a run of a device, in one HTML file.");
  command
      ->add_option("evaluation", options->evaluation,
                   "what slimsplit --json eval --split --teacher, or --json export, printed")
      ->required();
  CLI::Option* trace =
      command->add_option("--trace", options->trace, "what slimsplit device --trace wrote");
  command
      ->add_option("--link", options->link,
                   "what the link really was: the --trace file of slimsplit emulate-link")
      ->needs(trace);
  command->add_option("--title", options->title, "title of the page");
  command->add_option("--out", options->out, "HTML file to write")->required();
  command->callback([=, &global] { *run = [=, &global] { Run(*options, global); }; });
}

}  // namespace slim
