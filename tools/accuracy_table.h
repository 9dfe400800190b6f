// Accuracy per width beside what the width costs, as commands print it.
#ifndef SLIMSPLIT_TOOLS_ACCURACY_TABLE_H_
#define SLIMSPLIT_TOOLS_ACCURACY_TABLE_H_

#include <vector>

#include "layers/graph_builder_host.h"
#include "tools/evaluate.h"

namespace slim {

// To standard output: a table, or one JSON line per width.
void PrintAccuracy(const OwnedGraph& graph, const std::vector<WidthAccuracy>& results, bool json);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_ACCURACY_TABLE_H_
