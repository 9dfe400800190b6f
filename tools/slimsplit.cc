// slimsplit: the command line. Data goes to standard output, talk to standard error.
//
// Exit codes: 0 ok, 1 failure, 2 usage, 3 bad input file, 5 verification failed.
#include <stdio.h>

#include <exception>
#include <new>

#include "core/error_host.h"
#include "core/kernels/blas_host.h"
#include "core/kernels/kernels.h"
#include "core/parallel_host.h"
#include "tools/command.h"

namespace slim {
namespace {

constexpr AddCommand kCommands[] = {AddTrainCommand};

void StartRuntime(const GlobalOptions& global) {
  UseThreads(global.threads);
  UseOpenBlas();
  if (!global.isa.empty() && !ForceIsa(global.isa.c_str())) {
    throw UsageError("this CPU or build has no kernels for \"" + global.isa +
                     "\"; `slimsplit doctor` lists those it has");
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
  app.add_option("--isa", global.isa, "kernels to use: portable, avx2, avx512; default: the best")
      ->envname("SLIM_ISA");
  app.add_flag("--json", global.json, "results as JSON lines");
  app.add_flag("-q,--quiet", global.quiet, "no progress");
  app.set_config("--config", "", "recipe: a TOML file with a section per sub-command");
  app.require_subcommand(1);
  app.fallthrough();
  for (const AddCommand add : kCommands) add(app, global, &run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : static_cast<int>(ErrorKind::kUsage);
  }
  StartRuntime(global);
  run();
  return 0;
}

}  // namespace
}  // namespace slim

int main(int argc, char** argv) {
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
