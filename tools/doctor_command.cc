// slimsplit doctor: what this machine and build offer, and what stands in the way.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <sstream>
#include <vector>

#include "core/error_host.h"
#include "core/kernels/blas_host.h"
#include "core/kernels/kernels.h"
#include "core/parallel.h"
#include "tools/command.h"
#include "tools/embedded.h"
#include "tools/machine.h"
#include "tools/print_json.h"
#include "tools/text_table.h"

namespace slim {
namespace {

constexpr int64_t kMegabyte = 1 << 20;
constexpr int64_t kLeastMemory = 512 * kMegabyte;  // a training step of the smaller networks
constexpr int64_t kLeastDisk = 64 * kMegabyte;     // checkpoints and logs of the smaller networks
constexpr int kLeastYear = 2024;                   // no earlier clock is right

enum class State { kOk, kNote, kProblem };

struct Finding {
  std::string topic;
  State state;
  std::string text;
};

std::string Environment(const char* name) {
  const char* value = getenv(name);
  return value == nullptr ? "" : value;
}

Finding Cpu() {
  std::string text = CpuModel() + "; " + CpuFeatures();
  const std::string governor = CpuGovernor();
  if (governor.empty()) return {"CPU", State::kOk, text};
  if (governor == "performance") return {"CPU", State::kOk, text + "; governor performance"};
  return {
      "CPU", State::kNote,
      text + "; governor " + governor + ": for timings, `cpupower frequency-set -g performance`"};
}

Finding KernelTables() {
  const Kernels<float>* tables[8];
  const int count = AvailableKernels(tables, 8);
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(tables[i]->isa);
  const std::string forced = Environment("SLIM_ISA");
  std::string text = std::string(GetKernels<float>().isa) + " in use, of " + Joined(names) +
                     "; with --precision bf16 " + GetKernels<Bf16>().isa;
  if (!forced.empty()) text += "; SLIM_ISA=" + forced;
  if (count == 1 || GetKernels<float>().isa != names.back()) {
    return {"kernels", State::kNote, text + ": not the fastest that slimsplit has"};
  }
  return {"kernels", State::kOk, text};
}

Finding Threads() {
  const int threads = ParallelWorkers(), cpus = UsableCpus();
  char load[32];
  snprintf(load, sizeof(load), "%.1f", Load());
  const std::string text = std::to_string(threads) + " on " + std::to_string(cpus) +
                           " CPUs, average load of the machine " + load;
  if (threads > cpus) return {"threads", State::kNote, text + ": fewer --threads would be faster"};
  return {"threads", State::kOk, text};
}

Finding WaitPolicy() {
  const std::string policy = Environment("OMP_WAIT_POLICY"), spins = Environment("GOMP_SPINCOUNT");
  if (!policy.empty()) return {"OpenMP", State::kOk, "OMP_WAIT_POLICY=" + policy};
  if (!spins.empty()) {
    return {"OpenMP", State::kOk,
            "waiting threads spin for GOMP_SPINCOUNT=" + spins +
                " rounds, then sleep; on a battery OMP_WAIT_POLICY=passive saves more"};
  }
  return {"OpenMP", State::kNote,
          "waiting threads spin: fastest alone; where CPUs are shared or on a battery set "
          "OMP_WAIT_POLICY=passive"};
}

Finding Clock() {
  timespec step = {}, now = {};
  clock_getres(CLOCK_MONOTONIC, &step);
  clock_gettime(CLOCK_REALTIME, &now);
  tm utc = {};
  gmtime_r(&now.tv_sec, &utc);
  char date[64];
  strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S UTC", &utc);
  const std::string text = std::string(date) + ", steps of " +
                           std::to_string(int64_t{1000000000} * step.tv_sec + step.tv_nsec) + " ns";
  if (utc.tm_year + 1900 < kLeastYear) {
    return {"clock", State::kProblem,
            text + ": wrong; set it, e.g. with package systemd-timesyncd"};
  }
  return {"clock", State::kOk, text};
}

Finding Free(const char* topic, int64_t free, int64_t least, const std::string& rest,
             const std::string& cure) {
  if (free < 0) return {topic, State::kNote, "the system does not tell"};
  const std::string text = BytesWithUnit(free) + " free" + rest;
  if (free >= least) return {topic, State::kOk, text};
  return {topic, State::kProblem, text + ": less than " + BytesWithUnit(least) + "; " + cure};
}

// One finding per group of packages.txt: a comment whose first word names it, then packages. The
// optional ones, behind the first [name], count not.
std::vector<Finding> Packages() {
  std::vector<Finding> findings;
  const std::string list = kPackages;
  std::istringstream lines(list.substr(0, list.find("\n[")) + "\n# End");
  std::string group, missing;
  bool known = false;
  for (std::string line; std::getline(lines, line);) {
    const std::string name = line.substr(0, line.find_first_of(" #"));
    if (line[0] == '#') {
      const std::string text = group + (missing.empty() ? ": all are installed"
                                                        : ": missing, apt-get install" + missing);
      if (known)
        findings.push_back({"packages", missing.empty() ? State::kOk : State::kNote, text});
      group = line.substr(2, line.find_first_of(" .:", 2) - 2);
      missing.clear();
      known = false;
    } else if (!name.empty()) {
      const PackageState state = StateOfPackage(name);
      known |= state != PackageState::kUnknown;
      if (state == PackageState::kMissing) missing += " " + name;
    }
  }
  return findings;
}

std::vector<Finding> Examine() {
  const std::string memory = " of " + BytesWithUnit(TotalMemory());
  std::vector<Finding> findings = {
      Cpu(),
      KernelTables(),
      {"OpenBLAS", State::kOk, OpenBlasDescription()},
      Threads(),
      WaitPolicy(),
      {"build", OptimisedBuild() ? State::kOk : State::kNote,
       CompilerVersion() + ", " + BuildMode()},
      Clock(),
      Free("memory", FreeMemory(), kLeastMemory, memory, "end other programs"),
      Free("disk", FreeDisk(), kLeastDisk, " in this folder", "delete files, or work elsewhere"),
  };
  for (Finding& finding : Packages()) findings.push_back(std::move(finding));
  return findings;
}

}  // namespace

void AddDoctorCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run) {
  CLI::App* command =
      app.add_subcommand("doctor", "Say what this machine and build offer, and what is missing.");
  command->callback([=, &global] {
    *run = [&global] {
      static constexpr const char* kStates[] = {"ok", "note", "problem"};
      TextTable table;
      int problems = 0;
      for (const Finding& finding : Examine()) {
        const char* state = kStates[static_cast<int>(finding.state)];
        problems += finding.state == State::kProblem;
        if (global.json) {
          PrintJsonLine({{"topic", finding.topic}, {"state", state}, {"text", finding.text}});
        } else {
          table.Add({state, finding.topic, finding.text});
        }
      }
      if (!global.json) printf("%s", table.ToString(3).c_str());
      if (problems > 0) {
        throw Failure("doctor: " + std::to_string(problems) + " of the above in the way");
      }
    };
  });
}

}  // namespace slim
