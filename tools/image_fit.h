// Whether the images of a data set are those that a network takes, and what to say when not.
#ifndef SLIMSPLIT_TOOLS_IMAGE_FIT_H_
#define SLIMSPLIT_TOOLS_IMAGE_FIT_H_

#include <stdint.h>

#include <string>

#include "data/dataset.h"
#include "layers/graph.h"

namespace slim {

// "32x32x3", height first, or "of different sizes".
std::string SizeText(const ImageSize& size);

// Of the images that a network takes.
ImageSize InputSize(const Graph& graph);

// Throws UsageError where images of the size `has` do not fit `what`, e.g. "the head", which takes
// images of the size `takes`. The message begins with `where`, e.g. "data set 'idx:DIR'".
void RequireImageSize(const std::string& where, const ImageSize& has, const std::string& what,
                      const ImageSize& takes);

// The same where `what` tells another number of classes apart than there are.
void RequireClasses(const std::string& where, int64_t has, const std::string& what, int64_t tells);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_IMAGE_FIT_H_
