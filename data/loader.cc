#include "data/loader.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "core/error_host.h"
#include "core/random.h"

namespace slim {
namespace {

// Tells the stream that shuffles from those that augment, one per position.
constexpr uint64_t kShuffleStream = ~uint64_t{0};

constexpr int kMaxThreads = 64;

LoaderOptions Checked(LoaderOptions options) {
  if (options.batch_size < 1 || options.threads < 1 || options.threads > kMaxThreads ||
      options.prefetch < 1) {
    throw UsageError("loader: batch size " + std::to_string(options.batch_size) + ", threads " +
                     std::to_string(options.threads) + ", prefetch " +
                     std::to_string(options.prefetch) +
                     "; each must be at least 1, threads at most " + std::to_string(kMaxThreads));
  }
  return options;
}

ImageSize OutputSize(const Dataset& dataset, const Augment& augment) {
  const ImageSize size = augment.OutputSize(dataset.image_size());
  if (!size.fixed()) {
    throw UsageError(
        "loader: the images of this data set differ in size; give the data set a size, or the "
        "augmentation a random-resized-crop or center-crop");
  }
  return size;
}

}  // namespace

Loader::Loader(const Dataset& dataset, LoaderOptions options)
    : dataset_(dataset),
      options_(Checked(std::move(options))),
      image_size_(OutputSize(dataset, options_.augment)),
      normalizer_(options_.normalization, image_size_.channels),
      // One more than prefetch: the batch that the caller holds.
      slots_(static_cast<size_t>(options_.prefetch) + 1) {
  const int64_t size = dataset.size();
  const int64_t whole = size / options_.batch_size;
  batches_per_epoch_ = options_.drop_last || size % options_.batch_size == 0 ? whole : whole + 1;
  if (batches_per_epoch_ == 0) {
    throw UsageError("loader: " + std::to_string(size) + " images do not make one batch of " +
                     std::to_string(options_.batch_size) +
                     "; choose a smaller --batch or more images");
  }
  order_.resize(static_cast<size_t>(size));
  try {
    for (int i = 0; i < options_.threads; ++i) workers_.emplace_back([this] { Work(); });
  } catch (...) {
    Stop();
    throw;
  }
}

Loader::~Loader() { Stop(); }

void Loader::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  work_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void Loader::StartEpoch(int64_t epoch, int64_t first_batch) {
  if (first_batch < 0 || first_batch > batches_per_epoch_) {
    throw UsageError("loader: batch " + std::to_string(first_batch) + " of an epoch of " +
                     std::to_string(batches_per_epoch_) + " batches; resume inside the epoch");
  }
  std::unique_lock<std::mutex> lock(mutex_);
  claim_limit_ = 0;
  done_.wait(lock, [this] { return busy_ == 0; });
  for (Slot& slot : slots_) {
    slot.ready = false;
    slot.error = nullptr;
  }
  epoch_ = epoch;
  std::iota(order_.begin(), order_.end(), int64_t{0});
  if (options_.shuffle) {
    Random random = Random::Derive(options_.seed, static_cast<uint64_t>(epoch), kShuffleStream);
    for (size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[random.Below(i)]);
  }
  next_ = next_claim_ = first_batch;
  claim_limit_ = std::min(batches_per_epoch_, first_batch + options_.prefetch);
  work_.notify_all();
}

const Batch* Loader::Next() {
  std::unique_lock<std::mutex> lock(mutex_);
  // Before the first epoch, and at the end of each, there is nothing that workers may take.
  if (next_ >= claim_limit_) return nullptr;
  Slot& slot = SlotOf(next_);
  done_.wait(lock, [&slot] { return slot.ready; });
  if (slot.error != nullptr) std::rethrow_exception(slot.error);
  slot.ready = false;
  ++next_;
  // The slot of the batch returned before this one is free now.
  claim_limit_ = std::min(batches_per_epoch_, next_ + options_.prefetch);
  work_.notify_one();
  return &slot.batch;
}

void Loader::Work() {
  Scratch scratch;
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    work_.wait(lock, [this] { return stop_ || next_claim_ < claim_limit_; });
    if (stop_) return;
    const int64_t index = next_claim_++;
    Slot& slot = SlotOf(index);
    ++busy_;
    lock.unlock();
    std::exception_ptr error;
    try {
      Fill(index, &scratch, &slot.batch);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    slot.error = error;
    slot.ready = true;
    --busy_;
    done_.notify_all();
  }
}

void Loader::Fill(int64_t index, Scratch* scratch, Batch* batch) const {
  const int64_t first = index * options_.batch_size;
  const int64_t count = std::min(options_.batch_size, dataset_.size() - first);
  batch->index = index;
  batch->first = first;
  batch->shape = Shape(count, image_size_.height, image_size_.width, image_size_.channels);
  batch->images.resize(static_cast<size_t>(count * image_size_.bytes()));
  batch->labels.resize(static_cast<size_t>(count));
  Image& image = scratch->image;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t position = first + i;
    const int64_t source = order_[position];
    Random random = Random::Derive(options_.seed, static_cast<uint64_t>(epoch_),
                                   static_cast<uint64_t>(position));
    dataset_.Get(source, &image);
    options_.augment.Apply(&random, &scratch->augment, &image);
    if (image.size != image_size_) {
      throw Failure("loader: image " + std::to_string(source) + " is " +
                    std::to_string(image.size.height) + "x" + std::to_string(image.size.width) +
                    "x" + std::to_string(image.size.channels) +
                    ", unlike the size that its data set states");
    }
    normalizer_.Apply(image, batch->images.data() + i * image_size_.bytes());
    batch->labels[i] = dataset_.Label(source);
  }
}

}  // namespace slim
