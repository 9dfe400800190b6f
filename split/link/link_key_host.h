// LinkKey: the secret that a head and its tail share, and the file it lives in.
//
// The file is one line of 64 hexadecimal digits, readable by its owner alone.
#ifndef SLIMSPLIT_SPLIT_LINK_LINK_KEY_HOST_H_
#define SLIMSPLIT_SPLIT_LINK_LINK_KEY_HOST_H_

#include <stdint.h>

#include <string>

namespace slim {

class LinkKey {
 public:
  static constexpr int kBytes = 32;

  // 32 bytes of the system's randomness. Throws Failure when there is none.
  static LinkKey Random();

  // Throws BadInput for a file that is missing, is not as drawn above, or can be read or written by
  // others than its owner.
  static LinkKey Read(const std::string& path);

  // Wipes its memory.
  ~LinkKey();

  // Makes a new file. Throws UsageError where there is one already, Failure when the disk fails;
  // nothing is left behind then.
  void Write(const std::string& path) const;

  const uint8_t* bytes() const { return bytes_; }

 private:
  LinkKey() = default;

  uint8_t bytes_[kBytes] = {};
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_LINK_LINK_KEY_HOST_H_
