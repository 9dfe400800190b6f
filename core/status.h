// Status: how bare code reports what it found wrong with bytes or shapes that came from outside.
//
// A Status is returned by everything that judges (Parse, Infer, Prepare). What was judged once can
// run without further checks. It owns no memory: `text` is a string literal, `where` a number whose
// meaning `text` states (byte offset, node index, field), so it can be passed around on a device
// without a heap.
#ifndef SLIMSPLIT_CORE_STATUS_H_
#define SLIMSPLIT_CORE_STATUS_H_

#include <stdint.h>

namespace slim {

enum class StatusCode : uint8_t {
  kOk = 0,
  kInvalid,      // the input breaks a rule
  kTooSmall,     // the memory lent by the caller does not suffice; `where` is the number of bytes
                 // needed
  kUnsupported,  // valid, but not something this build can do
};

struct [[nodiscard]] Status {
  StatusCode code = StatusCode::kOk;
  const char* text = "";
  int64_t where = -1;

  constexpr bool ok() const { return code == StatusCode::kOk; }
};

constexpr Status OkStatus() { return {}; }
constexpr Status Invalid(const char* text, int64_t where = -1) {
  return {StatusCode::kInvalid, text, where};
}
constexpr Status TooSmall(const char* text, int64_t bytes_needed) {
  return {StatusCode::kTooSmall, text, bytes_needed};
}
constexpr Status Unsupported(const char* text, int64_t where = -1) {
  return {StatusCode::kUnsupported, text, where};
}

// Returns early with the first Status that is not ok.
#define SLIM_RETURN_IF_ERROR(expression)             \
  do {                                               \
    const ::slim::Status slim_status = (expression); \
    if (!slim_status.ok()) return slim_status;       \
  } while (false)

// A programmer's mistake (wrong pointer, wrong order), never bytes from outside. Checked in debug
// builds only.
#ifdef NDEBUG
#define SLIM_ASSERT(condition) ((void)0)
#else
#define SLIM_ASSERT(condition) ((condition) ? (void)0 : __builtin_trap())
#endif

}  // namespace slim

#endif  // SLIMSPLIT_CORE_STATUS_H_
