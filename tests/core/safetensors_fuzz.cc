// Fuzzes the safetensors reader: any bytes end in an Error or in a file that survives being written
// and read again.
//
//   bazel build --config=clang --config=asan --copt=-fsanitize=fuzzer-no-link
//   //tests/core:safetensors_fuzz bazel-bin/tests/core/safetensors_fuzz -max_len=4096
//   -max_total_time=180 <a directory for the corpus>
#include <stdint.h>

#include <vector>

#include "core/error_host.h"
#include "core/safetensors_host.h"
#include "tests/core/safetensors_support.h"

namespace slim {
namespace {

void Require(bool condition) {
  if (!condition) __builtin_trap();
}

void FuzzOne(const uint8_t* bytes, size_t size) {
  try {
    const SafeTensorsFile first = SafeTensorsFile::Parse("fuzz", bytes, size);
    for (const SafeTensor& tensor : first.tensors()) {
      if (BytesPerElement(tensor.dtype) == 1 || Name(tensor.dtype)[0] == 'I' ||
          Name(tensor.dtype)[0] == 'U')
        continue;
      Require(static_cast<int64_t>(first.ReadFloats(tensor).size()) == tensor.count());
    }
    const std::vector<uint8_t> once = WriterOf(first).Bytes();
    const SafeTensorsFile second = SafeTensorsFile::Parse("fuzz again", once.data(), once.size());
    Require(second.has_checksum() && second.metadata() == first.metadata());
    Require(WriterOf(second).Bytes() == once);
  } catch (const Error&) {
    // The answer to bytes that break a rule. A UsageError of the writer would be a near miss of a
    // limit.
  }
}

}  // namespace
}  // namespace slim

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  slim::FuzzOne(data, size);
  return 0;
}
