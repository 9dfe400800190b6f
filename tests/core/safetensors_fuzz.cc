// Fuzzes the safetensors reader: any bytes end in an Error or in a file that survives being written
// and read again.
//
//   bazel build --config=clang --config=asan --copt=-fsanitize=fuzzer-no-link
//   //tests/core:safetensors_fuzz bazel-bin/tests/core/safetensors_fuzz -max_len=4096
//   -max_total_time=180 <a directory for the corpus>
#include <stdint.h>

#include <optional>
#include <vector>

#include "core/error_host.h"
#include "core/safetensors_host.h"
#include "tests/core/safetensors_support.h"

namespace slim {
namespace {

void Require(bool condition) {
  if (!condition) __builtin_trap();
}

bool IsFloat(SafeDType dtype) {
  return dtype == SafeDType::kF16 || dtype == SafeDType::kBF16 || dtype == SafeDType::kF32 ||
         dtype == SafeDType::kF64;
}

// An Error that escapes from here is a finding: what was accepted once must stay readable.
void WriteAndReadAgain(const SafeTensorsFile& first) {
  for (const SafeTensor& tensor : first.tensors()) {
    if (!IsFloat(tensor.dtype)) continue;
    Require(static_cast<int64_t>(first.ReadFloats(tensor).size()) == tensor.count());
  }
  const std::vector<uint8_t> once = WriterOf(first).Bytes();
  const SafeTensorsFile second = SafeTensorsFile::Parse("fuzz again", once.data(), once.size());
  Require(second.has_checksum() && second.metadata() == first.metadata());
  Require(second.tensors().size() == first.tensors().size());
  Require(WriterOf(second).Bytes() == once);
}

// The answer to bytes that break a rule is an Error, and nothing else.
std::optional<SafeTensorsFile> Parse(const uint8_t* bytes, size_t size) {
  try {
    return SafeTensorsFile::Parse("fuzz", bytes, size);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace
}  // namespace slim

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto file = slim::Parse(data, size);
  if (file) slim::WriteAndReadAgain(*file);
  return 0;
}
