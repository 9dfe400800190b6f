// What the tests of files share: a directory of their own and what a call throws.
#ifndef SLIMSPLIT_TESTS_CORE_FILE_SUPPORT_H_
#define SLIMSPLIT_TESTS_CORE_FILE_SUPPORT_H_

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "core/error_host.h"
#include "core/file_host.h"
#include "gtest/gtest.h"

namespace slim {

// An empty directory of its own, the current one while a test runs.
class FileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/slim_file_XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    ASSERT_EQ(chmod(pattern.c_str(), 0777), 0);
    ASSERT_EQ(chdir(pattern.c_str()), 0);
  }
  void TearDown() override {
    ASSERT_EQ(chdir("/"), 0);
    ASSERT_EQ(system(("rm -rf '" + directory_ + "'").c_str()), 0);
  }
  std::string directory_;
};

inline void Write(const std::string& path, const std::string& text,
                  KeepPrevious keep = KeepPrevious::kNo) {
  WriteFileAtomically(path, {{text.data(), text.size()}}, keep);
}

inline bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

// What the call throws, or "" if it does not throw.
template <typename Call>
std::string MessageOf(Call call, ErrorKind kind) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  return "";
}

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_CORE_FILE_SUPPORT_H_
