// ModelFile: one half of a split network, head or tail, in one file that runs in place.
//
// Judged completely before it is used; the numbers stay where they lie, so a file is mapped and
// never copied. All integers and floats little-endian; texts are u8 length, bytes, 0.
//
//   byte  0   u8[4]  magic           "slmM"
//         4   u16    version         1
//         6   u8     part            ModelPart
//         7   u8     normalised      1: the image section has mean and std, else 0
//         8   u64    bytes           of the file
//        16   u64    model digest    the same in both halves, in no other model
//        24   u32    CRC-32          of all other bytes (core/crc32.h)
//        28   u16    rows            of the width plan, 1..256; each is a mode
//        30   u16    spaces          of the width plan
//        32   u16    nodes
//        34   u16    classes         0: unnamed
//        36   u32    parameters
//        40          sections, each once and in this order: u32 tag, u32 bytes of the body, body
//
//   "imag"  u32 height, u32 width, u16 channels of the images; f32 mean[channels], std[channels]
//   "clas"  a text per class
//   "plan"  u16 full[spaces], u16 active[rows][spaces]
//   "mode"  per row: text name, i32 accuracy, u32 payload bytes, u64 head MACs, u8 coding, u8 bits,
//           f32 scale, f32 zero, u32 table bytes, prob tables (split/codec/prob_table.h)
//   "grph"  u32 height, u32 width, u16 channel space of the input; per node: text name, text layer,
//           u8 inputs, u16 input[inputs], u8 fields, per field in the layer's order: text name,
//           u8 type (0 integer, 1 float, 2 channel space), i64, f32 or u16
//   "exit"  of a head that can answer alone, else left out: u16 nodes, u16 spaces,
//           u16 full[spaces], u16 active[rows][spaces]; per row: i32 accuracy, u64 MACs; the rest
//           as in "grph", with the latent for image
//   "parm"  per parameter, ascending: u16 node, u8 slot, u8 0, i32 row (-1: of all rows),
//           u64 offset, u64 count; the nodes of "exit" count on from those of "grph"
//   then the f32 numbers of each parameter, the first at the next multiple of 64 and so on; what
//   lies between is 0.
#ifndef SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_H_
#define SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_H_

#include <stdint.h>

#include "core/status.h"
#include "layers/graph.h"
#include "split/codec/codec.h"
#include "split/runtime/engine.h"

namespace slim {

enum class ModelPart : uint8_t {
  kHead = 1,  // image to latent
  kTail = 2,  // decoded latent to answer
};

// What a row of the width plan stands for in a split network.
struct ModelMode {
  const char* name = "";
  int32_t accuracy = -1;  // of both halves with the codec between, in 1/10000; -1: not measured
  uint32_t payload_bytes = 0;  // mean of a frame, rounded up
  uint64_t head_macs = 0;      // multiply-accumulates of the head for an image
};

// What a row gives where the device answers alone.
struct ExitMode {
  int32_t accuracy = -1;  // in 1/10000; -1: not measured
  uint64_t macs = 0;      // of the exit for an image; those of the head come before
};

// The small second graph of a head: from its latent to a score per class, at the same rows.
struct ModelExit {
  Graph graph;  // without nodes: there is no exit
  WeightSource weights;
  const ExitMode* modes = nullptr;  // [graph.plan.rows]

  bool present() const { return graph.num_nodes > 0; }
};

// A half of a network as it is written and read. It owns nothing.
struct ModelFile {
  ModelPart part = ModelPart::kHead;
  uint64_t digest = 0;
  Graph graph;
  WeightSource weights;
  const ModelMode* modes = nullptr;         // [graph.plan.rows]
  const FeatureFormat* features = nullptr;  // [graph.plan.rows], for the codec
  int64_t image_height = 0, image_width = 0, image_channels = 0;
  const float* mean = nullptr;  // [image_channels] in units of pixel / 255; or null, like std
  const float* std = nullptr;
  const char* const* class_names = nullptr;  // [num_classes]
  int32_t num_classes = 0;
  ModelExit exit;  // of a head

  // Reads the half that `bytes` (kAlignment aligned) are, from anybody: what it accepts can be
  // planned, prepared and run. Bytes and `memory` (kAlignment aligned) must stay. kTooSmall says
  // how many bytes of memory are needed, never more than 32 times those of the file and 1 KiB.
  //
  // An error's `where` is the byte offset of what breaks a rule; of a node, its name.
  static Status Parse(const uint8_t* bytes, int64_t size, void* memory, int64_t capacity,
                      ModelFile* file);
};

// Refuses two files that are not the head and the tail of one model.
Status JudgePair(const ModelFile& head, const ModelFile& tail);

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_H_
