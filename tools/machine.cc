#include "tools/machine.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#include <filesystem>
#include <fstream>

namespace slim {
namespace {

// The text behind `key` and the colon in a file of lines "key : value"; empty when there is none.
std::string ValueOf(const char* file, const std::string& key) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (line.compare(0, key.size(), key) != 0) continue;
    const size_t colon = line.find(':');
    const size_t begin =
        colon == std::string::npos ? colon : line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

int64_t MemoryLine(const char* key) {
  const std::string value = ValueOf("/proc/meminfo", key);  // "16384 kB"
  return value.empty() ? -1 : strtoll(value.c_str(), nullptr, 10) * 1024;
}

}  // namespace

std::string CpuModel() {
  const std::string model = ValueOf("/proc/cpuinfo", "model name");
  return model.empty() ? "unknown" : model;
}

std::string CpuFeatures() {
  std::string features;
#if defined(__x86_64__)
  __builtin_cpu_init();
#define SLIM_FEATURE(name) \
  if (__builtin_cpu_supports(name)) features += std::string(features.empty() ? "" : " ") + name
  SLIM_FEATURE("sse4.2");
  SLIM_FEATURE("avx");
  SLIM_FEATURE("avx2");
  SLIM_FEATURE("fma");
  SLIM_FEATURE("avx512f");
  SLIM_FEATURE("avx512bw");
  SLIM_FEATURE("avx512vl");
  SLIM_FEATURE("avx512dq");
  SLIM_FEATURE("avx512vnni");
  SLIM_FEATURE("avx512bf16");
#undef SLIM_FEATURE
#endif
  return features.empty() ? "none known" : features;
}

std::string CpuGovernor() {
  std::ifstream file("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  std::string governor;
  std::getline(file, governor);
  return governor;
}

int UsableCpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

double Load() {
  double load = 0;
  return getloadavg(&load, 1) == 1 ? load : 0;
}

int64_t FreeMemory() { return MemoryLine("MemAvailable"); }
int64_t TotalMemory() { return MemoryLine("MemTotal"); }

int64_t FreeDisk() {
  struct statvfs disk;
  if (statvfs(".", &disk) != 0) return -1;
  return static_cast<int64_t>(disk.f_bavail) * static_cast<int64_t>(disk.f_frsize);
}

std::string CompilerVersion() {
#if defined(__clang__)
  return __VERSION__;  // begins with the name
#else
  return std::string("g++ ") + __VERSION__;
#endif
}

bool OptimisedBuild() {
#if defined(__OPTIMIZE__)
  return true;
#else
  return false;
#endif
}

std::string BuildMode() {
  std::string mode = OptimisedBuild() ? "optimised" : "not optimised: `bazel build -c opt`";
#if !defined(NDEBUG)
  mode += ", assertions on";
#endif
#if defined(__SANITIZE_ADDRESS__)
  mode += ", AddressSanitizer";
#endif
#if defined(__SANITIZE_THREAD__)
  mode += ", ThreadSanitizer";
#endif
  return mode;
}

PackageState StateOfPackage(const std::string& name) {
  const std::filesystem::path folder = "/var/lib/dpkg/info";
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) return PackageState::kUnknown;
  for (const char* architecture : {"", ":amd64", ":arm64", ":armhf", ":i386"}) {
    if (std::filesystem::exists(folder / (name + architecture + ".list"), error)) {
      return PackageState::kInstalled;
    }
  }
  return PackageState::kMissing;
}

}  // namespace slim
