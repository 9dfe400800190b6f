#include <stdio.h>
#include <string.h>

#include <algorithm>
#include <utility>

#include "core/crc32.h"
#include "core/error_host.h"
#include "core/workspace.h"
#include "layers/graph_infer_host.h"
#include "split/codec/little_endian.h"
#include "split/runtime/model_file_host.h"
#include "split/runtime/model_file_index.h"

namespace slim {
namespace {

using namespace model_file;  // NOLINT(google-build-using-namespace)

// Appends what ByteReader takes.
class ByteWriter {
 public:
  std::vector<uint8_t>& bytes() { return bytes_; }
  int64_t size() const { return static_cast<int64_t>(bytes_.size()); }

  void Number(uint64_t value, int count) {
    for (int i = 0; i < count; ++i) bytes_.push_back(static_cast<uint8_t>(value >> (8 * i)));
  }
  void Float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    Number(bits, 4);
  }
  void Text(const char* text) {
    const size_t length = strlen(text);
    if (length > 255) {
      throw UsageError("\"" + std::string(text) +
                       "\" is too long for a model file; a text has at most 255 bytes");
    }
    Number(length, 1);
    bytes_.insert(bytes_.end(), text, text + length + 1);
  }
  void Bytes(const void* data, int64_t count) {
    const uint8_t* p = static_cast<const uint8_t*>(data);
    bytes_.insert(bytes_.end(), p, p + count);
  }
  void Open(uint32_t tag) {
    Number(tag, 4);
    Number(0, 4);
    open_ = bytes_.size();
  }
  void Close() { StoreLe32(&bytes_[open_ - 4], static_cast<uint32_t>(bytes_.size() - open_)); }

 private:
  std::vector<uint8_t> bytes_;
  size_t open_ = 0;
};

class FieldWriter final : public FieldVisitor {
 public:
  int count() const { return count_; }
  ByteWriter& fields() { return fields_; }

 protected:
  void Int(const char* name, int64_t& value) override {
    Begin(name, FieldType::kInteger);
    fields_.Number(static_cast<uint64_t>(value), 8);
  }
  void Float(const char* name, float& value) override {
    Begin(name, FieldType::kFloat);
    fields_.Float(value);
  }
  void Space(const char* name, Channels& channels) override {
    Begin(name, FieldType::kSpace);
    fields_.Number(channels.space, 2);
  }

 private:
  void Begin(const char* name, FieldType type) {
    ++count_;
    fields_.Text(name);
    fields_.Number(static_cast<uint8_t>(type), 1);
  }

  ByteWriter fields_;
  int count_ = 0;
};

struct Stored {
  int32_t node;
  int slot;
  int32_t row;  // -1: of all rows
  int64_t count;
  const float* values;
};

// Adds every parameter of a graph whose nodes count from `first_node` on.
void ListStored(const Graph& graph, const WeightSource& weights, int32_t first_node,
                std::vector<Stored>* all) {
  for (Width row = 0; row < graph.plan.rows; ++row) {
    const InferredGraph inferred = InferGraph(graph, row);
    for (int32_t node = 0; node < graph.num_nodes; ++node) {
      const Inference& i = inferred.nodes[node];
      for (int slot = 0; slot < i.num_params; ++slot) {
        const bool shared = i.params[slot].sharing == Sharing::kPrefix;
        if (shared && row > 0) continue;
        all->push_back({first_node + node, slot, shared ? -1 : row, i.params[slot].full.Count(),
                        weights.find(weights.context, node, slot, row)});
      }
    }
  }
}

// Every parameter of the file, ascending.
std::vector<Stored> ListStored(const ModelFile& file) {
  std::vector<Stored> all;
  ListStored(file.graph, file.weights, 0, &all);
  if (file.exit.present()) {
    ListStored(file.exit.graph, file.exit.weights, file.graph.num_nodes, &all);
  }
  std::sort(all.begin(), all.end(), [](const Stored& a, const Stored& b) {
    return ParameterIndex::KeyOf(a.node, a.slot, a.row) <
           ParameterIndex::KeyOf(b.node, b.slot, b.row);
  });
  return all;
}

void WriteModes(const ModelFile& file, ByteWriter* out) {
  out->Open(Tag("mode"));
  for (Width row = 0; row < file.graph.plan.rows; ++row) {
    const ModelMode& mode = file.modes[row];
    const FeatureFormat& features = file.features[row];
    out->Text(mode.name);
    out->Number(static_cast<uint32_t>(mode.accuracy), 4);
    out->Number(mode.payload_bytes, 4);
    out->Number(mode.head_macs, 8);
    out->Number(static_cast<uint8_t>(features.coding), 1);
    out->Number(static_cast<uint8_t>(features.quantizer.bits), 1);
    out->Float(features.quantizer.scale);
    out->Float(features.quantizer.zero);
    out->Number(static_cast<uint32_t>(features.table_bytes), 4);
    out->Bytes(features.tables, features.table_bytes);
  }
  out->Close();
}

void WritePlan(const WidthPlan& plan, ByteWriter* out) {
  for (int32_t i = 0; i < plan.spaces; ++i) out->Number(plan.full[i], 2);
  for (int64_t i = 0; i < int64_t{plan.rows} * plan.spaces; ++i) out->Number(plan.active[i], 2);
}

void WriteGraph(const Graph& graph, ByteWriter* out) {
  out->Number(static_cast<uint64_t>(graph.height), 4);
  out->Number(static_cast<uint64_t>(graph.width), 4);
  out->Number(graph.channels.space, 2);
  for (int32_t k = 0; k < graph.num_nodes; ++k) {
    Node node = graph.nodes[k];
    out->Text(node.name);
    out->Text(TypeOf(node.kind).name);
    out->Number(node.num_inputs, 1);
    for (int j = 0; j < node.num_inputs; ++j) out->Number(node.inputs[j], 2);
    FieldWriter writer;
    TypeOf(node.kind).fields(node.layer, writer);
    out->Number(static_cast<uint64_t>(writer.count()), 1);
    out->Bytes(writer.fields().bytes().data(), writer.fields().size());
  }
}

void WriteExit(const ModelExit& exit, ByteWriter* out) {
  if (!exit.present()) return;
  out->Open(Tag("exit"));
  out->Number(static_cast<uint64_t>(exit.graph.num_nodes), 2);
  out->Number(static_cast<uint64_t>(exit.graph.plan.spaces), 2);
  WritePlan(exit.graph.plan, out);
  for (Width row = 0; row < exit.graph.plan.rows; ++row) {
    out->Number(static_cast<uint32_t>(exit.modes[row].accuracy), 4);
    out->Number(exit.modes[row].macs, 8);
  }
  WriteGraph(exit.graph, out);
  out->Close();
}

void WriteParameters(const std::vector<Stored>& parameters, ByteWriter* out) {
  int64_t end = out->size() + 8 + static_cast<int64_t>(parameters.size()) * kRecordBytes;
  out->Open(Tag("parm"));
  for (const Stored& p : parameters) {
    out->Number(static_cast<uint64_t>(p.node), 2);
    out->Number(static_cast<uint64_t>(p.slot), 2);
    out->Number(static_cast<uint32_t>(p.row), 4);
    out->Number(static_cast<uint64_t>(AlignUp(end)), 8);
    out->Number(static_cast<uint64_t>(p.count), 8);
    end = AlignUp(end) + 4 * p.count;
  }
  out->Close();
  for (const Stored& p : parameters) {
    out->bytes().resize(static_cast<size_t>(AlignUp(out->size())));
    out->Bytes(p.values, 4 * p.count);
  }
}

// Refuses bytes that could not be read again.
void RequireReadable(const std::vector<uint8_t>& bytes) {
  const int64_t size = static_cast<int64_t>(bytes.size());
  const AlignedMemory copy = AllocateAligned(size);
  memcpy(copy.get(), bytes.data(), bytes.size());
  AlignedMemory memory;
  ModelFile parsed;
  const Status status =
      ParseModelFile(static_cast<const uint8_t*>(copy.get()), size, &memory, &parsed);
  if (!status.ok()) {
    throw UsageError(std::string("the network cannot be written: ") + status.text + " (byte " +
                     std::to_string(status.where) + ")");
  }
}

}  // namespace

std::vector<uint8_t> ModelFileBytes(const ModelFile& file) {
  const WidthPlan& plan = file.graph.plan;
  const std::vector<Stored> parameters = ListStored(file);
  ByteWriter out;
  out.Number(kMagic, 4);
  out.Number(kVersion, 2);
  out.Number(static_cast<uint8_t>(file.part), 1);
  out.Number(file.mean != nullptr, 1);
  out.Number(0, 8);  // bytes, when they are known
  out.Number(file.digest, 8);
  out.Number(0, 4);  // CRC, likewise
  out.Number(static_cast<uint64_t>(plan.rows), 2);
  out.Number(static_cast<uint64_t>(plan.spaces), 2);
  out.Number(static_cast<uint64_t>(file.graph.num_nodes), 2);
  out.Number(static_cast<uint64_t>(file.num_classes), 2);
  out.Number(parameters.size(), 4);

  out.Open(Tag("imag"));
  out.Number(static_cast<uint64_t>(file.image_height), 4);
  out.Number(static_cast<uint64_t>(file.image_width), 4);
  out.Number(static_cast<uint64_t>(file.image_channels), 2);
  for (const float* numbers : {file.mean, file.std}) {
    for (int64_t c = 0; numbers != nullptr && c < file.image_channels; ++c) out.Float(numbers[c]);
  }
  out.Close();
  out.Open(Tag("clas"));
  for (int32_t i = 0; i < file.num_classes; ++i) out.Text(file.class_names[i]);
  out.Close();
  out.Open(Tag("plan"));
  WritePlan(plan, &out);
  out.Close();
  WriteModes(file, &out);
  out.Open(Tag("grph"));
  WriteGraph(file.graph, &out);
  out.Close();
  WriteExit(file.exit, &out);
  WriteParameters(parameters, &out);

  std::vector<uint8_t>& bytes = out.bytes();
  StoreLe64(&bytes[kBytesAt], bytes.size());
  const uint32_t before = Crc32(bytes.data(), kCrcAt);
  StoreLe32(&bytes[kCrcAt], Crc32(&bytes[kRowsAt], out.size() - kRowsAt, before));
  RequireReadable(bytes);
  return std::move(bytes);
}

uint64_t DigestOf(ModelFile head, ModelFile tail) {
  head.digest = tail.digest = 0;
  uint64_t hash = 0xcbf29ce484222325u;
  for (const ModelFile* half : {&head, &tail}) {
    for (const uint8_t byte : ModelFileBytes(*half)) hash = (hash ^ byte) * 0x100000001b3u;
  }
  return hash;
}

std::string DigestText(const ModelFile& half) {
  char text[17];
  snprintf(text, sizeof(text), "%016llx", static_cast<unsigned long long>(half.digest));
  return text;
}

}  // namespace slim
