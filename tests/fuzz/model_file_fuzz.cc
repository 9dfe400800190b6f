// Fuzzes the parser of model files: any bytes, with length and CRC put right so that the other
// rules are reached, end in a Status, or in a half that runs within the memory that it asks for and
// is written again to the same bytes.
//
// Built and run as wire_frame_fuzz.cc says; tests/golden/model makes a good first corpus.
#include <stddef.h>

#include "tests/split/runtime/model_file_support.h"

namespace slim {
namespace {

void ParseAndRun(const Bytes& bytes) {
  const ParsedFile parsed(bytes);
  if (!parsed.status.ok()) return;
  if (ModelFileBytes(parsed.file) != bytes) __builtin_trap();
  const std::vector<float> zeros(1 << 14);
  for (Width row = 0; row < parsed.file.graph.plan.rows && row < 4; ++row) {
    if (parsed.file.graph.InputShape(row, 1).Count() > static_cast<int64_t>(zeros.size())) continue;
    RunFile(parsed.file, row, zeros, 1 << 20);
    const ModelExit& exit = parsed.file.exit;
    if (!exit.present() || exit.graph.InputShape(row, 1).Count() > 1 << 14) continue;
    RunGraph(exit.graph, exit.weights, row, zeros, 1 << 20);
  }
}

}  // namespace
}  // namespace slim

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  slim::Bytes bytes(data, data + size);
  slim::ParseAndRun(bytes);
  slim::SealModelFile(&bytes);
  slim::ParseAndRun(bytes);
  return 0;
}
