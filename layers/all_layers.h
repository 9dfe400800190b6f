// Every layer's header, for the tables that are made from layers.inc.
#ifndef SLIMSPLIT_LAYERS_ALL_LAYERS_H_
#define SLIMSPLIT_LAYERS_ALL_LAYERS_H_

#include "layers/activations.h"
#include "layers/add.h"
#include "layers/avg_pool.h"
#include "layers/batch_norm.h"
#include "layers/concat.h"
#include "layers/conv2d.h"
#include "layers/depthwise_conv2d.h"
#include "layers/entropy_bottleneck.h"
#include "layers/fake_quantize.h"
#include "layers/flatten.h"
#include "layers/gdn.h"
#include "layers/global_avg_pool.h"
#include "layers/instance_norm.h"
#include "layers/linear.h"
#include "layers/max_pool.h"
#include "layers/multiply.h"
#include "layers/option_a_shortcut.h"
#include "layers/skeleton_layer.h"
#include "layers/softmax.h"
#include "layers/transposed_conv2d.h"
#include "layers/upsample.h"
#include "layers/weighted_sum.h"

#endif  // SLIMSPLIT_LAYERS_ALL_LAYERS_H_
