// Children that end well, badly, early or not at all. This program is its own child.
#include "tools/child_process.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "core/error_host.h"
#include "tests/core/file_support.h"

namespace slim {
namespace {

class ChildProcessTest : public FileTest {
 protected:
  static std::string Complaint(const std::function<void()>& run) {
    return MessageOf(run, ErrorKind::kFailure);
  }
};

TEST_F(ChildProcessTest, EndsWellOrSaysWhyNot) {
  EXPECT_NO_THROW(RunChild({"child", "well"}, "out"));
  EXPECT_EQ(Complaint([] {
              RunChild({"child", "badly"}, "out");
            }),
            "slimsplit child ended early: no luck");
  EXPECT_EQ(Complaint([] {
              RunChild({"child", "killed"}, "out");
            }),
            "slimsplit child ended early: it said nothing");
}

TEST_F(ChildProcessTest, OneThatIsNeededMustRunOn) {
  ChildProcess child({"child", "listens"}, "out");
  EXPECT_EQ(child.FirstLine(), "here");
  EXPECT_NO_THROW(child.MustRun());
  ChildProcess gone({"child", "well"}, "out2");
  gone.Wait();
  EXPECT_EQ(Complaint([&] { gone.MustRun(); }), "slimsplit child ended early: it said nothing");
}

// Whoever else waits for it takes its end away.
TEST_F(ChildProcessTest, AnEndThatNobodySawIsNoSuccess) {
  ChildProcess child({"child", "well"}, "out");
  EXPECT_GT(waitpid(-1, nullptr, 0), 0);
  EXPECT_NE(Complaint([&] { child.Wait(); }), "");
}

TEST_F(ChildProcessTest, OneThatHangsIsEnded) {
  const auto begin = std::chrono::steady_clock::now();
  {
    ChildProcess child({"child", "hangs"}, "out");
    EXPECT_EQ(child.FirstLine(), "here");
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);  // there is no child any more
}

int Child(const char* what) {
  if (strcmp(what, "badly") == 0) {
    fprintf(stderr, "no luck\n");
    return 1;
  }
  if (strcmp(what, "killed") == 0) raise(SIGKILL);
  if (strcmp(what, "well") == 0) return 0;
  if (strcmp(what, "hangs") == 0) signal(SIGTERM, SIG_IGN);
  printf("here\n");
  fflush(stdout);
  for (;;) pause();
}

}  // namespace
}  // namespace slim

int main(int argc, char** argv) {
  if (argc == 3 && strcmp(argv[1], "child") == 0) return slim::Child(argv[2]);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
