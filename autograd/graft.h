// Graft: puts numbers of one network into another where their nodes have the same names.
#ifndef SLIMSPLIT_AUTOGRAD_GRAFT_H_
#define SLIMSPLIT_AUTOGRAD_GRAFT_H_

#include "autograd/parameters.h"

namespace slim {

// Copies the parameters of every node of `from` that `to` also has, row by row when both networks
// have the same widths, else from the widest one. Returns how many nodes there were. Throws
// UsageError, naming node and parameter, when two tensors differ in role or shape.
int Graft(const OwnedGraph& from, const Parameters<float>& from_parameters, const OwnedGraph& to,
          Parameters<float>* to_parameters);

}  // namespace slim

#endif  // SLIMSPLIT_AUTOGRAD_GRAFT_H_
