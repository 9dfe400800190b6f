#include "tools/accuracy_table.h"

#include <stdio.h>

#include "tools/net_summary.h"
#include "tools/print_json.h"
#include "tools/text_table.h"

namespace slim {

void PrintAccuracy(const OwnedGraph& graph, const std::vector<WidthAccuracy>& results, bool json) {
  TextTable table;
  table.Add({"width", "parameters", "MACs", "accuracy", "loss", "images"});
  for (const WidthAccuracy& result : results) {
    const std::string& name = graph.width_names()[result.width];
    const NetSummary net = Summarise(graph, result.width);
    const Evaluation& e = result.evaluation;
    if (json) {
      PrintJsonLine({{"width", name},
                     {"parameters", net.parameters},
                     {"macs", net.macs},
                     {"accuracy", e.accuracy()},
                     {"loss", e.loss},
                     {"images", e.images},
                     {"calibrated", result.calibrated}});
      continue;
    }
    char loss[32];
    snprintf(loss, sizeof(loss), "%.4f", e.loss);
    table.Add({name + (result.calibrated ? "" : " (not calibrated)"), WithUnit(net.parameters),
               WithUnit(net.macs), Percent(e.accuracy()), loss, std::to_string(e.images)});
  }
  if (!json) printf("%s", table.ToString(1).c_str());
}

}  // namespace slim
