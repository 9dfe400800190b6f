#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "core/file_host.h"
#include "gtest/gtest.h"
#include "tests/core/file_support.h"

namespace slim {
namespace {

TEST_F(FileTest, WritesPiecesOneAfterTheOtherAndReadsThemBack) {
  WriteFileAtomically("a", {{"one", 3}, {nullptr, 0}, {"two", 3}});
  EXPECT_EQ(ReadTextFile("a", 6), "onetwo");
  EXPECT_EQ(ReadFile("a", 6), (std::vector<uint8_t>{'o', 'n', 'e', 't', 'w', 'o'}));
  EXPECT_FALSE(Exists("a.tmp"));
  EXPECT_FALSE(Exists("a.prev"));
  Write(directory_ + "/empty", "");
  EXPECT_EQ(ReadTextFile("empty", 0), "");
}

TEST_F(FileTest, KeepsThePreviousFileAndOnlyThat) {
  Write("a", "1", KeepPrevious::kYes);
  EXPECT_FALSE(Exists("a.prev"));
  Write("a", "2", KeepPrevious::kYes);
  Write("a", "3", KeepPrevious::kYes);
  EXPECT_EQ(ReadTextFile("a", 9), "3");
  EXPECT_EQ(ReadTextFile("a.prev", 9), "2");
}

TEST_F(FileTest, AFullDiskIsOneClearError) {
  Write("a", "old");
  const auto old_action = signal(SIGXFSZ, SIG_IGN);
  rlimit old_limit;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  rlimit small = old_limit;
  small.rlim_cur = 4096;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string message =
      MessageOf([] { Write("a", std::string(10000, 'x')); }, ErrorKind::kFailure);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &old_limit), 0);
  signal(SIGXFSZ, old_action);
  EXPECT_HAS(message, "a: cannot write byte 4096: ");
  EXPECT_HAS(message, "free space");
  EXPECT_EQ(ReadTextFile("a", 9), "old");
  EXPECT_FALSE(Exists("a.tmp"));
}

TEST_F(FileTest, AMissingDirectoryIsNamed) {
  const std::string message = MessageOf([] { Write("missing/a", "x"); }, ErrorKind::kFailure);
  EXPECT_HAS(message, "missing/a: cannot create missing/a.tmp: No such file or directory");
  EXPECT_HAS(message, "directory exists");
}

TEST_F(FileTest, AReadOnlyDirectoryIsRefused) {
  ASSERT_EQ(mkdir("locked", 0755), 0);
  Write("locked/a", "old");
  ASSERT_EQ(chmod("locked", 0555), 0);
  const bool root = geteuid() == 0;  // permissions do not bind root
  if (root && seteuid(65534) != 0) GTEST_SKIP() << "cannot become another user here";
  const std::string message = MessageOf([] { Write("locked/a", "new"); }, ErrorKind::kFailure);
  ASSERT_TRUE(!root || seteuid(0) == 0);
  ASSERT_EQ(chmod("locked", 0755), 0);
  EXPECT_HAS(message, "Permission denied");
  EXPECT_EQ(ReadTextFile("locked/a", 9), "old");
}

TEST_F(FileTest, AnotherWriterIsRefusedNotMixed) {
  const int other = open("a.tmp", O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  ASSERT_GE(other, 0);
  ASSERT_EQ(flock(other, LOCK_EX), 0);
  EXPECT_HAS(MessageOf([] { Write("a", "x"); }, ErrorKind::kFailure),
             "another program is writing it");
  EXPECT_FALSE(Exists("a"));
  close(other);
  Write("a", "x");
  EXPECT_EQ(ReadTextFile("a", 9), "x");
}

TEST_F(FileTest, ALeftOverTemporaryFileIsUsedAgain) {
  Write("a.tmp", "much longer than what follows");
  Write("a", "short");
  EXPECT_EQ(ReadTextFile("a", 99), "short");
  EXPECT_FALSE(Exists("a.tmp"));
}

TEST_F(FileTest, ASymbolicLinkIsFollowed) {
  Write("real", "old");
  ASSERT_EQ(symlink("real", "link"), 0);
  Write("link", "new");
  EXPECT_EQ(ReadTextFile("real", 9), "new");
  struct stat status;
  ASSERT_EQ(lstat("link", &status), 0);
  EXPECT_TRUE(S_ISLNK(status.st_mode));
}

TEST_F(FileTest, WhatIsNotARegularFileIsRefused) {
  ASSERT_EQ(mkdir("folder", 0777), 0);
  ASSERT_EQ(mkfifo("pipe", 0666), 0);
  for (const char* path : {"folder", "pipe"}) {
    EXPECT_HAS(MessageOf([&] { Write(path, "x"); }, ErrorKind::kFailure), "not a regular file");
    EXPECT_HAS(MessageOf([&] { ReadFile(path, 9); }, ErrorKind::kBadInput), "not a regular file");
  }
}

TEST_F(FileTest, ReadingNamesWhatIsWrong) {
  Write("a", "12345");
  EXPECT_HAS(MessageOf([] { ReadFile("b", 9); }, ErrorKind::kBadInput),
             "b: cannot open for reading: No such");
  EXPECT_HAS(MessageOf([] { ReadFile("a", 4); }, ErrorKind::kBadInput),
             "has 5 bytes, more than the limit of 4");
  EXPECT_EQ(ReadTextFile("a", 5), "12345");
  InputFile file("a");
  char bytes[6];
  EXPECT_HAS(MessageOf([&] { file.Read(bytes, 6); }, ErrorKind::kBadInput),
             "ends at byte 5, 1 bytes too early");
}

TEST_F(FileTest, ASparseFileOfManyTerabytesIsRefusedBeforeMemoryIsTaken) {
  Write("huge", "");
  if (truncate("huge", int64_t{1} << 43) != 0) GTEST_SKIP() << "no sparse files here";
  EXPECT_HAS(MessageOf([] { ReadFile("huge", 1000); }, ErrorKind::kBadInput),
             "more than the limit");
}

}  // namespace
}  // namespace slim
