// LinkStory: what happens to the link while the demo runs: good, fading, cut, back.
#ifndef SLIMSPLIT_TOOLS_LINK_STORY_H_
#define SLIMSPLIT_TOOLS_LINK_STORY_H_

#include <string>

namespace slim {

constexpr double kStorySeconds = 40;

// A file for slimsplit emulate-link --trace.
std::string LinkStory();

// What goes on at a time, in a word.
const char* ChapterAt(double time_s);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_LINK_STORY_H_
