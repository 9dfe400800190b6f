#include "split/link/link_key_host.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error_host.h"

namespace slim {
namespace {

constexpr int kDigits = 2 * LinkKey::kBytes;

// A descriptor that closes itself.
struct Descriptor {
  ~Descriptor() {
    if (number >= 0) close(number);
  }
  int number;
};

int ValueOf(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

LinkKey::~LinkKey() { OPENSSL_cleanse(bytes_, kBytes); }

LinkKey LinkKey::Random() {
  LinkKey key;
  if (RAND_bytes(key.bytes_, kBytes) != 1) {
    throw Failure("the system gives no random bytes for a key; try again later");
  }
  return key;
}

LinkKey LinkKey::Read(const std::string& path) {
  const Descriptor file = {open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.number < 0) {
    throw BadInput(path + ": " + strerror(errno) + "; make a key with slimsplit make-key");
  }
  struct stat info = {};
  if (fstat(file.number, &info) != 0 || !S_ISREG(info.st_mode)) {
    throw BadInput(path + ": is not a regular file; make a key with slimsplit make-key");
  }
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    throw BadInput(path +
                   ": others than its owner may use this key; chmod 600 it, or better make "
                   "another with slimsplit make-key");
  }
  char text[kDigits + 2];
  const ssize_t size = read(file.number, text, sizeof(text));
  LinkKey key;
  bool good = size == kDigits || (size == kDigits + 1 && text[kDigits] == '\n');
  for (int i = 0; good && i < kBytes; ++i) {
    const int high = ValueOf(text[2 * i]), low = ValueOf(text[2 * i + 1]);
    good = high >= 0 && low >= 0;
    key.bytes_[i] = static_cast<uint8_t>(16 * high + low);
  }
  OPENSSL_cleanse(text, sizeof(text));
  if (!good) {
    throw BadInput(path +
                   ": a key is 64 hexadecimal digits and the end of a line; make one with "
                   "slimsplit make-key");
  }
  return key;
}

void LinkKey::Write(const std::string& path) const {
  static constexpr char kHex[] = "0123456789abcdef";
  char text[kDigits + 1];
  for (int i = 0; i < kBytes; ++i) {
    text[2 * i] = kHex[bytes_[i] >> 4];
    text[2 * i + 1] = kHex[bytes_[i] & 15];
  }
  text[kDigits] = '\n';
  const Descriptor file = {open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (file.number < 0) {
    if (errno == EEXIST) {
      throw UsageError(path +
                       ": is there already, and a key in use must not get lost; give "
                       "another name or remove it first");
    }
    throw Failure(path + ": cannot be made: " + strerror(errno) + "; check the folder");
  }
  const bool written =
      write(file.number, text, sizeof(text)) == ssize_t{sizeof(text)} && fsync(file.number) == 0;
  const int cause = errno;
  OPENSSL_cleanse(text, sizeof(text));
  if (!written) {
    unlink(path.c_str());
    throw Failure(path + ": cannot be written: " + strerror(cause) + "; free some space");
  }
}

}  // namespace slim
