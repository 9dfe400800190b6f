// WidthPlan: how much of each axis a network uses at each width.
//
// A width is the number of a row; never a float. Each sliced axis belongs to a channel space, and
// tensors that are added share one. Uniform multipliers are one way to fill the table; unequal
// rows, or a narrow head with a wide tail, are just more rows. For an ensemble a space counts
// active members instead of channels.
#ifndef SLIMSPLIT_CORE_WIDTH_H_
#define SLIMSPLIT_CORE_WIDTH_H_

#include <stdint.h>

namespace slim {

using Width = int32_t;  // a row of the plan

// The channel space of one axis: a column of the plan.
struct Channels {
  uint16_t space = 0;
};

struct WidthPlan {
  int32_t rows = 0;
  int32_t spaces = 0;
  const uint16_t* active = nullptr;  // [rows][spaces], 1 <= active <= full
  const uint16_t* full = nullptr;    // [spaces], the size of the stored weights

  bool Has(Channels c) const { return c.space < spaces; }
  int64_t Active(Width width, Channels c) const { return active[width * spaces + c.space]; }
  int64_t Full(Channels c) const { return full[c.space]; }
};

}  // namespace slim

#endif  // SLIMSPLIT_CORE_WIDTH_H_
