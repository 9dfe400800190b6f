// oneDNN's convolutions of bytes (u8 x s8) for int8_conv. Tensors lie as oneDNN wants them and
// nothing is reordered: the kernel alone, with its scales, biases and the ReLU that u8 is.
#include <omp.h>

#include <memory>
#include <unordered_map>

#include "oneapi/dnnl/dnnl.hpp"
#include "tools/bench/int8_conv.h"

namespace slim {

std::vector<Side> PeerSides(const ConvShape& s) {
  using Descriptor = dnnl::memory::desc;
  using Type = dnnl::memory::data_type;
  omp_set_num_threads(1);
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  const auto any = [](const dnnl::memory::dims& dims, Type type) {
    return Descriptor(dims, type, dnnl::memory::format_tag::any);
  };
  const Descriptor x = any({1, s.in, s.height, s.width}, Type::u8);
  const Descriptor y = any({1, s.out, s.out_height(), s.out_width()}, Type::u8);
  const Descriptor w =
      s.groups > 1
          ? any({s.groups, s.out / s.groups, s.in / s.groups, s.kernel, s.kernel}, Type::s8)
          : any({s.out, s.in, s.kernel, s.kernel}, Type::s8);
  const Descriptor b = any({s.out}, Type::s32);
  const dnnl::memory::dims stride = {s.stride, s.stride}, padding = {s.padding, s.padding};
  dnnl::primitive_attr scales;
  scales.set_output_scales(1 << 1, std::vector<float>(s.out, 0.001f));
  const dnnl::convolution_forward::primitive_desc descriptor(
      {dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, x, w, b, y, stride,
       padding, padding},
      scales, engine);
  const auto args = std::make_shared<std::unordered_map<int, dnnl::memory>>();
  for (const auto& [name, desc] : {std::pair{DNNL_ARG_SRC, descriptor.src_desc()},
                                   {DNNL_ARG_WEIGHTS, descriptor.weights_desc()},
                                   {DNNL_ARG_BIAS, descriptor.bias_desc()},
                                   {DNNL_ARG_DST, descriptor.dst_desc()}}) {
    const dnnl::memory memory(desc, engine);
    unsigned char* bytes = static_cast<unsigned char*>(memory.get_data_handle());
    for (size_t i = 0; i < desc.get_size(); ++i) bytes[i] = static_cast<unsigned char>(i % 97);
    args->emplace(name, memory);
  }
  const dnnl::convolution_forward convolution(descriptor);
  return {{"oneDNN int8", [=]() mutable {
             convolution.execute(stream, *args);
             stream.wait();
           }}};
}

}  // namespace slim
