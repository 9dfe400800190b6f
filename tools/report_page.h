// The page of `slimsplit report`: one HTML file that needs nothing else, for light and dark.
#ifndef SLIMSPLIT_TOOLS_REPORT_PAGE_H_
#define SLIMSPLIT_TOOLS_REPORT_PAGE_H_

#include <string>
#include <vector>

#include "split/link/link_profile_host.h"
#include "tools/report_data.h"

namespace slim {

// What the page shows; frames may be empty, and the link null.
struct ReportContent {
  std::string title;
  std::vector<EvalLine> evaluation;
  std::vector<TraceLine> frames;
  const LinkProfile* link = nullptr;
};

// The page as HTML that is also well-formed XML.
std::string ReportPage(const ReportContent& content);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_REPORT_PAGE_H_
