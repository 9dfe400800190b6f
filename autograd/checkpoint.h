// Checkpoints: everything that a training needs to go on as if it had never stopped.
//
// A safetensors file with a checksum:
//
//   tensors                 F32, the numbers of all parameters one after the other, in the order of
//                           ListParameters: "parameters", "optimizer.0" (, "optimizer.1"), "ema"
//   __metadata__
//     slimsplit.checkpoint  {"version": 1, "recipe": {...}, "trainer": {...}, "graph": {...},
//                            "machine": {"build": ..., "kernels": ..., "threads": ...},
//                            "steps": 100, "optimizer_steps": 100}
//
// The random numbers of a step and the batches of an epoch follow from the seed and their number
// alone, so the number of steps is the whole position.
//
// Why kill -9, a full disk or a power cut loses at most the steps since the last checkpoint:
// WriteFileAtomically (core/file_host.h) puts a file in place complete or not at all, so PATH is at
// every instant a complete checkpoint, before and after each system call. The one before stays as
// PATH.prev: should the disk damage PATH, resuming goes on from there. It first moves the damaged
// file aside and PATH.prev to PATH, because the next save discards PATH.prev before the new file is
// in place; a kill between the two moves leaves PATH.prev alone, from which resuming works as well.
#ifndef SLIMSPLIT_AUTOGRAD_CHECKPOINT_H_
#define SLIMSPLIT_AUTOGRAD_CHECKPOINT_H_

#include <map>
#include <string>
#include <vector>

#include "autograd/trainer.h"

namespace slim {

// What decides the weights beside the network and the trainer's options, by name: {"data",
// "cifar10"}, {"batch", "128"}. Which parameters are frozen belongs here too.
using Recipe = std::map<std::string, std::string>;

struct Resumed {
  int64_t epoch = 0, batch = 0;    // the next step's: for Loader::StartEpoch
  std::vector<std::string> notes;  // for the user: an older file was taken, another machine
};

// Replaces PATH and keeps the one before as PATH.prev. Throws Failure when a parameter is not
// finite or the disk refuses; what was there before is then unchanged.
void SaveCheckpoint(const std::string& path, Trainer& trainer, const Recipe& recipe);

// True when there is PATH or PATH.prev.
bool HasCheckpoint(const std::string& path);

// Makes the trainer what it was. With the same build, threads and kernels what follows is then
// bit-identical to the unbroken training; otherwise a note says so. A missing or damaged PATH is
// replaced by PATH.prev, with a note. Throws BadInput when neither can be read, UsageError naming
// the first field of the recipe, the trainer's options or the network that differs; trainer and
// files are then unchanged.
Resumed ResumeCheckpoint(const std::string& path, const Recipe& recipe, Trainer* trainer);

}  // namespace slim

#endif  // SLIMSPLIT_AUTOGRAD_CHECKPOINT_H_
