// slimsplit: the command line. Data goes to standard output, talk to standard error.
//
// Exit codes: 0 ok, 1 failure, 2 usage, 3 bad input file, 4 network, 5 verification failed.
#include <stdio.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <new>

#include "core/error_host.h"
#include "core/kernels/blas_host.h"
#include "core/kernels/kernels.h"
#include "core/parallel_host.h"
#include "tools/command.h"
#include "tools/text_table.h"
#include "tools/toml_recipe.h"

namespace slim {
namespace {

constexpr AddCommand kCommands[] = {
    AddDemoCommand,    AddTrainCommand,   AddEvalCommand,   AddCalibrateCommand,   AddExportCommand,
    AddInspectCommand, AddImportCommand,  AddDoctorCommand, AddEmulateLinkCommand, AddServeCommand,
    AddDeviceCommand,  AddMakeKeyCommand, AddReportCommand};

std::string IsaNames() {
  const Kernels<float>* tables[8];
  std::vector<std::string> names;
  const int count = AvailableKernels(tables, 8);
  for (int i = 0; i < count; ++i) names.push_back(tables[i]->isa);
  return Joined(names);
}

// What is wrong with the command line, or with the line of the recipe that is at fault.
Error Explained(const CLI::App& app, const CLI::ParseError& error, const TomlRecipe& recipe,
                int argc, char** argv) {
  std::string message = error.what();
  if (app.get_subcommands().empty() && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    const std::vector<std::string> unknown = app.remaining();
    std::vector<std::string> known;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
      known.push_back(command->get_name());
    }
    message = unknown.empty() ? "a sub-command is missing"
                              : "there is no sub-command \"" + unknown[0] + "\"";
    return UsageError(message + "; known are " + Joined(known));
  }
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::FileError)) {
    return BadInput("--config: " + message + "; check the path");
  }
  const size_t begin = message.find("--");
  if (begin != std::string::npos) {
    const size_t end = message.find_first_not_of("-abcdefghijklmnopqrstuvwxyz0123456789", begin);
    const std::string option = message.substr(begin, end - begin);
    const bool typed = std::any_of(argv, argv + argc, [&](const std::string& argument) {
      return argument.compare(0, option.size(), option) == 0;
    });
    if (!typed && !recipe.PlaceOf(option).empty()) {
      message = recipe.PlaceOf(option) + ": " + message;
    }
  }
  return UsageError(message + "; --help lists what is known");
}

void StartRuntime(const GlobalOptions& global) {
  UseThreads(global.threads);
  UseOpenBlas();
  if (!global.isa.empty() && !ForceIsa(global.isa.c_str())) {
    throw UsageError("--isa or SLIM_ISA: there are no kernels for \"" + global.isa +
                     "\" in this build or CPU; known are " + IsaNames());
  }
}

int Main(int argc, char** argv) {
  CLI::App app("Slimmable split computing: train, cut and run small networks at many widths.",
               "slimsplit");
  GlobalOptions global;
  std::function<void()> run;
  app.add_option("--threads", global.threads, "CPU threads; 0 = one per CPU")
      ->check(CLI::Range(0, 64));
  app.add_option("--seed", global.seed, "seed of everything random");
  app.add_option("--isa", global.isa,
                 "kernels to use: portable, avx2, avx512, neon; default: the best")
      ->envname("SLIM_ISA");
  app.add_flag("--json", global.json, "results as JSON lines");
  app.add_flag("-q,--quiet", global.quiet, "no progress");
  app.set_config("--config", "", "recipe: a TOML file with a section per sub-command");
  const auto recipe = std::make_shared<TomlRecipe>(app);
  app.config_formatter(recipe);
  app.require_subcommand(1);
  app.fallthrough();
  for (const AddCommand add : kCommands) add(app, global, &run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    throw Explained(app, error, *recipe, argc, argv);
  }
  StartRuntime(global);
  run();
  if (fflush(stdout) != 0 || ferror(stdout)) throw Failure("standard output cannot be written");
  return 0;
}

}  // namespace
}  // namespace slim

int main(int argc, char** argv) {
  slim::LimitSpinning(argv);
  try {
    return slim::Main(argc, argv);
  } catch (const slim::Error& error) {
    fprintf(stderr, "slimsplit: %s\n", error.what());
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    fprintf(stderr, "slimsplit: out of memory; try a smaller batch\n");
  } catch (const std::exception& error) {
    fprintf(stderr, "slimsplit: %s\n", error.what());
  }
  return static_cast<int>(slim::ErrorKind::kFailure);
}
