// FieldVisitor: one list of a struct's fields serves reading, writing, printing, hashing and
// comparing.
//
// A layer lists its fields once:   void Fields(FieldVisitor& v) { v.Field("kernel", kernel); ... }
#ifndef SLIMSPLIT_CORE_FIELDS_H_
#define SLIMSPLIT_CORE_FIELDS_H_

#include <stdint.h>

#include "core/width.h"

namespace slim {

class FieldVisitor {
 public:
  // Integers and enums; `value` may be replaced. A replacement that does not fit the field's type
  // makes ok() false.
  template <class Integer>
  void Field(const char* name, Integer& field) {
    const int64_t before = static_cast<int64_t>(field);
    int64_t value = before;
    Int(name, value);
    field = static_cast<Integer>(value);
    if (static_cast<int64_t>(field) != value) Refuse(name);
  }
  void Field(const char* name, float& field) { Float(name, field); }
  void Field(const char* name, Channels& field) { Space(name, field); }

  bool ok() const { return refused_ == nullptr; }
  // Name of the first field whose new value was refused.
  const char* refused() const { return refused_; }

 protected:
  ~FieldVisitor() = default;
  virtual void Int(const char*, int64_t&) {}
  virtual void Float(const char*, float&) {}
  virtual void Space(const char* name, Channels& channels) {
    int64_t value = channels.space;
    Int(name, value);
    channels.space = static_cast<uint16_t>(value);
    if (channels.space != value) Refuse(name);
  }
  void Refuse(const char* name) {
    if (refused_ == nullptr) refused_ = name;
  }

 private:
  const char* refused_ = nullptr;
};

}  // namespace slim

#endif  // SLIMSPLIT_CORE_FIELDS_H_
