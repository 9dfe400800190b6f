// slimsplit device: the head of a split model: images in, answers out, a mode chosen per frame.
#include <stdio.h>

#include <chrono>
#include <memory>
#include <thread>

#include "core/error_host.h"
#include "data/open.h"
#include "split/link/link_clock_host.h"
#include "tools/command.h"
#include "tools/device.h"
#include "tools/frame_source.h"
#include "tools/print_json.h"
#include "tools/progress.h"

namespace slim {
namespace {

constexpr int64_t kFirstLinkUs = 2000000;

void PrintConfig(const DeviceOptions& options, const ClientOptions& link, const ModelFile& head) {
  static constexpr const char* kPolicies[] = {"deadline", "max-bytes", "min-energy", "fixed"};
  const ControlOptions control = ControlOf(options, head);
  PrintJsonLine({{"connect", options.connect},
                 {"encrypted", link.key != nullptr},
                 {"model", DigestText(head)},
                 {"deadline_ms", options.deadline_ms},
                 {"interval_ms", options.interval_ms},
                 {"policy", kPolicies[static_cast<int>(control.policy)]},
                 {"local_exit", head.exit.present()},
                 {"risk", control.risk},
                 {"patience", control.patience},
                 {"start_rate_bytes_per_s", control.link.start_rate},
                 {"frame_silence_us", control.link.silence_us},
                 {"probe_every_us", control.link.probe_every_us},
                 {"retry_every_us", control.link.retry_every_us},
                 {"window", link.window},
                 {"answer_bytes", link.answer_bytes},
                 {"ping_every_us", link.pulse.ping_every_us},
                 {"silence_us", link.pulse.silence_us},
                 {"measure_every_us", link.pulse.measure_every_us},
                 {"attempt_us", link.pulse.attempt_us},
                 {"most_rest_us", link.pulse.most_rest_us}});
}

// Without a link an exit answers; without both nobody does.
void AwaitLink(const DeviceOptions& options, HeadClient* device) {
  if (device->WaitForLink(kFirstLinkUs)) return;
  const std::string what = "no link to " + options.connect + ": " + device->State().trouble;
  if (!device->has_exit()) {
    throw NetworkError(what +
                       "; start the server (slimsplit serve), or export a head that can answer "
                       "alone (--exit)");
  }
  fprintf(stderr, "%s; the device answers alone until there is one\n", what.c_str());
}

void Run(const DeviceOptions& options, const GlobalOptions& global) {
  const MappedModelFile mapped(options.head);
  const ModelFile& head = mapped.file();
  const std::optional<LinkKey> key = options.key.Read();
  ClientOptions link;
  ParseAddress("--connect", options.connect, &link.host, &link.port);
  link.key = key ? &*key : nullptr;
  if (options.print_config) return PrintConfig(options, link, head);
  const ImageSize size = {static_cast<int>(head.image_height), static_cast<int>(head.image_width),
                          static_cast<int>(head.image_channels)};
  const std::unique_ptr<FrameSource> frames = OpenFrames(options.data, size, options.frames);
  const int64_t began_us = NowUs();
  HeadClient device(head, link, ControlOf(options, head));
  AwaitLink(options, &device);
  DeviceReport report(options, head, device, began_us);
  const bool answers = options.data == "-";  // to whom it may concern: the next program
  Progress progress("device", frames->size(), 0, global.quiet || frames->size() == 0);
  const int64_t first_us = NowUs();
  for (LabelledFrame frame; frames->Next(&frame);) {
    const auto next_us = first_us + static_cast<int64_t>(static_cast<double>(report.frames()) *
                                                         options.interval_ms * 1000);
    std::this_thread::sleep_for(std::chrono::microseconds(next_us - NowUs()));
    report.Add(device.Ask(frame.image.pixels.data(), options.deadline_us()), frame.label);
    progress.Update(report.frames(), report.LastInWords());
    if (!answers) continue;
    if (global.json) {
      PrintJsonLine(report.last());
    } else {
      printf("%s\n", report.LastInWords().c_str());
    }
    fflush(stdout);
  }
  progress.Clear();
  report.PrintSum(global.json);
}

}  // namespace

void AddDeviceCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run) {
  const auto options = std::make_shared<DeviceOptions>();
  CLI::App* command = app.add_subcommand(
      "device",
      "Run the head of a split model on images and have a server answer, in the mode "
      "that is best for each frame; alone where there is no link, if the head has an exit.");
  command->add_option("head", options->head, "head.slim of slimsplit export")->required();
  command->add_option("--connect", options->connect, "ADDRESS:PORT of the server")->required();
  options->key.AddTo(command);
  command
      ->add_option("--data", options->data,
                   "images to send:\n" + DatasetSpecHelp() +
                       "\n  -                             standard input: raw frames of the head's "
                       "size, a byte per channel;\n"
                       "                                each answer is a line")
      ->required();
  command->add_option("--frames", options->frames, "how many; default: each image once")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--deadline-ms", options->deadline_ms, "from an image to its answer")
      ->check(CLI::Range(0.1, 60000.0));
  command->add_option("--interval-ms", options->interval_ms, "from an image to the next, at least")
      ->check(CLI::Range(0.0, 60000.0));
  command
      ->add_option("--link-rate", options->link_rate,
                   "bytes a second that the link carries, roughly: what is expected until it has "
                   "been measured; default 100000")
      ->check(CLI::Range(1.0, 1e10));
  CLI::Option* mode = command->add_option("--mode", options->mode, "this mode and no other");
  CLI::Option* bytes =
      command->add_option("--max-bytes", options->max_bytes, "most bytes of a frame")
          ->check(CLI::PositiveNumber)
          ->excludes(mode);
  CLI::Option* accuracy = command
                              ->add_option("--min-accuracy", options->min_accuracy,
                                           "the least energy that reaches this, 0 to 1")
                              ->check(CLI::Range(0.0, 1.0))
                              ->excludes(mode)
                              ->excludes(bytes);
  command->add_option("--energy-per-mac", options->energy_per_mac, "of the head, in any unit")
      ->check(CLI::NonNegativeNumber)
      ->needs(accuracy);
  command->add_option("--energy-per-byte", options->energy_per_byte, "of the radio, in that unit")
      ->check(CLI::NonNegativeNumber)
      ->needs(accuracy);
  command->add_option("--trace", options->trace, "JSON line per frame: times, bytes, mode and why");
  command->add_option("--link", options->link,
                      "for the trace, what the link really is: the --trace file of a slimsplit "
                      "emulate-link that this is the first to connect to");
  command->add_flag("--print-config", options->print_config, "print all limits and end");
  command->callback([=, &global] { *run = [=, &global] { Run(*options, global); }; });
}

}  // namespace slim
