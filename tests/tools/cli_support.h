// Runs the program as a user would, and makes a data set small enough for it to learn in a moment.
#ifndef SLIMSPLIT_TESTS_TOOLS_CLI_SUPPORT_H_
#define SLIMSPLIT_TESTS_TOOLS_CLI_SUPPORT_H_

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace slim {

struct CliResult {
  int exit_code = -1;  // 128 + number where a signal ended it
  std::string out, err;
};

inline std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void WriteText(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

// An empty folder of its own for the test that is running.
inline std::string CliFolder() {
  const testing::TestInfo* info = testing::UnitTest::GetInstance()->current_test_info();
  const std::string folder =
      testing::TempDir() + "/" + info->test_suite_name() + "." + info->name();
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

// The files that a run's standard output and error go to: neither is a terminal.
inline std::string CliOutPath() { return testing::TempDir() + "/cli.out"; }
inline std::string CliErrPath() { return testing::TempDir() + "/cli.err"; }

// Starts `slimsplit ARGUMENTS`. A non-empty `out` is the file or device that standard output is.
inline pid_t StartCli(const std::vector<std::string>& arguments, const std::string& out = "",
                      const std::string& isa = "") {
  static const std::string kProgram = std::filesystem::absolute("tools/slimsplit").string();
  const std::string out_path = out.empty() ? CliOutPath() : out, err_path = CliErrPath();
  unlink(err_path.c_str());  // nothing of an earlier run is there to be read
  const pid_t child = fork();
  if (child == 0) {
    const auto become = [](const std::string& path, int descriptor) {
      const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      if (file < 0 || dup2(file, descriptor) < 0) _exit(126);
    };
    become(out_path, STDOUT_FILENO);
    become(err_path, STDERR_FILENO);
    setenv("OMP_WAIT_POLICY", "passive", 1);
    if (isa.empty()) {
      unsetenv("SLIM_ISA");
    } else {
      setenv("SLIM_ISA", isa.c_str(), 1);
    }
    std::vector<char*> argv = {const_cast<char*>("slimsplit")};
    for (const std::string& argument : arguments) {
      argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    execv(kProgram.c_str(), argv.data());
    _exit(127);
  }
  return child;
}

// Waits for its end.
inline CliResult FinishCli(pid_t child, const std::string& out = "") {
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  CliResult result;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (out.empty()) result.out = ReadText(CliOutPath());
  result.err = ReadText(CliErrPath());
  // Whatever the test expects: last words are lost with the next run.
  if (WIFSIGNALED(status)) {
    std::cerr << "slimsplit ended by signal " << WTERMSIG(status) << ": " << result.err << "\n";
  }
  return result;
}

inline CliResult Cli(const std::vector<std::string>& arguments, const std::string& out = "",
                     const std::string& isa = "") {
  return FinishCli(StartCli(arguments, out, isa), out);
}

// The run must end with `exit_code`, print nothing to standard output, and one line to standard
// error that holds each of `parts`.
inline void ExpectRefusal(const CliResult& result, int exit_code,
                          const std::vector<std::string>& parts) {
  EXPECT_EQ(result.exit_code, exit_code) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err.rfind("slimsplit: ", 0), 0u) << result.err;
  for (const std::string& part : parts) {
    EXPECT_NE(result.err.find(part), std::string::npos)
        << "'" << part << "' is not in: " << result.err;
  }
}

// Each line of the text as JSON; a line that is none fails the test.
inline std::vector<nlohmann::json> JsonLinesOf(const std::string& text) {
  std::vector<nlohmann::json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    nlohmann::json object = nlohmann::json::parse(line, nullptr, false);
    EXPECT_TRUE(object.is_object()) << line;
    lines.push_back(std::move(object));
  }
  return lines;
}

// Writes an IDX data set of side x side gray images with labels 0 .. classes - 1 in turn; class k
// is brighter than class k - 1. Returns the folder.
inline std::string WriteGrayImages(const std::string& folder, int side, int classes) {
  std::filesystem::create_directories(folder);
  constexpr int kCount = 64;
  std::string images = {0, 0, 8, 3,
                        0, 0, 0, kCount,
                        0, 0, 0, static_cast<char>(side),
                        0, 0, 0, static_cast<char>(side)};
  std::string labels = {0, 0, 8, 1, 0, 0, 0, kCount};
  for (int i = 0; i < kCount; ++i) {
    const int label = i % classes;
    labels += static_cast<char>(label);
    for (int p = 0; p < side * side; ++p) {
      images += static_cast<char>(label * 256 / classes + (i * 31 + p * 7) % 16);
    }
  }
  for (const char* half : {"train", "t10k"}) {
    WriteText(folder + "/" + half + "-images-idx3-ubyte", images);
    WriteText(folder + "/" + half + "-labels-idx1-ubyte", labels);
  }
  return folder;
}

// Trains a small network on `data` at widths 0.5 and 1 by the sandwich rule and returns the model
// file; no width of it is calibrated unless `calibrated`. `more` are further arguments.
inline std::string TrainTiny(const std::string& folder, const std::string& data, bool calibrated,
                             const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"--quiet",
                                        "train",
                                        "--data",
                                        data,
                                        "--net",
                                        "plain-cnn",
                                        "--widths",
                                        "0.5,1",
                                        "--method",
                                        "sandwich",
                                        "--sandwich-widths",
                                        "2",
                                        "--epochs",
                                        "2",
                                        "--batch",
                                        "16",
                                        "--out",
                                        folder,
                                        "--calibrate-batches",
                                        calibrated ? "2" : "0"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const CliResult result = Cli(arguments);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  return folder + "/model.safetensors";
}

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_TOOLS_CLI_SUPPORT_H_
