// Loader: batches of augmented, normalised images, made ahead of their use by threads of its own.
//
// What a batch holds depends on (seed, epoch, position in the epoch) alone: never on the number of
// threads, or on whether the epoch was begun at its start or, as after a resume, in its middle.
#ifndef SLIMSPLIT_DATA_LOADER_H_
#define SLIMSPLIT_DATA_LOADER_H_

#include <stdint.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "core/shape.h"
#include "data/augment.h"
#include "data/dataset.h"
#include "data/normalize.h"

namespace slim {

struct LoaderOptions {
  int64_t batch_size = 128;
  uint64_t seed = 0;
  bool shuffle = true;
  bool drop_last = false;  // leaves out the last batch when it is smaller than the others
  Augment augment;
  Normalization normalization;
  int threads = 1;   // that prepare batches, 1 .. 64
  int prefetch = 4;  // batches prepared ahead, >= 1
};

struct Batch {
  Shape shape;  // [N][H][W][C]; N < batch_size only in the last batch of an epoch
  std::vector<float> images;
  std::vector<int32_t> labels;  // [N]
  int64_t index = 0;            // number of the batch in its epoch
  int64_t first = 0;            // position of its first image in the epoch
};

// Used by one thread. Allocates nothing after the first few batches, unless the data set does.
class Loader {
 public:
  // `dataset` must outlive the loader. Throws Error on options that make no sense, on an empty data
  // set, and when the images that come out of `augment` differ in size.
  Loader(const Dataset& dataset, LoaderOptions options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  int64_t batches_per_epoch() const { return batches_per_epoch_; }
  ImageSize image_size() const { return image_size_; }

  // Makes `first_batch` of `epoch` the next batch; what was prepared is dropped. 0 <= first_batch
  // <= batches_per_epoch().
  void StartEpoch(int64_t epoch, int64_t first_batch = 0);

  // The next batch, valid until the next call of Next or StartEpoch; nullptr when the epoch is over
  // or was never begun. Rethrows what went wrong while this batch was prepared, at each call until
  // StartEpoch.
  const Batch* Next();

 private:
  // A place in the ring of batches. Batch i of an epoch lies in slot i modulo the number of slots.
  struct Slot {
    Batch batch;
    bool ready = false;
    std::exception_ptr error;
  };
  struct Scratch {
    Image image;
    AugmentScratch augment;
  };

  void Work();
  void Stop();
  void Fill(int64_t index, Scratch* scratch, Batch* batch) const;
  Slot& SlotOf(int64_t index) { return slots_[index % slots_.size()]; }

  const Dataset& dataset_;
  const LoaderOptions options_;
  ImageSize image_size_;
  Normalizer normalizer_;
  int64_t batches_per_epoch_;
  std::vector<Slot> slots_;

  // Written by StartEpoch while no worker is busy, read by workers while they are.
  int64_t epoch_ = 0;
  std::vector<int64_t> order_;  // image at each position

  std::mutex mutex_;  // guards what follows, and ready and error of each slot
  std::condition_variable work_, done_;
  int64_t next_claim_ = 0;   // first batch that no worker has taken
  int64_t next_ = 0;         // first batch that Next has not returned
  int64_t claim_limit_ = 0;  // workers may take batches below this
  int busy_ = 0;             // workers that are preparing a batch
  bool stop_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace slim

#endif  // SLIMSPLIT_DATA_LOADER_H_
