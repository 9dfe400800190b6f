// The counters of a server as Prometheus reads them.
#ifndef SLIMSPLIT_TOOLS_METRICS_TEXT_H_
#define SLIMSPLIT_TOOLS_METRICS_TEXT_H_

#include <string>

#include "split/link/server_options_host.h"
#include "split/runtime/model_file.h"

namespace slim {

// Text exposition format 0.0.4, metrics named slimsplit_..., in base units; `tail` has the names of
// the modes.
std::string MetricsText(const ServerCounters& counters, const ModelFile& tail);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_METRICS_TEXT_H_
