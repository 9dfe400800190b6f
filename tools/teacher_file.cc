#include "tools/teacher_file.h"

#include <stdio.h>
#include <zlib.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "core/error_host.h"

namespace slim {
namespace {

FeatureTap ReadTap(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw UsageError("--tap: \"" + text + "\" is not TEACHER_NODE=STUDENT_NODE, e.g. conv2=conv2");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

// The shortest text that gives the number back.
std::string TextOf(double number) { return nlohmann::json(number).dump(); }

}  // namespace

std::string ChecksumOf(const Parameters<float>& parameters) {
  uLong crc = crc32(0, nullptr, 0);
  for (int64_t p = 0; p < parameters.size(); ++p) {
    const std::vector<float>& value = parameters[p].value;
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(value.data()), value.size() * sizeof(float));
  }
  char text[32];
  snprintf(text, sizeof(text), "crc32:%08lx", crc);
  return text;
}

TeacherFile::TeacherFile(const TeacherOptions& options, const Dataset& data)
    : options_(options.distillation) {
  for (const std::string& tap : options.taps) options_.taps.push_back(ReadTap(tap));
  model_ = LoadModel(options.model);
  const std::string prefix = "--teacher " + options.model + ": ";
  try {
    RequireCalibrated(model_.graph, model_.info, model_.graph.view().plan.rows - 1);
  } catch (const Error& error) {
    throw UsageError(prefix + error.what());
  }
  const std::vector<std::string>& names = model_.info.class_names;
  if (options_.logits_weight == 0 || names.empty() || names == data.class_names()) return;
  const auto some = [](const std::vector<std::string>& list) {
    return std::to_string(list.size()) + " (" + list.front() + ", ...)";
  };
  throw UsageError(prefix + "its classes are " + some(names) + ", but those of the data set " +
                   some(data.class_names()) + "; choose a teacher of the same data set");
}

Normalization TeacherFile::normalization() const { return {model_.info.mean, model_.info.std}; }

Recipe TeacherFile::recipe() const {
  std::string taps;
  for (const FeatureTap& tap : options_.taps) {
    taps += (taps.empty() ? "" : ",") + tap.teacher + "=" + tap.student;
  }
  Recipe recipe = {{"teacher", ChecksumOf(*model_.parameters)},
                   {"alpha", TextOf(options_.alpha)},
                   {"tau", TextOf(options_.tau)},
                   {"logits-weight", TextOf(options_.logits_weight)},
                   {"feature-weight", TextOf(options_.feature_weight)},
                   {"tap", taps},
                   {"widths-per-step", std::to_string(options_.widths_per_step)}};
  for (const double weight : options_.rate_weights) {
    std::string& all = recipe["rate-weights"];
    all += (all.empty() ? "" : ",") + TextOf(weight);
  }
  return recipe;
}

std::unique_ptr<Method> TeacherFile::MakeMethod(const OwnedGraph& student) const {
  Teacher teacher = {model_.graph, std::make_unique<Parameters<float>>(*model_.parameters)};
  return std::make_unique<Distillation>(std::move(teacher), options_, student);
}

std::unique_ptr<TeacherFile> OpenTeacher(const TeacherOptions& options, const MethodOptions& method,
                                         const Dataset& data) {
  if (method.name != "distillation") {
    if (options.model.empty() && options.taps.empty()) return nullptr;
    throw UsageError("--teacher and --tap need --method distillation");
  }
  if (options.model.empty()) throw UsageError("--method distillation needs a --teacher");
  if (method.smoothing != 0) {
    throw UsageError("--smoothing does not go with --method distillation");
  }
  return std::make_unique<TeacherFile>(options, data);
}

}  // namespace slim
