// ExitReader: the section of a model file that lets a head answer alone (model_file.h draws it).
#ifndef SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_EXIT_H_
#define SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_EXIT_H_

#include <stdint.h>

#include "core/workspace.h"
#include "split/runtime/model_file.h"
#include "split/runtime/model_file_reader.h"

namespace slim {

class ExitReader {
 public:
  // `ahead` is where the section would be; without it there is no exit. Afterwards it is known how
  // much memory Read wants.
  void LookAhead(ByteReader* ahead, int32_t rows);
  int32_t nodes() const { return nodes_; }

  void TakeMemory(Workspace& workspace);

  // Fills all of `exit` but its weights. The graph is yet to be judged.
  void Read(ByteReader* reader, ModelExit* exit);

 private:
  int32_t rows_ = 0, nodes_ = 0, spaces_ = 0;
  // Memory lent by the caller.
  uint16_t *full_ = nullptr, *active_ = nullptr;
  Node* all_nodes_ = nullptr;
  ExitMode* modes_ = nullptr;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_EXIT_H_
