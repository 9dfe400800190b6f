#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>

#include "core/error_host.h"
#include "gtest/gtest.h"
#include "split/link/link_key_host.h"

namespace slim {
namespace {

std::string NewPath(const std::string& name) {
  const std::string path = testing::TempDir() + "/" + name;
  unlink(path.c_str());
  return path;
}

std::string TextOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The key file that holds `text`.
std::string FileOf(const std::string& text) {
  const std::string path = NewPath("text.key");
  std::ofstream(path, std::ios::binary) << text;
  chmod(path.c_str(), 0600);
  return path;
}

std::string Refusal(const std::string& path) {
  try {
    LinkKey::Read(path);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
    EXPECT_EQ(std::string(error.what()).rfind(path, 0), 0u);
    return error.what();
  }
  return "";
}

TEST(LinkKey, ReadsWhatSomebodyTyped) {
  const LinkKey key =
      LinkKey::Read(FileOf("000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1EfF\n"));
  for (int i = 0; i < 31; ++i) EXPECT_EQ(key.bytes()[i], i);
  EXPECT_EQ(key.bytes()[31], 255);
}

TEST(LinkKey, IsReadAsItWasWritten) {
  const LinkKey key = LinkKey::Random();
  const std::string path = NewPath("new.key");
  key.Write(path);
  struct stat info = {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
  EXPECT_EQ(TextOf(path).size(), 65u);
  EXPECT_EQ(memcmp(LinkKey::Read(path).bytes(), key.bytes(), LinkKey::kBytes), 0);
  EXPECT_NE(memcmp(LinkKey::Random().bytes(), key.bytes(), LinkKey::kBytes), 0);
}

TEST(LinkKey, NeverReplacesAFile) {
  const std::string path = FileOf("precious");
  EXPECT_THROW(LinkKey::Random().Write(path), Error);
  EXPECT_EQ(TextOf(path), "precious");
}

TEST(LinkKey, RefusesWhatOthersMayUse) {
  const std::string path = NewPath("open.key");
  LinkKey::Random().Write(path);
  for (const mode_t mode : {0640, 0620, 0610, 0604, 0602, 0601}) {
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
    EXPECT_NE(Refusal(path).find("others than its owner"), std::string::npos) << mode;
  }
  ASSERT_EQ(chmod(path.c_str(), 0400), 0);
  LinkKey::Read(path);
}

TEST(LinkKey, RefusesOtherTexts) {
  const std::string digits(64, 'a');
  LinkKey::Read(FileOf(digits));
  for (const std::string& text :
       {std::string(), digits.substr(1), digits + "a", digits + "\n\n", digits + "a\n",
        digits.substr(1) + "g", digits.substr(1) + "\n", "g" + digits.substr(1) + "\n"}) {
    EXPECT_NE(Refusal(FileOf(text)).find("64 hexadecimal digits"), std::string::npos) << text;
  }
  EXPECT_NE(Refusal(testing::TempDir() + "/missing.key").find("make-key"), std::string::npos);
  EXPECT_NE(Refusal(testing::TempDir()).find("regular file"), std::string::npos);
}

}  // namespace
}  // namespace slim
