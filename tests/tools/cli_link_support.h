// Servers and links of the command line beside the program under test, on loopback.
#ifndef SLIMSPLIT_TESTS_TOOLS_CLI_LINK_SUPPORT_H_
#define SLIMSPLIT_TESTS_TOOLS_CLI_LINK_SUPPORT_H_

#include <signal.h>

#include <string>
#include <vector>

#include "tests/tools/cli_support.h"

namespace slim {

// A sub-command that listens, until this is gone.
class ListeningCli {
 public:
  // `out` is the file for its standard output. Waits until it has said where it listens.
  ListeningCli(const std::vector<std::string>& arguments, const std::string& out)
      : child_(StartCli(arguments, out)) {
    std::string text;
    while (text.find('\n') == std::string::npos) {
      int status = 0;
      if (waitpid(child_, &status, WNOHANG) == child_) {
        child_ = -1;
        ADD_FAILURE() << "it has ended: " << ReadText(CliErrPath());
        return;
      }
      usleep(5000);
      text = ReadText(out);
    }
    address_ = text.substr(0, text.find('\n'));
  }
  ~ListeningCli() { End(); }
  ListeningCli(const ListeningCli&) = delete;

  // "127.0.0.1:PORT"
  const std::string& address() const { return address_; }

  void End() {
    if (child_ < 0) return;
    kill(child_, SIGTERM);
    int status = 0;
    EXPECT_EQ(waitpid(child_, &status, 0), child_);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    child_ = -1;
  }

 private:
  pid_t child_;
  std::string address_;
};

// A head and a tail of a small network of 8 x 8 gray images with 4 classes, cut after bn2, and what
// it was made of. The head has an exit unless told otherwise.
struct TinySplit {
  explicit TinySplit(const std::string& folder)
      : data("idx:" + WriteGrayImages(folder + "/images", 8, 4) + ",classes=4"),
        model(TrainTiny(folder + "/model", data, true)),
        exit(TrainTiny(folder + "/exit", data, true,
                       {"--exit-of", model, "--exit-cut", "bn2", "--rate", "0.05"})),
        halves(folder + "/halves") {}

  CliResult Export(const std::string& to, const std::vector<std::string>& more) const {
    std::vector<std::string> all = {"--quiet", "--json", "export", model,   "--cut",
                                    "bn2",     "--data", data,     "--out", to};
    all.insert(all.end(), more.begin(), more.end());
    return Cli(all);
  }
  void Export() const {
    const CliResult result = Export(halves, {"--exit", exit});
    EXPECT_EQ(result.exit_code, 0) << result.err;
  }
  std::string head() const { return halves + "/head.slim"; }
  std::string tail() const { return halves + "/tail.slim"; }

  const std::string data, model, exit, halves;
};

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_TOOLS_CLI_LINK_SUPPORT_H_
