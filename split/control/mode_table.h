// ModeTable: what the controller may choose from, and what each choice costs and gives.
#ifndef SLIMSPLIT_SPLIT_CONTROL_MODE_TABLE_H_
#define SLIMSPLIT_SPLIT_CONTROL_MODE_TABLE_H_

#include <stdint.h>

#include "core/status.h"

namespace slim {

inline constexpr int kMaxModes = 64;
inline constexpr int kMaxComputeRows = 32;

// One pair of compute row and rate row.
struct ModeEntry {
  const char* name = nullptr;  // for people; may be nullptr
  uint8_t compute_row = 0;     // of the head
  uint8_t rate_row = 0;        // of the bottleneck
  float accuracy = 0;          // part of the frames answered correctly, as evaluated, in [0, 1]
  int64_t payload_bytes = 0;   // of an average frame on the wire, header included
  int64_t head_macs = 0;       // the same for all modes of one compute row
};

// The answer that the device gives alone, by a small exit on its head.
struct LocalExit {
  bool present = false;
  float accuracy = 0;  // in [0, 1]
  int64_t macs = 0;    // from the image to the answer
};

// The caller's memory; it must outlive whoever uses the table.
struct ModeTable {
  const ModeEntry* modes = nullptr;
  int count = 0;
  LocalExit local;

  // Says what breaks the rules above; `where` is the mode, or -1 for the local exit.
  Status Judge() const;

  // One more than the highest compute row.
  int ComputeRows() const;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_CONTROL_MODE_TABLE_H_
