// slimsplit device: the head of a split model: images in, answers out, a mode chosen per frame.
#include <stdio.h>

#include <memory>
#include <thread>

#include "core/error_host.h"
#include "data/loader.h"
#include "data/open.h"
#include "split/link/link_clock_host.h"
#include "tools/command.h"
#include "tools/device.h"
#include "tools/print_json.h"

namespace slim {
namespace {

ClientOptions LinkOf(const DeviceOptions& options, const ModelFile& head, const LinkKey* key) {
  ClientOptions link;
  ParseAddress("--connect", options.connect, &link.host, &link.port);
  link.key = key;
  link.model_digest = head.digest;
  link.rows = head.graph.plan.rows;
  return link;
}

void PrintConfig(const DeviceOptions& options, const ClientOptions& link) {
  PrintJsonLine({{"connect", options.connect},
                 {"encrypted", link.key != nullptr},
                 {"deadline_ms", options.deadline_ms},
                 {"interval_ms", options.interval_ms},
                 {"window", link.window},
                 {"answer_bytes", link.answer_bytes},
                 {"ping_every_us", link.pulse.ping_every_us},
                 {"silence_us", link.pulse.silence_us},
                 {"attempt_us", link.pulse.attempt_us},
                 {"most_rest_us", link.pulse.most_rest_us}});
}

void Run(const DeviceOptions& options, const GlobalOptions& global) {
  const MappedModelFile mapped(options.head);
  const ModelFile& head = mapped.file();
  if (head.part != ModelPart::kHead) {
    throw UsageError(options.head + ": is a tail; give the head of the same export");
  }
  const std::optional<LinkKey> key = options.key.Read();
  const ClientOptions link = LinkOf(options, head, key ? &*key : nullptr);
  if (options.print_config) return PrintConfig(options, link);
  const std::unique_ptr<Dataset> images = OpenDataset(options.data, Split::kTest);
  LoaderOptions load;
  load.batch_size = 1;
  load.shuffle = false;
  if (head.mean != nullptr) {
    load.normalization.mean.assign(head.mean, head.mean + head.image_channels);
    load.normalization.std.assign(head.std, head.std + head.image_channels);
  }
  Loader loader(*images, load);
  const ImageSize size = loader.image_size();
  if (size.height != head.image_height || size.width != head.image_width ||
      size.channels != head.image_channels) {
    throw UsageError("--data: its images are not of the size that the head takes, " +
                     std::to_string(head.image_height) + "x" + std::to_string(head.image_width));
  }
  Device device(options, head, link);
  device.WaitForTail();
  int64_t done = 0, in_time = 0, correct = 0, bytes = 0;
  const int64_t most = options.frames > 0 ? options.frames : images->size();
  const int64_t first_us = NowUs();
  for (int64_t epoch = 0; done < most; ++epoch) {
    loader.StartEpoch(epoch);
    while (const Batch* batch = done < most ? loader.Next() : nullptr) {
      const auto next_us =
          first_us + static_cast<int64_t>(static_cast<double>(done) * options.interval_ms * 1000);
      std::this_thread::sleep_for(std::chrono::microseconds(next_us - NowUs()));
      const FrameRecord frame = device.Ask(batch->images.data(), batch->labels[0]);
      device.Trace(done, frame);
      ++done;
      in_time += frame.in_time;
      correct += frame.correct;
      bytes += frame.bytes;
    }
  }
  const double frames = static_cast<double>(done);
  if (global.json) {
    PrintJsonLine({{"frames", done},
                   {"in_time", in_time},
                   {"correct", correct},
                   {"bytes_per_frame", static_cast<double>(bytes) / frames}});
  } else {
    printf("%lld frames: %.2f %% answered in time, %.2f %% answered correctly, %.1f bytes each\n",
           static_cast<long long>(done), 100 * static_cast<double>(in_time) / frames,
           100 * static_cast<double>(correct) / frames, static_cast<double>(bytes) / frames);
  }
}

}  // namespace

void AddDeviceCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run) {
  const auto options = std::make_shared<DeviceOptions>();
  CLI::App* command = app.add_subcommand(
      "device",
      "Run the head of a split model on images and have a server answer, in the mode "
      "that is best for each frame.");
  command->add_option("head", options->head, "head.slim of slimsplit export")->required();
  command->add_option("--connect", options->connect, "ADDRESS:PORT of the server")->required();
  options->key.AddTo(command);
  command->add_option("--data", options->data, "images to send:\n" + DatasetSpecHelp())->required();
  command->add_option("--frames", options->frames, "how many; default: each image once");
  command->add_option("--deadline-ms", options->deadline_ms, "from an image to its answer")
      ->check(CLI::Range(0.1, 60000.0));
  command->add_option("--interval-ms", options->interval_ms, "from an image to the next, at least")
      ->check(CLI::Range(0.0, 60000.0));
  CLI::Option* mode = command->add_option("--mode", options->mode, "this mode and no other");
  command->add_option("--max-bytes", options->max_bytes, "most bytes of a frame")->excludes(mode);
  command->add_option("--trace", options->trace, "JSON line per frame: times, bytes, mode and why");
  command->add_flag("--print-config", options->print_config, "print all limits and end");
  command->callback([=, &global] { *run = [=, &global] { Run(*options, global); }; });
}

}  // namespace slim
