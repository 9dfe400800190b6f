// Atomic writing while the operating system fails, interrupts or stops it at every single call.
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "core/file_host.h"
#include "gtest/gtest.h"
#include "tests/core/file_support.h"

// The linker sends these calls of file_host.cc through here (-Wl,--wrap), so that each can fail or
// be the last.
namespace {

struct Faults {
  int calls = 0;          // wrapped calls so far
  int fail_at = -1;       // this one fails with `code`
  int code = EIO;         // the errno of that failure
  int exit_at = -1;       // before this one the process ends, as by kill -9
  bool tiny = false;      // write() takes three bytes and is interrupted every other time
  bool no_links = false;  // link() fails as on a file system without hard links
  std::string trace;      // the names of the calls so far
} faults;

bool Strike(const char* name) {
  faults.trace += std::string(name) + " ";
  const int call = faults.calls++;
  if (call == faults.exit_at) _exit(0);
  if (call != faults.fail_at) return false;
  errno = faults.code;
  return true;
}

}  // namespace

extern "C" {
ssize_t __real_write(int, const void*, size_t);
int __real_fsync(int);
int __real_rename(const char*, const char*);
int __real_link(const char*, const char*);
int __real_unlink(const char*);

ssize_t __wrap_write(int descriptor, const void* data, size_t size) {
  if (Strike("write")) return -1;
  if (!faults.tiny) return __real_write(descriptor, data, size);
  if (faults.calls % 2 == 0) return errno = EINTR, -1;
  return __real_write(descriptor, data, size < 3 ? size : 3);
}
int __wrap_fsync(int descriptor) { return Strike("fsync") ? -1 : __real_fsync(descriptor); }
int __wrap_rename(const char* from, const char* to) {
  return Strike("rename") ? -1 : __real_rename(from, to);
}
int __wrap_link(const char* from, const char* to) {
  if (Strike("link")) return -1;
  return faults.no_links ? (errno = EPERM, -1) : __real_link(from, to);
}
int __wrap_unlink(const char* path) { return Strike("unlink") ? -1 : __real_unlink(path); }
}

namespace slim {
namespace {

class FileFaultTest : public FileTest {
 protected:
  void SetUp() override {
    faults = Faults();
    FileTest::SetUp();
  }
  void TearDown() override {
    faults = Faults();
    FileTest::TearDown();
  }
};

TEST_F(FileFaultTest, KeepsThePreviousFileWithoutHardLinks) {
  faults.no_links = true;
  Write("a", "1", KeepPrevious::kYes);
  Write("a", "2", KeepPrevious::kYes);
  Write("a", "3", KeepPrevious::kYes);
  EXPECT_EQ(ReadTextFile("a", 9), "3");
  EXPECT_EQ(ReadTextFile("a.prev", 9), "2");
}

TEST_F(FileFaultTest, ShortAndInterruptedWritesAreContinued) {
  faults.tiny = true;
  Write("a", "The quick brown fox");
  EXPECT_EQ(ReadTextFile("a", 99), "The quick brown fox");
}

// The order that the header promises: the bytes reach the disk before the name.
TEST_F(FileFaultTest, TheCallsComeInThePromisedOrder) {
  Write("a", "old");
  faults = Faults();
  Write("a", "new", KeepPrevious::kYes);
  EXPECT_EQ(faults.trace, "write fsync unlink link rename fsync ");
}

// Every call fails once, with every cause: the old file stays, nothing is left behind, the next
// write succeeds.
TEST_F(FileFaultTest, AnyFailingCallLeavesTheOldFile) {
  for (const bool no_links : {false, true}) {
    for (const int code : {ENOSPC, EIO, EDQUOT, EROFS}) {
      bool failed = true;
      for (int k = 0; failed; ++k) {
        ASSERT_LT(k, 20);
        faults = Faults();
        Write("a", "oldest");
        Write("a", "old", KeepPrevious::kYes);
        faults = Faults();
        faults.no_links = no_links;
        faults.fail_at = k;
        faults.code = code;
        const std::string message =
            MessageOf([] { Write("a", "new", KeepPrevious::kYes); }, ErrorKind::kFailure);
        failed = faults.calls > k;
        faults = Faults();
        EXPECT_EQ(message.empty(), !failed) << "call " << k << " failed unnoticed";
        if (message.empty()) {
          EXPECT_EQ(ReadTextFile("a", 9), "new");
          continue;
        }
        EXPECT_HAS(message, "a: cannot ");
        EXPECT_HAS(message, strerror(code));
        const bool in_place = message.find("the new file is in place") != std::string::npos;
        EXPECT_EQ(ReadTextFile("a", 9), in_place ? "new" : "old")
            << "call " << k << ": " << message;
        EXPECT_FALSE(Exists("a.tmp")) << "call " << k;
      }
    }
  }
}

// The process ends before every call: one complete file is always there, and the next write
// succeeds.
TEST_F(FileFaultTest, AKillAtAnyMomentLeavesACompleteFile) {
  for (const bool no_links : {false, true}) {
    int done = 0;
    for (int k = 0; done == 0; ++k) {
      ASSERT_LT(k, 20);
      faults = Faults();
      Write("a", "oldest");
      Write("a", "old", KeepPrevious::kYes);
      const pid_t child = fork();
      if (child == 0) {
        faults = Faults();
        faults.no_links = no_links;
        faults.exit_at = k;
        Write("a", "new", KeepPrevious::kYes);
        _exit(7);
      }
      int status = 0;
      ASSERT_EQ(waitpid(child, &status, 0), child);
      ASSERT_TRUE(WIFEXITED(status));
      done = WEXITSTATUS(status);
      if (no_links && !Exists("a")) {
        EXPECT_EQ(ReadTextFile("a.prev", 9), "old") << "killed before call " << k;
      } else {
        const std::string text = ReadTextFile("a", 9);
        EXPECT_TRUE(text == "old" || text == "new") << "killed before call " << k << ": " << text;
      }
      Write("a", "next", KeepPrevious::kYes);
      EXPECT_EQ(ReadTextFile("a", 9), "next");
      EXPECT_FALSE(Exists("a.tmp"));
    }
    EXPECT_EQ(done, 7);
  }
}

}  // namespace
}  // namespace slim
