#include "split/runtime/model_file_graph.h"

#include <string.h>

#include "split/runtime/model_file_layout.h"

namespace slim {
namespace {

using model_file::FieldType;

// Gives a layer the fields of a file.
class FieldReader final : public FieldVisitor {
 public:
  FieldReader(ByteReader* reader, int32_t spaces) : reader_(*reader), spaces_(spaces) {}
  int count() const { return count_; }

 protected:
  void Int(const char* name, int64_t& value) override {
    if (Next(name, FieldType::kInteger)) value = static_cast<int64_t>(reader_.U64());
  }
  void Float(const char* name, float& value) override {
    if (Next(name, FieldType::kFloat)) value = reader_.Float();
  }
  void Space(const char* name, Channels& channels) override {
    if (!Next(name, FieldType::kSpace)) return;
    const int64_t where = reader_.at();
    channels.space = reader_.U16();
    if (channels.space >= spaces_) {
      reader_.Refuse("model file: a field names a channel space that does not exist", where);
    }
  }

 private:
  bool Next(const char* name, FieldType type) {
    ++count_;
    const int64_t where = reader_.at();
    const bool same = strcmp(reader_.Text(), name) == 0;
    if (reader_.U8() != static_cast<uint8_t>(type) || !same) {
      reader_.Refuse("model file: other fields than this layer has", where);
    }
    return reader_.ok();
  }

  ByteReader& reader_;
  int32_t spaces_;
  int count_ = 0;
};

void ReadNode(ByteReader* body, int32_t spaces, Node* node) {
  const int64_t where = body->at();
  *node = Node();
  node->name = body->Text();
  if (node->name[0] == 0) body->Refuse("model file: a node has no name", where);
  const int64_t layer_at = body->at();
  if (!FindLayerKind(body->Text(), &node->kind)) {
    body->Fail(Unsupported("model file: a layer that this build does not know", layer_at));
    return;
  }
  node->num_inputs = body->U8();
  if (node->num_inputs > kMaxInputs) body->Refuse("model file: more than 8 inputs", where);
  for (int j = 0; j < node->num_inputs && body->ok(); ++j) node->inputs[j] = body->U16();
  const int fields = body->U8();
  const LayerType& type = TypeOf(node->kind);
  type.construct(node->layer);
  FieldReader reader(body, spaces);
  type.fields(node->layer, reader);
  if (reader.count() != fields) body->Refuse("model file: other fields than the layer has", where);
  if (!reader.ok()) body->Refuse("model file: a field is out of range", where);
}

}  // namespace

void ReadPlan(ByteReader* body, int32_t rows, int32_t spaces, uint16_t* full, uint16_t* active,
              WidthPlan* plan) {
  for (int32_t i = 0; i < spaces; ++i) full[i] = body->U16();
  for (int64_t i = 0; i < int64_t{rows} * spaces; ++i) active[i] = body->U16();
  plan->rows = rows;
  plan->spaces = spaces;
  plan->full = full;
  plan->active = active;
}

void ReadGraph(ByteReader* body, int32_t spaces, Node* nodes, int32_t count, Graph* graph) {
  graph->height = body->U32();
  graph->width = body->U32();
  graph->channels.space = body->U16();
  for (int32_t k = 0; k < count && body->ok(); ++k) ReadNode(body, spaces, &nodes[k]);
  graph->nodes = nodes;
  graph->num_nodes = count;
}

}  // namespace slim
