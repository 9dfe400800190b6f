// The cases of cases.inc: every layer, in the ways that matter.
#ifndef SLIMSPLIT_TESTS_LAWS_ALL_CASES_H_
#define SLIMSPLIT_TESTS_LAWS_ALL_CASES_H_

#include <vector>

#include "tests/support/layer_case.h"

namespace slim {

const std::vector<LayerCase>& AllCases();

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_LAWS_ALL_CASES_H_
