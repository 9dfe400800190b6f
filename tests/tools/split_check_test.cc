// The check that export makes: halves of a model pass, halves of another one are named.
#include "tools/split_check.h"

#include <math.h>

#include <memory>
#include <string>

#include "core/error_host.h"
#include "gtest/gtest.h"
#include "layers/nets/nets_host.h"
#include "tools/split_model.h"

namespace slim {
namespace {

LoadedModel Model(uint64_t seed) {
  NetOptions options;
  options.widths = {0.5, 1};
  LoadedModel model;
  model.graph = MakeNet("resnet8", options);
  model.parameters = std::make_unique<Parameters<float>>(model.graph);
  model.parameters->Initialise(seed);
  model.info.calibrated = {true, true};
  return model;
}

std::string Disagreement(const LoadedModel& model, const SplitModel& head, const SplitModel& tail) {
  try {
    VerifySplit(model, head.node(), head.head(), tail.tail(), 1);
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 5);
    return error.what();
  }
  return "";
}

TEST(SplitCheck, HalvesOfTheModelAgreeAndOthersAreNamed) {
  const LoadedModel one = Model(1), two = Model(2);
  const SplitModel of_one(one, "layer1.0.add"), of_two(two, "layer1.0.add");
  EXPECT_EQ(Disagreement(one, of_one, of_one), "");
  EXPECT_NE(Disagreement(one, of_two, of_one).find("mode 0.5: the head does not compute"),
            std::string::npos);
  EXPECT_NE(Disagreement(one, of_one, of_two).find("mode 0.5: the tail does not compute"),
            std::string::npos);
}

TEST(SplitCheck, ANumberThatIsNoneIsSeenWhereverItStands) {
  const LoadedModel one = Model(1), broken = Model(1);
  broken.parameters->Find("conv1.weight")->value[0] = NAN;  // of the first channel of each pixel
  const SplitModel of_one(one, "conv1"), of_broken(broken, "conv1");
  EXPECT_NE(Disagreement(one, of_broken, of_one).find("the head does not compute"),
            std::string::npos);
}

}  // namespace
}  // namespace slim
