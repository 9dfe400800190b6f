// Every layer's header, for the tables that are made from layers.inc.
#ifndef SLIMSPLIT_LAYERS_ALL_LAYERS_H_
#define SLIMSPLIT_LAYERS_ALL_LAYERS_H_

#include "layers/add.h"
#include "layers/batch_norm.h"
#include "layers/conv2d.h"
#include "layers/global_avg_pool.h"
#include "layers/linear.h"
#include "layers/option_a_shortcut.h"
#include "layers/skeleton_layer.h"

#endif  // SLIMSPLIT_LAYERS_ALL_LAYERS_H_
