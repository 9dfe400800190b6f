// FairQueue: jobs of many sources for a few workers; the sources take turns, so that one that asks
// for much waits for its own jobs only.
#ifndef SLIMSPLIT_SPLIT_LINK_FAIR_QUEUE_HOST_H_
#define SLIMSPLIT_SPLIT_LINK_FAIR_QUEUE_HOST_H_

#include <stddef.h>
#include <stdint.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace slim {

// Safe to use from any thread. Who pushes bounds the jobs of each source.
template <typename Job>
class FairQueue {
 public:
  void Push(uint64_t source, Job job) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      std::deque<Job>& jobs = jobs_[source];
      if (jobs.empty()) turns_.push_back(source);
      jobs.push_back(std::move(job));
    }
    ready_.notify_one();
  }

  // The oldest job of the source whose turn it is. Waits for one; false after Close.
  bool Take(Job* job) {
    std::unique_lock<std::mutex> lock(mutex_);
    ready_.wait(lock, [this] { return closed_ || !turns_.empty(); });
    if (closed_) return false;
    const auto jobs = jobs_.find(turns_.front());
    turns_.pop_front();
    *job = std::move(jobs->second.front());
    jobs->second.pop_front();
    if (jobs->second.empty()) {
      jobs_.erase(jobs);
    } else {
      turns_.push_back(jobs->first);
    }
    return true;
  }

  // Adds to `jobs`, until there are `most`, the oldest job of each source in turn where it `fits`;
  // sources whose job does not keep their turn. Does not wait.
  template <class Fits>
  void TakeAlso(size_t most, const Fits& fits, std::vector<Job>* jobs) {
    const std::lock_guard<std::mutex> lock(mutex_);
    size_t next = 0;
    for (size_t sources = turns_.size(); sources > 0 && jobs->size() < most; --sources) {
      const auto source = jobs_.find(turns_[next]);
      if (!fits(source->second.front())) {
        ++next;
        continue;
      }
      turns_.erase(turns_.begin() + static_cast<std::ptrdiff_t>(next));
      jobs->push_back(std::move(source->second.front()));
      source->second.pop_front();
      if (source->second.empty()) {
        jobs_.erase(source);
      } else {
        turns_.push_back(source->first);
      }
    }
  }

  // Forgets the jobs of a source that is gone.
  void Drop(uint64_t source) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (jobs_.erase(source) == 0) return;
    for (auto turn = turns_.begin();; ++turn) {
      if (*turn != source) continue;
      turns_.erase(turn);
      return;
    }
  }

  void Close() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      closed_ = true;
    }
    ready_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable ready_;
  std::map<uint64_t, std::deque<Job>> jobs_;  // never empty ones
  std::deque<uint64_t> turns_;                // each source of jobs_ once
  bool closed_ = false;
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_LINK_FAIR_QUEUE_HOST_H_
