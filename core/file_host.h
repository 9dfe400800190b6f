// Whole files in, whole files out: what is read is bounded and exact, what is written is complete
// or absent.
#ifndef SLIMSPLIT_CORE_FILE_HOST_H_
#define SLIMSPLIT_CORE_FILE_HOST_H_

#include <stddef.h>
#include <stdint.h>

#include <string>
#include <vector>

namespace slim {

// A regular file opened for reading, from its first byte to its last.
//
// Throws BadInput when the file is missing, may not be read or is not a regular file, Failure when
// the disk fails.
class InputFile {
 public:
  explicit InputFile(const std::string& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& path() const { return path_; }

  // Bytes in the file when it was opened.
  int64_t size() const { return size_; }

  // Fills out[0, count) with the next `count` bytes. A file that ends earlier is BadInput.
  void Read(void* out, size_t count);

 private:
  std::string path_;
  int descriptor_;
  int64_t size_ = 0;
  int64_t position_ = 0;
};

// The whole file. More than `max_bytes` is BadInput, judged before memory is taken.
std::vector<uint8_t> ReadFile(const std::string& path, int64_t max_bytes);
std::string ReadTextFile(const std::string& path, int64_t max_bytes);

// A run of bytes that belongs to the caller.
struct FilePiece {
  const void* data;
  size_t size;
};

enum class KeepPrevious : bool { kNo, kYes };

// Puts the pieces, one after the other, under `path`, in place of what is there.
//
// With KeepPrevious::kYes the replaced file stays as `path`.prev, in place of an older one. A
// symbolic link is followed; something other than a regular file (a directory, a device) is
// refused. Throws Failure naming file, operation, cause and next step; the old file is then
// untouched and nothing is left behind.
//
// What a crash, a kill or a power cut leaves, after each step:
//
//   1  take `path`.tmp under a lock, empty it       path = old   (a left-over .tmp is used again;
//   2  write all bytes, fsync                       path = old    another writer is refused)
//   3  unlink `path`.prev (if kept)                 path = old
//   4  link `path` to `path`.prev (if kept)         path = old, prev = old
//   5  rename `path`.tmp to `path`                  path = new, prev = old
//   6  fsync the directory                          the same, and it survives a power cut
//
// So `path` is at every instant one complete file. Step 2 ends before step 5 begins: the new name
// never precedes the new bytes on the disk. Only where the file system has no hard links is step 4
// a rename, and then for one instant the complete file is under `path`.prev alone.
void WriteFileAtomically(const std::string& path, const std::vector<FilePiece>& pieces,
                         KeepPrevious keep_previous = KeepPrevious::kNo);

}  // namespace slim

#endif  // SLIMSPLIT_CORE_FILE_HOST_H_
