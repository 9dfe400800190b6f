// What a codec has to know about latents, found out from images: their range, and how often each
// symbol occurs.
#ifndef SLIMSPLIT_TOOLS_SPLIT_CALIBRATION_H_
#define SLIMSPLIT_TOOLS_SPLIT_CALIBRATION_H_

#include <stdint.h>

#include "data/loader.h"
#include "tools/split_model.h"

namespace slim {

// Gives each mode the 8-bit quantiser of BottleFit (Matsubara et al., 2022) over the range that the
// latent has for the first `images` images of the loader's epoch 0. Throws UsageError when a mode's
// latent is constant.
void CalibrateQuantizers(SplitModel* split, Loader& loader, int64_t images);

// Lets each mode be coded by rANS, with tables of how often each symbol of each channel occurs in
// the first `images` images, unless raw bits are shorter. The quantisers must be there.
void CountTables(SplitModel* split, Loader& loader, int64_t images);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_SPLIT_CALIBRATION_H_
