#include "autograd/checkpoint.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/error_host.h"
#include "core/json_host.h"
#include "core/json_place_host.h"
#include "core/kernels/kernels.h"
#include "core/parallel.h"
#include "core/safetensors_host.h"
#include "layers/graph_json_host.h"

namespace slim {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;
constexpr char kStateKey[] = "slimsplit.checkpoint";
constexpr int64_t kMaxSteps = int64_t{1} << 53;

// The numbers of one tensor of the file: where they live in the trainer.
struct Array {
  std::string name;
  std::vector<std::vector<float>*> parts;

  int64_t Count() const {
    int64_t count = 0;
    for (const auto* part : parts) count += static_cast<int64_t>(part->size());
    return count;
  }
};

std::vector<Array> ArraysOf(Trainer& trainer) {
  std::vector<Array> arrays = {{"parameters", {}}};
  for (int64_t p = 0; p < trainer.parameters().size(); ++p)
    arrays[0].parts.push_back(&trainer.parameters()[p].value);
  const auto add = [&](const std::string& name, std::vector<std::vector<float>>& values) {
    arrays.push_back({name, {}});
    for (auto& value : values) arrays.back().parts.push_back(&value);
  };
  auto& state = trainer.optimizer().state();
  for (size_t slot = 0; slot < state.size(); ++slot)
    add("optimizer." + std::to_string(slot), state[slot]);
  if (trainer.ema() != nullptr) add("ema", trainer.ema()->averages());
  return arrays;
}

json TrainerFields(const Trainer& trainer) {
  const TrainerOptions& o = trainer.options();
  return {{"steps_per_epoch", trainer.steps_per_epoch()},
          {"seed", o.seed},
          {"precision", o.precision},
          {"clip_norm", o.clip_norm},
          {"ema_decay", o.ema_decay},
          {"method",
           {{"name", o.method.name},
            {"smoothing", o.method.smoothing},
            {"sandwich_widths", o.method.sandwich_widths},
            {"inplace_distillation", o.method.inplace_distillation}}},
          {"optimizer",
           {{"rule", o.optimizer.rule},
            {"momentum", o.optimizer.momentum},
            {"nesterov", o.optimizer.nesterov},
            {"beta1", o.optimizer.beta1},
            {"beta2", o.optimizer.beta2},
            {"epsilon", o.optimizer.epsilon},
            {"weight_decay", o.optimizer.weight_decay},
            {"decay_vectors", o.optimizer.decay_vectors}}},
          {"schedule",
           {{"rule", o.schedule.rule},
            {"rate", o.schedule.rate},
            {"gamma", o.schedule.gamma},
            {"step_epochs", o.schedule.step_epochs},
            {"milestones", o.schedule.milestones},
            {"warmup_epochs", o.schedule.warmup_epochs},
            {"warmup_start", o.schedule.warmup_start},
            {"epochs", o.schedule.epochs}}}};
}

std::string StateOf(Trainer& trainer, const Recipe& recipe) {
  const json state = {
      {"version", kVersion},
      {"recipe", recipe},
      {"trainer", TrainerFields(trainer)},
      {"graph", json::parse(GraphToJson(trainer.graph()))},
      {"machine",
       {{"build", __VERSION__},
        {"kernels",
         trainer.options().precision == "bf16" ? GetKernels<Bf16>().isa : GetKernels<float>().isa},
        {"threads", ParallelWorkers()}}},
      {"steps", trainer.steps()},
      {"optimizer_steps", trainer.optimizer().steps()}};
  // A recipe may hold file names, which need not be UTF-8.
  return state.dump(-1, ' ', false, json::error_handler_t::replace);
}

// A file that was read and whose checksum is right.
struct Stored {
  SafeTensorsFile file;
  json state;
};

Stored ReadStored(const std::string& path) {
  SafeTensorsLimits limits;
  limits.require_checksum = true;
  Stored stored = {SafeTensorsFile::Read(path, limits), {}};
  const auto entry = stored.file.metadata().find(kStateKey);
  if (entry == stored.file.metadata().end())
    throw BadInput(path + ": is not a checkpoint of slimsplit; name another file");
  JsonLimits json_limits;
  json_limits.max_entries = json_limits.max_bytes;
  stored.state =
      ParseJson(path + ": " + kStateKey, entry->second.data(), entry->second.size(), json_limits);
  return stored;
}

std::string ValueAt(const json& root, const json::json_pointer& place) {
  constexpr size_t kLongest = 120;
  if (!root.contains(place)) return "absent";
  const std::string text = root[place].dump(-1, ' ', true);
  return text.size() > kLongest ? text.substr(0, kLongest) + "..." : text;
}

// The first difference of two values as "field was 1, now 2", or nothing.
std::string Difference(const std::string& name, const json& was, const json& now) {
  const json changes = json::diff(was, now);
  if (changes.empty()) return "";
  std::string path = changes[0]["path"].get<std::string>();
  // An element added to a list: the lists say more.
  if (path.size() >= 2 && path.compare(path.size() - 2, 2, "/-") == 0) path.resize(path.size() - 2);
  const json::json_pointer place(path);
  std::replace(path.begin(), path.end(), '/', '.');
  // As options are spelled: "trainer.ema-decay".
  std::replace(path.begin(), path.end(), '_', '-');
  return name + path + " was " + ValueAt(was, place) + ", now " + ValueAt(now, place);
}

// Throws unless the file continues the training that `now` describes; notes what else differs.
void Match(const std::string& path, const JsonPlace& state, const json& now,
           std::vector<std::string>* notes) {
  if (state.Member("version").Integer(1, INT32_MAX) != kVersion) {
    throw BadInput(path + ": it is a checkpoint of version " + state.value()["version"].dump() +
                   ", but this slimsplit reads version 1; resume with a newer one");
  }
  state.ExpectMembers(
      {"version", "recipe", "trainer", "graph", "machine", "steps", "optimizer_steps"});
  for (const char* section : {"recipe", "trainer", "graph"}) {
    json was = state.value()[section];
    // Files from before there was a choice do not have it.
    if (section == std::string("trainer") && was.is_object()) was.emplace("precision", "fp32");
    const std::string difference = Difference(section, was, now[section]);
    if (!difference.empty()) {
      throw UsageError(path + ": it belongs to another training: " + difference +
                       "; resume with the same options, or start a new training elsewhere");
    }
  }
  const JsonPlace machine = state.Member("machine");
  machine.ExpectMembers({"build", "kernels", "threads"});
  for (const char* part : {"build", "kernels", "threads"}) {
    const std::string difference = Difference(part, machine.value()[part], now["machine"][part]);
    if (difference.empty()) continue;
    notes->push_back(difference +
                     ": the weights will not be bit-identical to those of an unbroken training");
  }
}

// The numbers of each array, all of them there and nothing else.
std::vector<std::vector<float>> ReadArrays(const SafeTensorsFile& file,
                                           const std::vector<Array>& arrays) {
  std::vector<std::vector<float>> values;
  for (const Array& array : arrays) {
    const SafeTensor* tensor = file.Find(array.name);
    if (tensor == nullptr || tensor->dtype != SafeDType::kF32 || tensor->count() != array.Count() ||
        file.tensors().size() != arrays.size()) {
      throw BadInput(file.name() + ": tensor " + Quoted(array.name) + ": must be there with " +
                     std::to_string(array.Count()) + " numbers of type F32, beside " +
                     std::to_string(arrays.size() - 1) + " others; slimsplit did not write it");
    }
    values.push_back(file.ReadFloats(*tensor));
  }
  return values;
}

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

void Move(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0) return;
  throw Failure(from + ": cannot rename it to " + to + ": " + strerror(errno) +
                "; make the folder writable");
}

}  // namespace

void SaveCheckpoint(const std::string& path, Trainer& trainer, const Recipe& recipe) {
  const Parameters<float>& parameters = trainer.parameters();
  for (int64_t p = 0; p < parameters.size(); ++p) {
    for (const float value : parameters[p].value) {
      if (isfinite(value)) continue;
      throw Failure(path + ": not written: \"" + parameters[p].name +
                    "\" is not finite: the training has diverged; lower the learning rate, or clip "
                    "gradients, and start again");
    }
  }
  const std::vector<Array> arrays = ArraysOf(trainer);
  std::vector<std::vector<float>> values;
  SafeTensorsWriter writer;
  for (const Array& array : arrays) {
    values.emplace_back();
    values.back().reserve(static_cast<size_t>(array.Count()));
    for (const auto* part : array.parts)
      values.back().insert(values.back().end(), part->begin(), part->end());
    writer.Add(array.name, SafeDType::kF32, {array.Count()}, values.back().data());
  }
  writer.SetMetadata(kStateKey, StateOf(trainer, recipe));
  writer.WriteAtomically(path, KeepPrevious::kYes);
}

bool HasCheckpoint(const std::string& path) { return Exists(path) || Exists(path + ".prev"); }

Resumed ResumeCheckpoint(const std::string& path, const Recipe& recipe, Trainer* trainer) {
  const std::string previous = path + ".prev";
  if (!HasCheckpoint(path))
    throw BadInput(path + ": there is no checkpoint; start the training from its beginning");
  std::string damage;
  const auto read = [&] {
    try {
      return ReadStored(path);
    } catch (const Error& error) {
      // A disk that fails, or no memory, is no reason to go back.
      if (error.kind() != ErrorKind::kBadInput) throw;
      damage = error.what();
    }
    try {
      return ReadStored(previous);
    } catch (const Error& error) {
      throw BadInput(damage + "; nor can the one before be used: " + error.what());
    }
  };
  const Stored stored = read();

  Resumed resumed;
  const JsonPlace state(stored.file.name(), kStateKey, stored.state);
  Match(stored.file.name(), state, json::parse(StateOf(*trainer, recipe)), &resumed.notes);
  const int64_t steps = state.Member("steps").Integer(0, kMaxSteps);
  const int64_t optimizer_steps = state.Member("optimizer_steps").Integer(0, kMaxSteps);
  const std::vector<Array> arrays = ArraysOf(*trainer);
  const std::vector<std::vector<float>> values = ReadArrays(stored.file, arrays);

  if (!damage.empty()) {
    if (Exists(path)) Move(path, path + ".damaged");
    Move(previous, path);
    resumed.notes.insert(resumed.notes.begin(), damage + ": went on from the checkpoint before it");
  }
  for (size_t a = 0; a < arrays.size(); ++a) {
    const float* from = values[a].data();
    for (std::vector<float>* part : arrays[a].parts) {
      std::copy(from, from + part->size(), part->begin());
      from += part->size();
    }
  }
  trainer->set_steps(steps);
  trainer->optimizer().set_steps(optimizer_steps);
  resumed.epoch = steps / trainer->steps_per_epoch();
  resumed.batch = steps % trainer->steps_per_epoch();
  return resumed;
}

}  // namespace slim
