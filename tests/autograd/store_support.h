// What the tests of stored networks share: a folder of their own, a tiny network, and what a call
// throws.
#ifndef SLIMSPLIT_TESTS_AUTOGRAD_STORE_SUPPORT_H_
#define SLIMSPLIT_TESTS_AUTOGRAD_STORE_SUPPORT_H_

#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>

#include "core/error_host.h"
#include "gtest/gtest.h"
#include "layers/batch_norm.h"
#include "layers/conv2d.h"
#include "layers/global_avg_pool.h"
#include "layers/graph_builder_host.h"
#include "layers/linear.h"

namespace slim {

// An empty folder while a test runs.
class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/slim_store_XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { ASSERT_EQ(system(("rm -rf '" + folder_ + "'").c_str()), 0); }
  std::string In(const std::string& name) const { return folder_ + "/" + name; }

 private:
  std::string folder_;
};

inline std::string BytesOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}
inline void PutBytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}
inline bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

// 6x6 images of two channels, two widths, three classes; private and shared normalisation.
inline OwnedGraph TinyNet() {
  GraphBuilder b(6, 6, UniformWidths({0.5, 1}));
  const Channels in = b.Fixed(2), c4 = b.Sliced(4), c6 = b.Sliced(6);
  Conv2d conv;
  conv.in = in;
  conv.out = c4;
  BatchNorm norm;
  norm.channels = c4;
  norm.activation = Activation::kRelu;
  Value x = b.Add("bn1", norm, {b.Add("conv1", conv, {b.Input(in)})});
  conv.in = c4;
  conv.out = c6;
  conv.stride = 2;
  norm.channels = c6;
  norm.affine = BatchNormAffine::kShared;
  x = b.Add("bn2", norm, {b.Add("conv2", conv, {x})});
  Linear linear;
  linear.in = c6;
  linear.out = b.Fixed(3);
  b.Add("linear", linear, {b.Add("pool", GlobalAvgPool{}, {x})});
  return b.Build();
}

// What the call throws, which must be of this kind; "" if it throws nothing.
template <class Call>
std::string MessageOf(ErrorKind kind, const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  return "";
}

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_AUTOGRAD_STORE_SUPPORT_H_
