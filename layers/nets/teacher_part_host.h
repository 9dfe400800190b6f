// What a split network takes over from its teacher: channel spaces, nodes, and the shapes between.
#ifndef SLIMSPLIT_LAYERS_NETS_TEACHER_PART_HOST_H_
#define SLIMSPLIT_LAYERS_NETS_TEACHER_PART_HOST_H_

#include <stdint.h>

#include <string>
#include <vector>

#include "layers/activation.h"
#include "layers/graph_builder_host.h"

namespace slim {

// A trained classifier at its widest width. Keeps a reference to it.
class TeacherPart {
 public:
  explicit TeacherPart(const OwnedGraph& teacher);

  // A builder of a network with these rows for the teacher's images, whose first channel spaces are
  // the teacher's, all of them active in every row, so that its layers can be copied as they are.
  GraphBuilder Builder(const WidthRows& rows) const;

  Channels image_channels() const { return graph_.channels; }
  int64_t image_height() const { return graph_.height; }
  int64_t image_width() const { return graph_.width; }
  // The node of that name; throws Error when there is none.
  int32_t Find(const std::string& node) const { return teacher_.FindNode(node); }
  // Of the node's output for one image.
  const Shape& ShapeOf(int32_t node) const { return shapes_[node + 1]; }
  // The activation that the node puts on its own output.
  Activation ActivationOf(int32_t node) const;

  // Adds the nodes first..last, of which node `first` and others may read `input` in the place of
  // node first - 1 (the image for first = 0), under their own names and with frozen batch norms.
  // Returns what node `last` makes, or `input` when there are none. Throws UsageError that begins
  // with `whose` when one reads what is made before `input`.
  Value AddNodes(GraphBuilder* builder, int32_t first, int32_t last, Value input,
                 const std::string& whose) const;
  int32_t last_node() const { return graph_.num_nodes - 1; }

 private:
  const OwnedGraph& teacher_;
  const Graph& graph_;
  std::vector<Shape> shapes_;  // of the teacher's values
};

}  // namespace slim

#endif  // SLIMSPLIT_LAYERS_NETS_TEACHER_PART_HOST_H_
