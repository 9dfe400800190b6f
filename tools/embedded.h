// Text files of the repository that the program carries with it.
#ifndef SLIMSPLIT_TOOLS_EMBEDDED_H_
#define SLIMSPLIT_TOOLS_EMBEDDED_H_

namespace slim {

extern const char kPackages[];       // packages.txt
extern const char kSyntheticDemo[];  // recipes/synthetic-demo.toml

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_EMBEDDED_H_
