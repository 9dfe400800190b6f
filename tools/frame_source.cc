#include "tools/frame_source.h"

#include <stdio.h>

#include "core/error_host.h"
#include "data/open.h"
#include "tools/image_fit.h"

namespace slim {
namespace {

class DatasetFrames : public FrameSource {
 public:
  DatasetFrames(const std::string& spec, const ImageSize& size, int64_t frames)
      : images_(OpenDataset(spec, Split::kTest)), frames_(frames > 0 ? frames : images_->size()) {
    RequireImageSize("--data " + spec, images_->image_size(), "the head", size);
  }

  int64_t size() const override { return frames_; }
  bool Next(LabelledFrame* frame) override {
    if (next_ == frames_) return false;
    const int64_t index = next_++ % images_->size();
    images_->Get(index, &frame->image);
    frame->label = images_->Label(index);
    return true;
  }

 private:
  const std::unique_ptr<Dataset> images_;
  const int64_t frames_;
  int64_t next_ = 0;
};

class StandardInput : public FrameSource {
 public:
  StandardInput(const ImageSize& size, int64_t frames) : size_(size), frames_(frames) {}

  int64_t size() const override { return frames_; }
  bool Next(LabelledFrame* frame) override {
    if (frames_ > 0 && next_ == frames_) return false;
    frame->image.Resize(size_);
    frame->label = -1;
    const size_t bytes = frame->image.pixels.size();
    const size_t got = fread(frame->image.pixels.data(), 1, bytes, stdin);
    if (ferror(stdin)) throw BadInput("standard input cannot be read");
    if (got == 0) return false;
    if (got < bytes) {
      throw BadInput("standard input: ends " + std::to_string(bytes - got) +
                     " bytes before the end of frame " + std::to_string(next_) + "; a frame is " +
                     SizeText(size_) + " bytes");
    }
    ++next_;
    return true;
  }

 private:
  const ImageSize size_;
  const int64_t frames_;
  int64_t next_ = 0;
};

}  // namespace

std::unique_ptr<FrameSource> OpenFrames(const std::string& spec, const ImageSize& size,
                                        int64_t frames) {
  if (spec == "-") return std::make_unique<StandardInput>(size, frames);
  return std::make_unique<DatasetFrames>(spec, size, frames);
}

}  // namespace slim
