// Reads golden files of named bytes: lines of a name, a space and hexadecimal digits.
#ifndef SLIMSPLIT_TESTS_SPLIT_CODEC_GOLDEN_HEX_H_
#define SLIMSPLIT_TESTS_SPLIT_CODEC_GOLDEN_HEX_H_

#include <stdint.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace slim {

using Bytes = std::vector<uint8_t>;

inline Bytes FromHex(const std::string& hex) {
  Bytes bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

// Empty when tests/golden/wire has no such file.
inline std::map<std::string, Bytes> ReadGolden(const std::string& file) {
  std::map<std::string, Bytes> golden;
  std::ifstream in("tests/golden/wire/" + file);
  std::string name, hex;
  while (in >> name >> hex) golden[name] = FromHex(hex);
  return golden;
}

}  // namespace slim

#endif  // SLIMSPLIT_TESTS_SPLIT_CODEC_GOLDEN_HEX_H_
