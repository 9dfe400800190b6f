#include "tools/baselines.h"

#include <algorithm>
#include <utility>

#include "core/error_host.h"
#include "split/runtime/engine_host.h"
#include "tools/compressed_images.h"
#include "tools/evaluate.h"
#include "tools/model_data.h"
#include "tools/net_summary.h"
#include "tools/percentile.h"
#include "tools/progress.h"
#include "tools/weights_of.h"

namespace slim {
namespace {

constexpr int kJpegQualities[] = {10, 20, 30, 40, 50, 60, 70, 80, 90, 95};
constexpr int kWebpQualities[] = {5, 20, 40, 60, 80, 95};

std::vector<std::pair<PictureFormat, int>> FilesToTry() {
  std::vector<std::pair<PictureFormat, int>> files;
  for (const int quality : kJpegQualities) files.emplace_back(PictureFormat::kJpeg, quality);
  for (const int quality : kWebpQualities) files.emplace_back(PictureFormat::kWebp, quality);
  files.emplace_back(PictureFormat::kPng, 0);
  return files;
}

// As a device would: an image at a time.
Baseline RunLocally(const LoadedModel& model, Width width, Loader& loader, Progress* progress) {
  const NetSummary net = Summarise(model.graph, width);
  Baseline local;
  local.kind = "local";
  local.macs = net.macs;
  local.parameters = net.parameters;
  HostEngine engine(model.graph.view(), WeightsOf(*model.parameters), 1);
  engine.engine().SetWidth(width);
  std::vector<double> times;
  const auto scores_of = [&](const float* image) {
    const double start = SecondsNow();
    const TensorView<const float> scores = engine.engine().Run(image);
    times.push_back(1e3 * (SecondsNow() - start));
    return scores;
  };
  local.count =
      ClassifyEach(loader, scores_of, [&](int64_t done) { progress->Update(done, local.kind); });
  local.device_ms = Percentile(&times, 0.5);
  return local;
}

}  // namespace

std::vector<Baseline> MeasureBaselines(const std::string& teacher, const std::string& data,
                                       const GlobalOptions& global) {
  const LoadedModel model = LoadModel(teacher);
  const Width width = model.graph.view().plan.rows - 1;
  try {
    RequireCalibrated(model.graph, model.info, width);
  } catch (const Error& error) {
    throw UsageError("--teacher " + teacher + ": " + error.what());
  }
  LoaderOptions load;
  load.shuffle = false;
  ModelData images(model, data, Split::kTest, load);
  load.normalization = {model.info.mean, model.info.std};
  const std::vector<std::pair<PictureFormat, int>> files = FilesToTry();
  const int64_t size = images.dataset().size();
  Progress progress("baselines", size * static_cast<int64_t>(files.size() + 1), 0, global.quiet);
  std::vector<Baseline> results = {RunLocally(model, width, images.loader(), &progress)};
  Tape<float> tape;
  for (const auto& [format, quality] : files) {
    Baseline result;
    result.kind = NameOf(format);
    result.quality = quality;
    const CompressedImages pictures(images.dataset(), format, quality);
    Loader loader(pictures, load);
    const int64_t before = size * static_cast<int64_t>(results.size());
    const auto on_images = [&](int64_t done) { progress.Update(before + done, result.name()); };
    result.count = Evaluate(tape, model.graph, *model.parameters, width, loader, on_images);
    result.bytes = pictures.MeanBytes();
    result.most_bytes = pictures.MostBytes();
    result.scan_bytes = pictures.MeanScanBytes();
    result.device_ms = pictures.MedianEncodeMs();
    results.push_back(result);
  }
  progress.Clear();
  return results;
}

}  // namespace slim
