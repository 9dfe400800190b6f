#include "split/runtime/model_file.h"

#include <string.h>

#include "core/crc32.h"
#include "core/workspace.h"
#include "split/runtime/model_file_exit.h"
#include "split/runtime/model_file_graph.h"
#include "split/runtime/model_file_index.h"
#include "split/runtime/model_file_judge.h"
#include "split/runtime/model_file_layout.h"
#include "split/runtime/model_file_reader.h"

namespace slim {
namespace {

using namespace model_file;  // NOLINT(google-build-using-namespace)

const float* FindWeights(const void* context, int32_t node, int slot, Width row) {
  const ParameterIndex& index = *static_cast<const ParameterIndex*>(context);
  const uint8_t* record = index.Find(node, slot, -1);
  if (record == nullptr) record = index.Find(node, slot, row);
  return record == nullptr ? nullptr : index.Floats(record);
}

class Parser {
 public:
  Parser(const uint8_t* bytes, int64_t size)
      : bytes_(bytes), size_(size), reader_(bytes, 0, size) {}

  Status Parse(void* memory, int64_t capacity) {
    SLIM_RETURN_IF_ERROR(ReadHeader());
    Workspace counting;
    TakeMemory(counting);
    if (capacity < counting.used()) {
      return TooSmall("model file: the memory is too small", counting.used());
    }
    Workspace workspace(memory);
    TakeMemory(workspace);
    reader_.Bytes(kHeaderBytes);
    ReadImage();
    ReadClasses();
    ReadPlan();
    ReadModes();
    ReadNodes();
    exit_.Read(&reader_, &file_.exit);
    ReadParameters();
    SLIM_RETURN_IF_ERROR(reader_.status());
    return ModelJudge(file_, index_, shapes_, features_).Judge();
  }

  const ModelFile& file() const { return file_; }

 private:
  Status ReadHeader();
  void TakeMemory(Workspace& workspace);
  void ReadImage();
  void ReadClasses();
  void ReadPlan();
  void ReadModes();
  void ReadNodes();
  void ReadParameters();

  const uint8_t* bytes_;
  const int64_t size_;
  ByteReader reader_;
  ExitReader exit_;
  ModelFile file_;
  bool normalised_ = false;
  int32_t rows_ = 0, spaces_ = 0, nodes_ = 0, classes_ = 0;
  int64_t parameters_ = 0, channels_ = 0;
  // Memory lent by the caller.
  uint16_t *full_ = nullptr, *active_ = nullptr;
  Node* all_nodes_ = nullptr;
  Shape* shapes_ = nullptr;  // [nodes + 1] of the larger graph
  ModelMode* modes_ = nullptr;
  FeatureFormat* features_ = nullptr;
  const char** class_names_ = nullptr;
  float *mean_ = nullptr, *std_ = nullptr;
  ParameterIndex* index_ = nullptr;  // of the graph, of the exit
};

Status Parser::ReadHeader() {
  if (reinterpret_cast<uintptr_t>(bytes_) % kAlignment != 0) {
    return Invalid("model file: its bytes do not lie at a multiple of 64");
  }
  if (size_ < kHeaderBytes) return Invalid("model file: ends within its header", size_);
  if (LoadLe32(bytes_) != kMagic) return Invalid("model file: does not begin with slmM", 0);
  if (LoadLe16(bytes_ + kVersionAt) != kVersion) {
    return Unsupported("model file: another version than 1", kVersionAt);
  }
  if (LoadLe64(bytes_ + kBytesAt) != static_cast<uint64_t>(size_)) {
    return Invalid("model file: has not as many bytes as it says", kBytesAt);
  }
  const uint32_t crc = Crc32(bytes_ + kRowsAt, size_ - kRowsAt, Crc32(bytes_, kCrcAt));
  if (LoadLe32(bytes_ + kCrcAt) != crc) {
    return Invalid("model file: damaged, the CRC differs", kCrcAt);
  }
  const uint8_t part = bytes_[kPartAt];
  if (part != static_cast<uint8_t>(ModelPart::kHead) &&
      part != static_cast<uint8_t>(ModelPart::kTail)) {
    return Invalid("model file: neither head nor tail", kPartAt);
  }
  if (bytes_[kNormalisedAt] > 1) {
    return Invalid("model file: normalised is neither 0 nor 1", kNormalisedAt);
  }
  file_.part = static_cast<ModelPart>(part);
  file_.digest = LoadLe64(bytes_ + kDigestAt);
  normalised_ = bytes_[kNormalisedAt] == 1;
  rows_ = LoadLe16(bytes_ + kRowsAt);
  spaces_ = LoadLe16(bytes_ + kSpacesAt);
  nodes_ = LoadLe16(bytes_ + kNodesAt);
  classes_ = LoadLe16(bytes_ + kClassesAt);
  parameters_ = LoadLe32(bytes_ + kParametersAt);
  // What is counted is there, at its shortest: memory stays in proportion to the file.
  if (rows_ < 1 || rows_ > kMostRows || rows_ > size_ / 32) {
    return Invalid("model file: not 1 to 256 rows, or not as many as counted", kRowsAt);
  }
  if (spaces_ < 1 || spaces_ > size_ / (2 * (rows_ + 1))) {
    return Invalid("model file: not as many channel spaces as counted", kSpacesAt);
  }
  if (nodes_ < 1 || nodes_ == UINT16_MAX || nodes_ > size_ / 10) {
    return Invalid("model file: not as many nodes as counted", kNodesAt);
  }
  if (classes_ > size_ / 2)
    return Invalid("model file: not as many classes as counted", kClassesAt);
  if (parameters_ > size_ / kRecordBytes) {
    return Invalid("model file: not as many parameters as counted", kParametersAt);
  }
  // Sections whose counts are needed before any memory.
  ByteReader ahead(bytes_, kHeaderBytes, size_);
  ByteReader image = ahead.Open(Tag("imag"));
  file_.image_height = image.U32();
  file_.image_width = image.U32();
  channels_ = file_.image_channels = image.U16();
  if (normalised_ && image.left() != 8 * channels_) {
    image.Refuse("model file: not a mean and a deviation per channel", image.at());
  }
  SLIM_RETURN_IF_ERROR(image.status());
  const uint32_t between[] = {Tag("clas"), Tag("plan"), Tag("mode"), Tag("grph")};
  for (const uint32_t tag : between) ahead.Open(tag);
  if (file_.part == ModelPart::kHead) exit_.LookAhead(&ahead, rows_);
  if (nodes_ + exit_.nodes() > UINT16_MAX) {
    ahead.Refuse("model file: more nodes than can be numbered", kNodesAt);
  }
  return ahead.status();
}

void Parser::TakeMemory(Workspace& workspace) {
  full_ = workspace.Take<uint16_t>(spaces_);
  active_ = workspace.Take<uint16_t>(int64_t{rows_} * spaces_);
  all_nodes_ = workspace.Take<Node>(nodes_);
  shapes_ = workspace.Take<Shape>((nodes_ > exit_.nodes() ? nodes_ : exit_.nodes()) + 1);
  modes_ = workspace.Take<ModelMode>(rows_);
  features_ = workspace.Take<FeatureFormat>(rows_);
  class_names_ = workspace.Take<const char*>(classes_);
  mean_ = workspace.Take<float>(normalised_ ? channels_ : 0);
  std_ = workspace.Take<float>(normalised_ ? channels_ : 0);
  index_ = workspace.Take<ParameterIndex>(2);
  exit_.TakeMemory(workspace);
}

void Parser::ReadImage() {
  ByteReader body = reader_.Open(Tag("imag"));
  body.Bytes(10);  // the size is known
  if (normalised_) {
    for (int64_t c = 0; c < channels_; ++c) mean_[c] = body.Float();
    for (int64_t c = 0; c < channels_; ++c) {
      std_[c] = body.Float();
      if (!(std_[c] > 0)) body.Refuse("model file: a deviation is not above 0", body.at() - 4);
    }
    file_.mean = mean_;
    file_.std = std_;
  }
  reader_.Close(body);
}

void Parser::ReadClasses() {
  ByteReader body = reader_.Open(Tag("clas"));
  for (int32_t i = 0; i < classes_; ++i) class_names_[i] = body.Text();
  reader_.Close(body);
  file_.class_names = class_names_;
  file_.num_classes = classes_;
}

void Parser::ReadPlan() {
  ByteReader body = reader_.Open(Tag("plan"));
  slim::ReadPlan(&body, rows_, spaces_, full_, active_, &file_.graph.plan);
  reader_.Close(body);
}

void Parser::ReadModes() {
  ByteReader body = reader_.Open(Tag("mode"));
  for (Width row = 0; row < rows_; ++row) {
    const int64_t where = body.at();
    ModelMode mode;
    mode.name = body.Text();
    mode.accuracy = static_cast<int32_t>(body.U32());
    mode.payload_bytes = body.U32();
    mode.head_macs = body.U64();
    FeatureFormat features;
    features.coding = static_cast<Coding>(body.U8());
    features.quantizer.bits = body.U8();
    features.quantizer.scale = body.Float();
    features.quantizer.zero = body.Float();
    features.table_bytes = body.U32();
    features.tables = body.Bytes(features.table_bytes);
    bool named = mode.name[0] != 0;
    for (Width other = 0; other < row; ++other) named &= strcmp(mode.name, modes_[other].name) != 0;
    if (!named) body.Refuse("model file: a mode has no name of its own", where);
    if (mode.accuracy < -1 || mode.accuracy > 10000) {
      body.Refuse("model file: an accuracy is not in 0..10000, or -1", where);
    }
    if (mode.head_macs > model_file::kMostMacs) {
      body.Refuse("model file: more than 2^50 multiply-accumulates", where);
    }
    modes_[row] = mode;
    features_[row] = features;
  }
  reader_.Close(body);
  file_.modes = modes_;
  file_.features = features_;
}

void Parser::ReadNodes() {
  ByteReader body = reader_.Open(Tag("grph"));
  ReadGraph(&body, spaces_, all_nodes_, nodes_, &file_.graph);
  reader_.Close(body);
}

void Parser::ReadParameters() {
  ByteReader body = reader_.Open(Tag("parm"));
  const int64_t records_at = body.at();
  const uint8_t* records = body.Bytes(parameters_ * kRecordBytes);
  reader_.Close(body);
  index_[0] = {bytes_, records, parameters_, 0};
  index_[1] = {bytes_, records, parameters_, nodes_};
  file_.weights = {FindWeights, &index_[0]};
  if (exit_.nodes() > 0) file_.exit.weights = {FindWeights, &index_[1]};
  int64_t end = reader_.at();
  for (int64_t i = 0; i < parameters_ && reader_.ok(); ++i) {
    const uint8_t* record = index_->Record(i);
    const int64_t where = records_at + i * kRecordBytes;
    const bool ascends =
        i == 0 || ParameterIndex::Key(index_->Record(i - 1)) < ParameterIndex::Key(record);
    if (!ascends || record[3] != 0) {
      reader_.Refuse("model file: the records of parameters do not ascend", where);
    }
    const int64_t begin = AlignUp(end);
    if (ParameterIndex::Offset(record) != static_cast<uint64_t>(begin)) {
      reader_.Refuse("model file: a parameter is not where the one before it ends", where);
    }
    if (begin > size_ ||
        ParameterIndex::Count(record) > static_cast<uint64_t>(size_ - begin) / sizeof(float)) {
      reader_.Refuse("model file: a parameter goes on after the end of the file", where);
    }
    if (!reader_.ok()) return;  // the count may be anything
    for (; end < begin && reader_.ok(); ++end) {
      if (bytes_[end] != 0) reader_.Refuse("model file: bytes between parameters are not 0", end);
    }
    end = begin + static_cast<int64_t>(ParameterIndex::Count(record) * sizeof(float));
  }
  if (end != size_) reader_.Refuse("model file: bytes follow the last parameter", end);
}

}  // namespace

Status ModelFile::Parse(const uint8_t* bytes, int64_t size, void* memory, int64_t capacity,
                        ModelFile* file) {
  Parser parser(bytes, size);
  SLIM_RETURN_IF_ERROR(parser.Parse(memory, capacity));
  *file = parser.file();
  return OkStatus();
}

Status JudgePair(const ModelFile& head, const ModelFile& tail) {
  if (head.part != ModelPart::kHead) return Invalid("model file: the first is no head", kPartAt);
  if (tail.part != ModelPart::kTail) return Invalid("model file: the second is no tail", kPartAt);
  if (head.digest != tail.digest) {
    return Invalid("model file: head and tail are of different models", kDigestAt);
  }
  return OkStatus();
}

}  // namespace slim
