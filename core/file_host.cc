#include "core/file_host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <new>
#include <system_error>

#include "core/error_host.h"

namespace slim {
namespace {

constexpr size_t kMaxTransfer = size_t{1} << 30;  // Linux moves at most 2 GiB in one call

const char* NextStep(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "free space there (or raise the quota or `ulimit -f`), or choose another directory";
    case EACCES:
    case EPERM:
    case EROFS:
      return "check the permissions, or choose another directory";
    case ENOENT:
    case ENOTDIR:
      return "check the spelling, and that the directory exists";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (`ulimit -n`)";
    default:
      return "check the disk, then try again";
  }
}

std::string Explain(const std::string& path, const std::string& operation, int code) {
  return path + ": cannot " + operation + ": " + std::generic_category().message(code) + "; " +
         NextStep(code);
}

// Calls until it is not interrupted by a signal; -1 with errno set, as the call itself.
template <typename Call>
auto Uninterrupted(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

template <typename Container>
Container ReadWhole(const std::string& path, int64_t max_bytes) {
  InputFile file(path);
  if (file.size() > max_bytes) {
    throw BadInput(path + ": has " + std::to_string(file.size()) +
                   " bytes, more than the limit of " + std::to_string(max_bytes) +
                   "; check that it is the file you mean");
  }
  try {
    Container bytes(static_cast<size_t>(file.size()), 0);
    file.Read(bytes.data(), bytes.size());
    return bytes;
  } catch (const std::bad_alloc&) {
    throw Failure(path + ": no memory for its " + std::to_string(file.size()) +
                  " bytes; close other programs or use a smaller file");
  }
}

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// The name that `path` stands for: itself, or what a symbolic link leads to.
std::string Resolve(const std::string& path) {
  struct stat status;
  if (lstat(path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) return path;
  const std::unique_ptr<char, void (*)(void*)> resolved(realpath(path.c_str(), nullptr), free);
  return resolved ? std::string(resolved.get()) : path;
}

// The locked temporary file of steps 1 to 5. Whatever goes wrong, its destructor removes it.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& path) : path_(path), name_(path + ".tmp") {
    while (!OpenAndLock()) {
    }
    if (Uninterrupted([&] { return ftruncate(descriptor_, 0); }) != 0) {
      const int code = errno;
      Discard();
      Fail("empty its temporary file", code);
    }
  }
  ~TemporaryFile() { Discard(); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void Write(const FilePiece& piece) {
    const char* data = static_cast<const char*>(piece.data);
    size_t left = piece.size;
    while (left > 0) {
      const ssize_t count =
          Uninterrupted([&] { return write(descriptor_, data, std::min(left, kMaxTransfer)); });
      if (count <= 0) Fail("write byte " + std::to_string(written_), count < 0 ? errno : EIO);
      data += count;
      left -= static_cast<size_t>(count);
      written_ += count;
    }
  }

  void Flush() {
    if (Uninterrupted([&] { return fsync(descriptor_); }) != 0) Fail("flush to disk", errno);
  }

  void KeepPreviousAs(const std::string& previous) {
    if (unlink(previous.c_str()) != 0 && errno != ENOENT) Fail("remove " + previous, errno);
    if (link(path_.c_str(), previous.c_str()) == 0 || errno == ENOENT) return;
    const bool no_links =
        errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS || errno == EMLINK;
    if (!no_links) Fail("keep it as " + previous, errno);
    if (rename(path_.c_str(), previous.c_str()) != 0) Fail("keep it as " + previous, errno);
    moved_to_ = previous;
  }

  // The lock is held until after the rename: nobody else can empty the file while it takes its
  // place.
  void TakeItsPlace() {
    if (rename(name_.c_str(), path_.c_str()) == 0) {
      in_place_ = true;
      return;
    }
    const int code = errno;
    if (!moved_to_.empty()) (void)rename(moved_to_.c_str(), path_.c_str());
    Fail("rename " + name_ + " to it", code);
  }

 private:
  [[noreturn]] void Fail(const std::string& operation, int code) const {
    throw Failure(Explain(path_, operation, code) + " (what was there before is unchanged)");
  }

  // False if the file that was locked had meanwhile been renamed or removed by another writer.
  bool OpenAndLock() {
    descriptor_ = Uninterrupted(
        [&] { return open(name_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666); });
    if (descriptor_ < 0) Fail("create " + name_, errno);
    // A file system without locks still gets atomic replacement.
    if (Uninterrupted([&] { return flock(descriptor_, LOCK_EX | LOCK_NB); }) != 0 &&
        errno == EWOULDBLOCK) {
      close(descriptor_);
      throw Failure(path_ +
                    ": another program is writing it now; wait for it, or choose another name");
    }
    struct stat locked, named;
    if (fstat(descriptor_, &locked) == 0 && stat(name_.c_str(), &named) == 0 &&
        locked.st_ino == named.st_ino && locked.st_dev == named.st_dev) {
      return true;
    }
    close(descriptor_);
    return false;
  }

  void Discard() {
    if (!in_place_) unlink(name_.c_str());
    close(descriptor_);
  }

  std::string path_, name_, moved_to_;
  int descriptor_ = -1;
  int64_t written_ = 0;
  bool in_place_ = false;
};

void FlushDirectory(const std::string& path) {
  const std::string directory = DirectoryOf(path);
  const int descriptor =
      Uninterrupted([&] { return open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  bool flushed = descriptor >= 0 && Uninterrupted([&] { return fsync(descriptor); }) == 0;
  const int code = errno;
  if (!flushed && descriptor >= 0 && code == EINVAL) flushed = true;  // a file system without it
  if (descriptor >= 0) close(descriptor);
  if (!flushed) {
    throw Failure(Explain(path, "flush its directory to disk", code) +
                  " (the new file is in place, but a power cut could undo it)");
  }
}

}  // namespace

InputFile::InputFile(const std::string& path) : path_(path) {
  // Non-blocking, so that a named pipe is refused below instead of waited for.
  descriptor_ =
      Uninterrupted([&] { return open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); });
  if (descriptor_ < 0) {
    const int code = errno;
    const std::string text = Explain(path, "open for reading", code);
    // What the file is not to blame for says nothing about it.
    const bool elsewhere = code == EIO || code == EMFILE || code == ENFILE || code == ENOMEM;
    if (elsewhere || code == EACCES) throw Failure(text);
    throw BadInput(text);
  }
  struct stat status;
  if (fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(descriptor_);
    throw BadInput(path + ": is not a regular file; name a file");
  }
  size_ = status.st_size;
}

InputFile::~InputFile() { close(descriptor_); }

void InputFile::Read(void* out, size_t count) {
  char* target = static_cast<char*>(out);
  while (count > 0) {
    const ssize_t got =
        Uninterrupted([&] { return read(descriptor_, target, std::min(count, kMaxTransfer)); });
    const std::string where = "read byte " + std::to_string(position_);
    if (got < 0) throw Failure(Explain(path_, where, errno));
    if (got == 0) {
      throw BadInput(path_ + ": ends at byte " + std::to_string(position_) + ", " +
                     std::to_string(count) + " bytes too early; is it still being written?");
    }
    target += got;
    count -= static_cast<size_t>(got);
    position_ += got;
  }
}

std::vector<uint8_t> ReadFile(const std::string& path, int64_t max_bytes) {
  return ReadWhole<std::vector<uint8_t>>(path, max_bytes);
}

std::string ReadTextFile(const std::string& path, int64_t max_bytes) {
  return ReadWhole<std::string>(path, max_bytes);
}

void WriteFileAtomically(const std::string& path, const std::vector<FilePiece>& pieces,
                         KeepPrevious keep_previous) {
  const std::string target = Resolve(path);
  struct stat status;
  const bool exists = stat(target.c_str(), &status) == 0;
  if (exists && !S_ISREG(status.st_mode)) {
    throw Failure(path + ": is there already and is not a regular file; choose another name");
  }
  {
    TemporaryFile file(target);
    for (const FilePiece& piece : pieces) file.Write(piece);
    file.Flush();
    if (exists && keep_previous == KeepPrevious::kYes) file.KeepPreviousAs(target + ".prev");
    file.TakeItsPlace();
  }
  FlushDirectory(target);
}

}  // namespace slim
