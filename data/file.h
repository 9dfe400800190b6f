// Reading files of a data set, with errors that name the file and the next step.
#ifndef SLIMSPLIT_DATA_FILE_H_
#define SLIMSPLIT_DATA_FILE_H_

#include <stdint.h>

#include <string>
#include <vector>

namespace slim {

// Size in bytes of the regular file `path`. Throws Error, ending in `next_step`, when there is
// none.
int64_t FileSize(const std::string& path, const std::string& next_step);

// Replaces `bytes` by the content of the regular file `path`, reusing its memory. Throws Error like
// FileSize.
void ReadFile(const std::string& path, const std::string& next_step, std::vector<uint8_t>* bytes);

}  // namespace slim

#endif  // SLIMSPLIT_DATA_FILE_H_
