#include "split/link/link_profile_host.h"

#include <math.h>
#include <stdlib.h>

#include <algorithm>
#include <limits>

#include "core/error_host.h"
#include "core/file_host.h"
#include "core/random.h"

namespace slim {
namespace {

constexpr int64_t kMaxFile = int64_t{16} << 20;
constexpr char kHeader[] = "time_s,rate_bytes_per_s,delay_s,jitter_s,loss";
constexpr double kStep = 0.1;  // seconds between the samples of a named profile
constexpr double kMostSeconds = 1e5;

bool IsIn(double x, double low, double high) { return x >= low && x <= high; }

// The rule that a sample breaks, or nothing.
const char* Broken(const LinkSample& sample, const LinkSample* before) {
  if (before == nullptr && sample.time_s != 0) return "the first time_s must be 0";
  if (before != nullptr && !(sample.time_s > before->time_s)) return "time_s must increase";
  if (!(sample.time_s <= 1e9)) return "time_s must be at most 1e9";
  if (!IsIn(sample.rate_bytes_per_s, 0, 1e12)) return "rate_bytes_per_s must be from 0 to 1e12";
  if (!IsIn(sample.delay_s, 0, 60)) return "delay_s must be from 0 to 60";
  if (!IsIn(sample.jitter_s, 0, 60)) return "jitter_s must be from 0 to 60";
  if (!IsIn(sample.loss, 0, 1)) return "loss must be from 0 to 1";
  return nullptr;
}

// Five numbers with commas between them and nothing else.
bool ParseSample(const std::string& line, LinkSample* sample) {
  double* const fields[] = {&sample->time_s, &sample->rate_bytes_per_s, &sample->delay_s,
                            &sample->jitter_s, &sample->loss};
  const char* at = line.c_str();
  for (int i = 0; i < 5; ++i) {
    char* end = nullptr;
    *fields[i] = strtod(at, &end);
    if (end == at || *end != (i < 4 ? ',' : '\0')) return false;
    at = end + 1;
  }
  return static_cast<size_t>(at - 1 - line.c_str()) == line.size();  // no NUL within
}

// A factor around 1 that swings: its logarithm is normal with deviation `sigma`, and forgets within
// `memory_s`.
class Swing {
 public:
  Swing(Random* random, double sigma, double memory_s)
      : random_(random), sigma_(sigma), keep_(exp(-kStep / memory_s)) {
    log_ = sigma_ * random_->Normal();
  }
  double Next() {
    log_ = keep_ * log_ + sqrt(1 - keep_ * keep_) * sigma_ * random_->Normal();
    return exp(std::clamp(log_, -2.5 * sigma_, 2.5 * sigma_));
  }

 private:
  Random* random_;
  double sigma_, keep_, log_ = 0;
};

// Mean rate at part `t` in [0, 1] of the walk, bytes/s: 1, 3, 5, 7, 9 m and back.
double WalkRate(double t) {
  static constexpr double kRates[] = {161e3, 141e3, 70e3, 84e3, 91e3, 84e3, 70e3, 141e3, 161e3};
  const double place = std::clamp(t, 0.0, 1.0) * 8;
  const int from = std::min(static_cast<int>(place), 7);
  // A rest at each place, then a walk to the next within a quarter of the time.
  const double walked = std::clamp((place - from - 0.375) * 4, 0.0, 1.0);
  return kRates[from] + (kRates[from + 1] - kRates[from]) * walked;
}

}  // namespace

LinkProfile::LinkProfile(const std::string& name, std::vector<LinkSample> samples)
    : name_(name), samples_(std::move(samples)) {
  if (samples_.empty()) throw UsageError("link profile " + name_ + ": has no samples; give one");
  for (size_t i = 0; i < samples_.size(); ++i) {
    const char* rule = Broken(samples_[i], i == 0 ? nullptr : &samples_[i - 1]);
    if (rule != nullptr) {
      throw UsageError("link profile " + name_ + ": sample " + std::to_string(i + 1) + ": " + rule);
    }
  }
}

const std::vector<std::string>& LinkProfile::Names() {
  static const std::vector<std::string> names = {"wifi", "lte", "bluetooth-walk", "cut"};
  return names;
}

LinkProfile LinkProfile::Named(const std::string& name, uint64_t seed, double seconds) {
  if (std::find(Names().begin(), Names().end(), name) == Names().end()) {
    std::string known;
    for (const std::string& each : Names()) known += (known.empty() ? "" : ", ") + each;
    throw UsageError("no link profile is called \"" + name + "\"; there are " + known +
                     ", and trace files");
  }
  if (!IsIn(seconds, kStep, kMostSeconds)) {
    throw UsageError("link profile " + name + ": seconds must be from 0.1 to 100000");
  }
  Random random(seed);
  const bool lte = name == "lte", walk = name == "bluetooth-walk", cut = name == "cut";
  Swing swing = walk  ? Swing(&random, 0.12, 1)
                : lte ? Swing(&random, 0.4, 5)
                      : Swing(&random, 0.25, 2);
  std::vector<LinkSample> samples;
  const int count = static_cast<int>(ceil(seconds / kStep));
  for (int i = 0; i < count; ++i) {
    LinkSample sample;
    sample.time_s = i * kStep;
    const double part = sample.time_s / seconds;
    if (walk) {
      sample = {sample.time_s, WalkRate(part), 0.007, 0.002, 0};
    } else if (lte) {
      sample = {sample.time_s, 1e6, 0.025, 0.006, 0.0005};
    } else {
      sample = {sample.time_s, 3e6, 0.002, 0.001, 0.0005};
    }
    sample.rate_bytes_per_s *= swing.Next();
    if (cut && IsIn(part, 0.4, 0.6)) sample.rate_bytes_per_s = 0;
    samples.push_back(sample);
  }
  return LinkProfile(name, std::move(samples));
}

LinkProfile LinkProfile::Read(const std::string& path) {
  const std::string text = ReadTextFile(path, kMaxFile);
  std::vector<LinkSample> samples;
  int64_t number = 0;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    std::string line = text.substr(start, end - start);
    start = end + 1;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const std::string place = path + ": line " + std::to_string(++number) + ": ";
    if (number == 1) {
      if (line != kHeader) throw BadInput(place + "must be \"" + kHeader + "\"");
      continue;
    }
    LinkSample sample;
    if (!ParseSample(line, &sample)) throw BadInput(place + "must be five numbers, with commas");
    const char* rule = Broken(sample, samples.empty() ? nullptr : &samples.back());
    if (rule != nullptr) throw BadInput(place + rule);
    samples.push_back(sample);
  }
  if (samples.empty()) {
    throw BadInput(path + ": has no samples; after the line \"" + kHeader +
                   "\" give at least one line of numbers");
  }
  return LinkProfile(path, std::move(samples));
}

size_t LinkProfile::IndexAt(double time_s) const {
  const auto after =
      std::upper_bound(samples_.begin(), samples_.end(), time_s,
                       [](double t, const LinkSample& sample) { return t < sample.time_s; });
  return after == samples_.begin() ? 0 : after - samples_.begin() - 1;
}

const LinkSample& LinkProfile::At(double time_s) const { return samples_[IndexAt(time_s)]; }

double LinkProfile::TransferEnd(double start_s, double bytes) const {
  double now = start_s;
  for (size_t i = IndexAt(start_s);; ++i) {
    const double rate = samples_[i].rate_bytes_per_s;
    const double until =
        i + 1 < samples_.size() ? samples_[i + 1].time_s : std::numeric_limits<double>::infinity();
    if (rate > 0 && bytes <= rate * (until - now)) return now + bytes / rate;
    if (i + 1 == samples_.size()) return until;
    bytes -= rate * (until - now);
    now = until;
  }
}

LinkProfile LinkProfile::WithRatesTimes(double factor) const {
  if (!(factor > 0)) throw UsageError("link profile " + name_ + ": the factor must be above 0");
  std::vector<LinkSample> samples = samples_;
  for (LinkSample& sample : samples) sample.rate_bytes_per_s *= factor;
  return LinkProfile(name_, std::move(samples));
}

}  // namespace slim
