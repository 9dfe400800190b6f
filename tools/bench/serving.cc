// What serving costs beyond computing, on loopback: JSON lines.
//
//   serving HALVES --data cifar10:DIR [--frames 2000] [--devices 64] [--seconds 5]
//
// "overhead": one device, one frame on its way; of each frame the time from the latent to the
// answer without the time in which the tail's network ran, so: coding, framing, TLS, loopback,
// decoding, threads. "devices": many at once, each sends its next frame when it has its answer, and
// the tail computes up to `batch` that wait together; how many frames each was served, and Jain's
// index of fairness (1: all alike). "batch": an image's share of the CPU time in which the tail
// runs several at once, in turns.
#include <stdio.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/error_host.h"
#include "core/kernels/blas_host.h"
#include "core/parallel_host.h"
#include "data/loader.h"
#include "data/open.h"
#include "split/link/answer_host.h"
#include "split/link/client_host.h"
#include "split/link/link_clock_host.h"
#include "split/link/tail_handler_host.h"
#include "tools/bench/cpu_clock.h"
#include "tools/head_images.h"
#include "tools/percentile.h"
#include "tools/print_json.h"
#include "tools/progress.h"
#include "tools/split_eval.h"

namespace slim {
namespace {

constexpr int64_t kLong = int64_t{60} * 1000000;  // us
constexpr int kWarmUp = 50;

// A tail's handler that knows how long its network has run for the last frame.
class TimedTail : public FrameHandler {
 public:
  TimedTail(const ModelFile& tail, std::atomic<int64_t>* network_ns)
      : engine_(tail.graph, tail.weights, 1), network_ns_(network_ns) {
    const int32_t rows = tail.graph.plan.rows;
    int64_t bytes = 0, most = 0;
    if (!FeatureDecoder::Plan(tail.features, rows, &bytes).ok()) throw BadInput("no codec");
    memory_ = AllocateAligned(bytes);
    if (!decoder_.Prepare(tail.features, rows, memory_.get(), bytes).ok()) {
      throw BadInput("no codec");
    }
    for (Width row = 0; row < rows; ++row) most = std::max(most, tail.features[row].symbols());
    latent_.resize(static_cast<size_t>(most));
  }

  Status Handle(int row, const uint8_t* payload, int64_t payload_bytes,
                std::vector<uint8_t>* body) override {
    SLIM_RETURN_IF_ERROR(decoder_.Decode(row, payload, payload_bytes, latent_.data()));
    engine_.engine().SetWidth(row);
    const double begin = SecondsNow();
    const TensorView<const float> scores = engine_.engine().Run(latent_.data());
    *network_ns_ = static_cast<int64_t>(1e9 * (SecondsNow() - begin));
    ClassAnswer answer;
    SLIM_RETURN_IF_ERROR(ClassAnswer::OfScores(scores.data, scores.Count(), &answer));
    answer.Write(body);
    return OkStatus();
  }

 private:
  HostEngine engine_;
  AlignedMemory memory_;
  FeatureDecoder decoder_;
  std::vector<float> latent_;
  std::atomic<int64_t>* network_ns_;
};

class Bench {
 public:
  Bench(const std::string& halves, const std::string& data)
      : head_(halves + "/head.slim"),
        tail_(halves + "/tail.slim"),
        runner_(head_.file(), tail_.file()) {
    row_ = head_.file().graph.plan.rows - 1;
    const std::unique_ptr<Dataset> dataset = OpenDataset(data, Split::kTest);
    const Subset some(*dataset, 0, std::min<int64_t>(dataset->size(), 256));
    Loader loader(some, LoadFor(head_.file()));
    loader.StartEpoch(0);
    while (const Batch* batch = loader.Next()) {
      const int64_t image_size = batch->shape.Count() / batch->shape.n();
      for (int64_t n = 0; n < batch->shape.n(); ++n) {
        const TensorView<const float> latent =
            runner_.Head(row_, batch->images.data() + n * image_size);
        latents_.emplace_back(latent.data, latent.data + latent.Count());
      }
    }
  }

  void Overhead(int64_t frames, const LinkKey* key) {
    const std::unique_ptr<LinkServer> server =
        Serve(key, std::make_unique<TimedTail>(tail_.file(), &network_ns_));
    const std::unique_ptr<LinkClient> client = Connect(*server, key);
    std::vector<double> overhead, whole;
    for (int64_t i = -kWarmUp; i < frames; ++i) {
      const double begin = SecondsNow();
      const std::vector<uint8_t>& payload = runner_.Encode(row_, Latent(i + kWarmUp));
      Ask(client.get(), payload);
      const double us = 1e6 * (SecondsNow() - begin);
      if (i < 0) continue;
      whole.push_back(us);
      overhead.push_back(us - 1e-3 * static_cast<double>(network_ns_));
    }
    PrintJsonLine({{"bench", "overhead"},
                   {"protection", client->State().protection},
                   {"frames", frames},
                   {"overhead_us",
                    {{"median", Percentile(&overhead, 0.5)},
                     {"p90", Percentile(&overhead, 0.9)},
                     {"p99", Percentile(&overhead, 0.99)}}},
                   {"whole_us_median", Percentile(&whole, 0.5)}});
  }

  // The tail computes up to `batch` waiting frames together.
  void Devices(int count, double seconds, const LinkKey* key, int batch) {
    const std::unique_ptr<LinkServer> server =
        Serve(key, std::make_unique<TailHandler>(tail_.file(), batch));
    const std::vector<uint8_t> payload = runner_.Encode(row_, Latent(0));
    std::vector<std::unique_ptr<LinkClient>> clients;
    for (int i = 0; i < count; ++i) clients.push_back(Connect(*server, key));
    std::vector<std::vector<double>> times(static_cast<size_t>(count));
    std::vector<std::thread> devices;
    const double end = SecondsNow() + seconds;
    for (size_t i = 0; i < times.size(); ++i) {
      devices.emplace_back([&, i] {
        for (double begin = SecondsNow(); begin < end; begin = SecondsNow()) {
          Ask(clients[i].get(), payload);
          times[i].push_back(1e3 * (SecondsNow() - begin));
        }
      });
    }
    for (std::thread& device : devices) device.join();
    std::vector<double> served, all;
    double sum = 0, squares = 0;
    for (const std::vector<double>& each : times) {
      const auto frames = static_cast<double>(each.size());
      served.push_back(frames);
      sum += frames;
      squares += frames * frames;
      all.insert(all.end(), each.begin(), each.end());
    }
    PrintJsonLine({{"bench", "devices"},
                   {"devices", count},
                   {"batch", batch},
                   {"frames_per_second", sum / seconds},
                   {"frames_of_a_device",
                    {{"least", Percentile(&served, 0)},
                     {"median", Percentile(&served, 0.5)},
                     {"most", Percentile(&served, 1)}}},
                   {"fairness", sum * sum / (count * squares)},
                   {"ms", {{"median", Percentile(&all, 0.5)}, {"p99", Percentile(&all, 0.99)}}}});
  }

  void Batches() {
    const std::vector<int64_t> sizes = {1, 2, 4, 8, 16};
    std::vector<std::unique_ptr<HostEngine>> engines;
    for (const int64_t size : sizes) {
      engines.push_back(
          std::make_unique<HostEngine>(tail_.file().graph, tail_.file().weights, size));
      engines.back()->engine().SetWidth(row_);
    }
    std::vector<float> input;
    for (int64_t i = 0; i < sizes.back(); ++i) {
      const std::vector<float>& latent = latents_[static_cast<size_t>(i) % latents_.size()];
      input.insert(input.end(), latent.begin(), latent.end());
    }
    std::vector<std::vector<double>> times(sizes.size());
    for (int turn = 0; turn < 300; ++turn) {
      for (size_t k = 0; k < sizes.size(); ++k) {
        engines[k]->engine().Run(input.data());
        const double begin = CpuSeconds();
        engines[k]->engine().Run(input.data());
        times[k].push_back(1e6 * (CpuSeconds() - begin) / static_cast<double>(sizes[k]));
      }
    }
    for (size_t k = 0; k < sizes.size(); ++k) {
      PrintJsonLine(
          {{"bench", "batch"},
           {"images", sizes[k]},
           {"us_per_image",
            {{"median", Percentile(&times[k], 0.5)}, {"best", Percentile(&times[k], 0)}}}});
    }
  }

 private:
  const float* Latent(int64_t i) const {
    return latents_[static_cast<size_t>(i) % latents_.size()].data();
  }

  std::unique_ptr<LinkServer> Serve(const LinkKey* key,
                                    std::unique_ptr<FrameHandler> handler) const {
    ServerOptions options = TailHandler::OptionsFor(tail_.file());
    options.key = key;
    std::vector<std::unique_ptr<FrameHandler>> handlers;
    handlers.push_back(std::move(handler));
    return std::make_unique<LinkServer>(options, std::move(handlers));
  }

  std::unique_ptr<LinkClient> Connect(const LinkServer& server, const LinkKey* key) const {
    ClientOptions options;
    options.port = server.port();
    options.key = key;
    options.model_digest = tail_.file().digest;
    options.rows = tail_.file().graph.plan.rows;
    options.pulse.silence_us = options.pulse.attempt_us = kLong;
    auto client = std::make_unique<LinkClient>(options);
    while (!client->State().up) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return client;
  }

  void Ask(LinkClient* client, const std::vector<uint8_t>& payload) const {
    client->Send(row_, payload.data(), static_cast<int64_t>(payload.size()), NowUs() + kLong);
    FrameOutcome outcome;
    if (!client->Next(NowUs() + kLong, &outcome) || outcome.kind != FrameOutcome::Kind::kAnswered) {
      throw Failure("a frame was not answered");
    }
  }

  const MappedModelFile head_, tail_;
  SplitRunner runner_;
  Width row_ = 0;
  std::vector<std::vector<float>> latents_;
  std::atomic<int64_t> network_ns_{0};
};

void Main(const std::string& halves, const std::string& data, int64_t frames, int devices,
          double seconds) {
  UseThreads(1);
  UseOpenBlas();
  Bench bench(halves, data);
  const LinkKey key = LinkKey::Random();
  bench.Overhead(frames, nullptr);
  bench.Overhead(frames, &key);
  for (const int batch : {1, 4, 8}) bench.Devices(devices, seconds, &key, batch);
  bench.Batches();
}

}  // namespace
}  // namespace slim

int main(int argc, char** argv) {
  slim::LimitSpinning(argv);
  CLI::App app("Times what serving costs beyond computing.");
  std::string halves, data;
  int64_t frames = 2000;
  int devices = 64;
  double seconds = 5;
  app.add_option("halves", halves, "folder of slimsplit export")->required();
  app.add_option("--data", data, slim::DatasetSpecHelp())->required();
  app.add_option("--frames", frames)->check(CLI::Range(1, 1 << 30));
  app.add_option("--devices", devices)->check(CLI::Range(1, 64));
  app.add_option("--seconds", seconds)->check(CLI::Range(0.1, 3600.0));
  CLI11_PARSE(app, argc, argv);
  try {
    slim::Main(halves, data, frames, devices, seconds);
  } catch (const slim::Error& error) {
    fprintf(stderr, "serving: %s\n", error.what());
    return error.exit_code();
  }
  return 0;
}
