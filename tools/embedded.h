// Text files of the repository that the program carries with it.
#ifndef SLIMSPLIT_TOOLS_EMBEDDED_H_
#define SLIMSPLIT_TOOLS_EMBEDDED_H_

namespace slim {

extern const char kPackages[];          // packages.txt
extern const char kSyntheticTeacher[];  // recipes/synthetic-teacher.toml
extern const char kSyntheticSplit[];    // recipes/synthetic-split.toml
extern const char kSyntheticExit[];     // recipes/synthetic-exit.toml

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_EMBEDDED_H_
