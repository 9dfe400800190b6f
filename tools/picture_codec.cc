#include "tools/picture_codec.h"

#include <png.h>
#include <turbojpeg.h>
#include <webp/decode.h>
#include <webp/encode.h>

#include <memory>
#include <string>

#include "core/error_host.h"

namespace slim {
namespace {

Error Refused(PictureFormat format, const char* action, const std::string& reason) {
  return Failure(std::string(NameOf(format)) + ": an image cannot be " + action + ": " + reason);
}

struct TurboHandle {
  void operator()(void* handle) const { tjDestroy(handle); }
};
using Turbo = std::unique_ptr<void, TurboHandle>;

std::vector<uint8_t> EncodeJpeg(const Image& image, int quality) {
  const ImageSize& size = image.size;
  const bool gray = size.channels == 1;
  const Turbo turbo(tjInitCompress());
  unsigned char* out = nullptr;
  unsigned long bytes = 0;  // NOLINT: as the library has it
  const int result = tjCompress2(turbo.get(), image.pixels.data(), size.width, 0, size.height,
                                 gray ? TJPF_GRAY : TJPF_RGB, &out, &bytes,
                                 gray ? TJSAMP_GRAY : TJSAMP_420, quality, TJFLAG_ACCURATEDCT);
  const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owner(out, tjFree);
  if (result != 0) throw Refused(PictureFormat::kJpeg, "encoded", tjGetErrorStr2(turbo.get()));
  return {out, out + bytes};
}

bool DecodeJpeg(const std::vector<uint8_t>& file, Image* image) {
  const ImageSize& size = image->size;
  const Turbo turbo(tjInitDecompress());
  int width = 0, height = 0, sampling = 0, space = 0;
  return tjDecompressHeader3(turbo.get(), file.data(), file.size(), &width, &height, &sampling,
                             &space) == 0 &&
         width == size.width && height == size.height &&
         tjDecompress2(turbo.get(), file.data(), file.size(), image->pixels.data(), width, 0,
                       height, size.channels == 1 ? TJPF_GRAY : TJPF_RGB, TJFLAG_ACCURATEDCT) == 0;
}

png_image PngHeader(const ImageSize& size) {
  png_image header = {};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(size.width);
  header.height = static_cast<png_uint_32>(size.height);
  header.format = size.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  return header;
}

std::vector<uint8_t> EncodePng(const Image& image) {
  png_image header = PngHeader(image.size);
  png_alloc_size_t bytes = PNG_IMAGE_PNG_SIZE_MAX(header);
  std::vector<uint8_t> file(bytes);
  if (png_image_write_to_memory(&header, file.data(), &bytes, 0, image.pixels.data(), 0, nullptr) ==
      0) {
    throw Refused(PictureFormat::kPng, "encoded", header.message);
  }
  file.resize(bytes);
  return file;
}

bool DecodePng(const std::vector<uint8_t>& file, Image* image) {
  png_image header = {};
  header.version = PNG_IMAGE_VERSION;
  const bool fits = png_image_begin_read_from_memory(&header, file.data(), file.size()) != 0 &&
                    header.width == static_cast<png_uint_32>(image->size.width) &&
                    header.height == static_cast<png_uint_32>(image->size.height);
  header.format = PngHeader(image->size).format;
  const bool read =
      fits && png_image_finish_read(&header, nullptr, image->pixels.data(), 0, nullptr) != 0;
  png_image_free(&header);
  return read;
}

// WebP knows no gray: three equal channels stand for it.
std::vector<uint8_t> EncodeWebp(const Image& image, int quality) {
  const ImageSize& size = image.size;
  std::vector<uint8_t> colours;
  if (size.channels == 1) {
    for (const uint8_t gray : image.pixels) colours.insert(colours.end(), 3, gray);
  }
  uint8_t* out = nullptr;
  const size_t bytes =
      WebPEncodeRGB(size.channels == 1 ? colours.data() : image.pixels.data(), size.width,
                    size.height, 3 * size.width, static_cast<float>(quality), &out);
  const std::unique_ptr<uint8_t, void (*)(void*)> owner(out, WebPFree);
  if (bytes == 0)
    throw Refused(PictureFormat::kWebp, "encoded", "no memory, or a side is over 16383");
  return {out, out + bytes};
}

bool DecodeWebp(const std::vector<uint8_t>& file, Image* image) {
  int width = 0, height = 0;
  const std::unique_ptr<uint8_t, void (*)(void*)> out(
      WebPDecodeRGB(file.data(), file.size(), &width, &height), WebPFree);
  if (out == nullptr || width != image->size.width || height != image->size.height) return false;
  const size_t step = image->size.channels == 1 ? 3 : 1;
  for (size_t i = 0; i < image->pixels.size(); ++i) image->pixels[i] = out.get()[i * step];
  return true;
}

}  // namespace

const char* NameOf(PictureFormat format) {
  static constexpr const char* kNames[] = {"jpeg", "png", "webp"};
  return kNames[static_cast<int>(format)];
}

std::vector<uint8_t> EncodePicture(const Image& image, PictureFormat format, int quality) {
  if (format == PictureFormat::kJpeg) return EncodeJpeg(image, quality);
  return format == PictureFormat::kPng ? EncodePng(image) : EncodeWebp(image, quality);
}

void DecodePicture(const std::vector<uint8_t>& file, PictureFormat format, const ImageSize& size,
                   Image* image) {
  image->Resize(size);
  const bool done = format == PictureFormat::kJpeg  ? DecodeJpeg(file, image)
                    : format == PictureFormat::kPng ? DecodePng(file, image)
                                                    : DecodeWebp(file, image);
  if (!done) {
    throw BadInput(std::string(NameOf(format)) + ": " + std::to_string(file.size()) +
                   " bytes are not a file of the image that was encoded; encode it again");
  }
}

int64_t JpegScanBytes(const std::vector<uint8_t>& file) {
  const auto refuse = [](size_t at) {
    return BadInput("jpeg: byte " + std::to_string(at) +
                    ": not the marker of a baseline JPEG; encode the image again");
  };
  const size_t size = file.size();
  if (size < 4 || file[0] != 0xFF || file[1] != 0xD8) throw refuse(0);
  if (file[size - 2] != 0xFF || file[size - 1] != 0xD9) throw refuse(size - 2);
  for (size_t at = 2;;) {
    if (at + 4 > size || file[at] != 0xFF) throw refuse(at);
    const size_t next = at + 2 + (size_t{file[at + 2]} << 8 | file[at + 3]);
    if (next > size - 2) throw refuse(at);
    if (file[at + 1] == 0xDA) return static_cast<int64_t>(size - 2 - next);
    at = next;
  }
}

}  // namespace slim
