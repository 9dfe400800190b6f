#include "split/runtime/model_file_exit.h"

#include "split/runtime/model_file_graph.h"
#include "split/runtime/model_file_layout.h"

namespace slim {

void ExitReader::LookAhead(ByteReader* ahead, int32_t rows) {
  if (ahead->NextTag() != model_file::Tag("exit")) return;
  ByteReader body = ahead->Open(model_file::Tag("exit"));
  const int64_t where = body.at();
  rows_ = rows;
  nodes_ = body.U16();
  spaces_ = body.U16();
  // What is counted is there, at its shortest: memory stays in proportion to the file.
  if (nodes_ < 1 || nodes_ > body.left() / 10) {
    body.Refuse("model file: the exit has not as many nodes as counted", where);
  }
  if (spaces_ < 1 || spaces_ > body.left() / (2 * (rows + 1))) {
    body.Refuse("model file: the exit has not as many channel spaces as counted", where + 2);
  }
  ahead->Fail(body.status());
}

void ExitReader::TakeMemory(Workspace& workspace) {
  full_ = workspace.Take<uint16_t>(spaces_);
  active_ = workspace.Take<uint16_t>(int64_t{rows_} * spaces_);
  all_nodes_ = workspace.Take<Node>(nodes_);
  modes_ = workspace.Take<ExitMode>(rows_);
}

void ExitReader::Read(ByteReader* reader, ModelExit* exit) {
  if (nodes_ == 0) return;
  ByteReader body = reader->Open(model_file::Tag("exit"));
  body.Bytes(4);  // the counts are known
  ReadPlan(&body, rows_, spaces_, full_, active_, &exit->graph.plan);
  for (Width row = 0; row < rows_; ++row) {
    const int64_t where = body.at();
    modes_[row].accuracy = static_cast<int32_t>(body.U32());
    modes_[row].macs = body.U64();
    if (modes_[row].accuracy < -1 || modes_[row].accuracy > 10000) {
      body.Refuse("model file: an accuracy is not in 0..10000, or -1", where);
    }
    if (modes_[row].macs > model_file::kMostMacs) {
      body.Refuse("model file: more than 2^50 multiply-accumulates", where);
    }
  }
  ReadGraph(&body, spaces_, all_nodes_, nodes_, &exit->graph);
  reader->Close(body);
  exit->modes = modes_;
}

}  // namespace slim
