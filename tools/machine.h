// What this machine is and has, as far as it can be asked.
#ifndef SLIMSPLIT_TOOLS_MACHINE_H_
#define SLIMSPLIT_TOOLS_MACHINE_H_

#include <stdint.h>

#include <string>
#include <vector>

namespace slim {

// The name of the CPU, "unknown" where the system does not tell.
std::string CpuModel();
// Instruction sets that matter here and that the CPU has, e.g. "avx2 fma".
std::string CpuFeatures();
// What decides the clock frequency, e.g. "powersave"; empty where the system does not tell.
std::string CpuGovernor();
// CPUs that this process may run on.
int UsableCpus();
// Average number of processes that want a CPU, over the last minute.
double Load();

// Bytes; -1 where the system does not tell.
int64_t FreeMemory();
int64_t TotalMemory();
// Bytes free to this user on the disk of the current folder.
int64_t FreeDisk();

// Of the build: compiler and version, and how it was told to compile.
std::string CompilerVersion();
std::string BuildMode();
bool OptimisedBuild();

enum class PackageState { kInstalled, kMissing, kUnknown };
// Whether a Debian package is installed; kUnknown on other systems.
PackageState StateOfPackage(const std::string& name);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_MACHINE_H_
