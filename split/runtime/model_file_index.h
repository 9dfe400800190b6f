// ParameterIndex: where a model file has the numbers of which parameter.
#ifndef SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_INDEX_H_
#define SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_INDEX_H_

#include <stdint.h>

#include "split/codec/little_endian.h"
#include "split/runtime/model_file_layout.h"

namespace slim {

// The records of the parameters in a file, ascending by key, for one of its graphs.
struct ParameterIndex {
  const uint8_t* file;
  const uint8_t* records;
  int64_t count;
  int32_t first_node;  // the number in the file of the graph's node 0

  const uint8_t* Record(int64_t i) const { return records + i * model_file::kRecordBytes; }
  static uint64_t Key(const uint8_t* record) {
    return KeyOf(LoadLe16(record), record[2], static_cast<int32_t>(LoadLe32(record + 4)));
  }
  static uint64_t KeyOf(int32_t node, int slot, int32_t row) {
    return static_cast<uint64_t>(node) << 40 | static_cast<uint64_t>(slot) << 32 |
           (static_cast<uint32_t>(row) + 1u);  // -1 first
  }
  static uint64_t Offset(const uint8_t* record) { return LoadLe64(record + 8); }
  static uint64_t Count(const uint8_t* record) { return LoadLe64(record + 16); }

  // `node` is one of the graph. Null when there is none.
  const uint8_t* Find(int32_t node, int slot, int32_t row) const {
    const uint64_t key = KeyOf(first_node + node, slot, row);
    int64_t low = 0, high = count;
    while (low < high) {
      const int64_t middle = low + (high - low) / 2;
      if (Key(Record(middle)) < key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low < count && Key(Record(low)) == key ? Record(low) : nullptr;
  }
  const float* Floats(const uint8_t* record) const {
    return reinterpret_cast<const float*>(file + Offset(record));
  }
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_INDEX_H_
