// ByteReader: takes integers, floats and texts from bytes of anybody and cannot pass their end.
#ifndef SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_READER_H_
#define SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_READER_H_

#include <stdint.h>
#include <string.h>

#include "core/status.h"
#include "split/codec/little_endian.h"

namespace slim {

// The first rule that is broken sticks; what is taken after it is 0 or "".
class ByteReader {
 public:
  // Reads bytes[begin, end).
  ByteReader(const uint8_t* bytes, int64_t begin, int64_t end)
      : bytes_(bytes), at_(begin), end_(end) {}

  const Status& status() const { return status_; }
  bool ok() const { return status_.ok(); }
  int64_t at() const { return at_; }
  int64_t left() const { return end_ - at_; }

  // Breaks off with a rule that what begins at `where` breaks.
  void Refuse(const char* rule, int64_t where) {
    if (ok()) status_ = Invalid(rule, where);
  }
  void Fail(const Status& status) {
    if (ok()) status_ = status;
  }

  // The next `count` bytes; null when there are not so many.
  const uint8_t* Bytes(int64_t count) {
    if (ok() && (count < 0 || count > left())) {
      Refuse("model file: a section ends within what it should hold", at_);
    }
    if (!ok()) return nullptr;
    at_ += count;
    return bytes_ + at_ - count;
  }
  uint8_t U8() {
    const uint8_t* p = Bytes(1);
    return p == nullptr ? uint8_t{0} : *p;
  }
  uint16_t U16() {
    const uint8_t* p = Bytes(2);
    return p == nullptr ? uint16_t{0} : LoadLe16(p);
  }
  uint32_t U32() {
    const uint8_t* p = Bytes(4);
    return p == nullptr ? 0 : LoadLe32(p);
  }
  uint64_t U64() {
    const uint8_t* p = Bytes(8);
    return p == nullptr ? 0 : LoadLe64(p);
  }
  // A finite number.
  float Float() {
    const int64_t where = at_;
    const uint32_t bits = U32();
    float value;
    memcpy(&value, &bits, sizeof(value));
    if (__builtin_isfinite(value)) return value;
    Refuse("model file: a number is not finite", where);
    return 0;
  }
  // A text in place, without control characters.
  const char* Text() {
    const int64_t where = at_;
    const int64_t length = U8();
    const uint8_t* text = Bytes(length + 1);
    if (text == nullptr) return "";
    for (int64_t i = 0; i < length; ++i) {
      if (text[i] < 0x20 || text[i] == 0x7f) {
        Refuse("model file: a text holds a control character", where);
      }
    }
    if (text[length] != 0) Refuse("model file: a text does not end in 0", where);
    return ok() ? reinterpret_cast<const char*>(text) : "";
  }

  // The tag of the section that comes next; 0 when none does.
  uint32_t NextTag() const { return ok() && left() >= 4 ? LoadLe32(bytes_ + at_) : 0; }
  // A reader of the body of the section `tag`, which must come next; Close ends it.
  ByteReader Open(uint32_t tag) {
    const int64_t where = at_;
    if (U32() != tag) Fail(Unsupported("model file: another section than version 1 has", where));
    const int64_t size = U32();
    const int64_t begin = at_;
    Bytes(size);
    ByteReader body(bytes_, begin, ok() ? at_ : begin);
    body.status_ = status_;
    return body;
  }
  void Close(const ByteReader& body) {
    Fail(body.status());
    if (body.left() != 0) Refuse("model file: a section goes on after its end", body.at());
  }

 private:
  const uint8_t* bytes_;
  int64_t at_, end_;
  Status status_;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_READER_H_
