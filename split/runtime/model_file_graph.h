// Plans and graphs in a model file (model_file.h draws them).
#ifndef SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_GRAPH_H_
#define SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_GRAPH_H_

#include "layers/graph.h"
#include "split/runtime/model_file_reader.h"

namespace slim {

// Fills a plan of so many rows and spaces; its numbers go to full[spaces], active[rows][spaces].
void ReadPlan(ByteReader* body, int32_t rows, int32_t spaces, uint16_t* full, uint16_t* active,
              WidthPlan* plan);

// Fills all of `graph` but its plan, which has so many `spaces`, and nodes[0, count). Names stay in
// the bytes read. The graph is yet to be judged.
void ReadGraph(ByteReader* body, int32_t spaces, Node* nodes, int32_t count, Graph* graph);

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_RUNTIME_MODEL_FILE_GRAPH_H_
