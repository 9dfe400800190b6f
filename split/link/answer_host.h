// What the payload of an answer says. Frame id and row are in its header (split/codec/wire_frame.h)
// and are those of the features.
//
//   byte  0   u32   server us   from the last byte of the features to the first of the answer
//         4         body        what the handler of the server made; of a classifier:
//         4   u16   class       the most probable
//         6   f32   score       its probability
//
// All little-endian.
#ifndef SLIMSPLIT_SPLIT_LINK_ANSWER_HOST_H_
#define SLIMSPLIT_SPLIT_LINK_ANSWER_HOST_H_

#include <math.h>
#include <stdint.h>
#include <string.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "core/status.h"
#include "split/codec/little_endian.h"

namespace slim {

inline constexpr int kAnswerTimeBytes = 4;

inline std::vector<uint8_t> MakeAnswer(int64_t server_us, const std::vector<uint8_t>& body) {
  std::vector<uint8_t> payload(kAnswerTimeBytes);
  const int64_t most = std::numeric_limits<uint32_t>::max();
  StoreLe32(payload.data(), static_cast<uint32_t>(std::clamp(server_us, int64_t{0}, most)));
  payload.insert(payload.end(), body.begin(), body.end());
  return payload;
}

struct ClassAnswer {
  static constexpr int kBytes = 6;

  uint16_t label = 0;
  float score = 0;

  // The class of the highest score, and its probability by softmax. Errors: scores that are no
  // numbers.
  static Status OfScores(const float* scores, int64_t count, ClassAnswer* answer) {
    const float* best = std::max_element(scores, scores + count);
    double sum = 0;
    for (int64_t i = 0; i < count; ++i) sum += exp(scores[i] - *best);
    answer->label = static_cast<uint16_t>(best - scores);
    answer->score = static_cast<float>(1 / sum);
    return answer->score >= 0 ? OkStatus() : Invalid("answer: scores that are no numbers");
  }

  void Write(std::vector<uint8_t>* body) const {
    body->resize(kBytes);
    uint32_t bits;
    memcpy(&bits, &score, sizeof(bits));
    StoreLe16(body->data(), label);
    StoreLe32(body->data() + 2, bits);
  }

  // Errors: another length, a score that is no probability.
  static Status Parse(const std::vector<uint8_t>& body, ClassAnswer* answer) {
    if (body.size() != kBytes) return Invalid("answer: a class and its score are 6 bytes");
    const uint32_t bits = LoadLe32(body.data() + 2);
    answer->label = LoadLe16(body.data());
    memcpy(&answer->score, &bits, sizeof(bits));
    if (!(answer->score >= 0 && answer->score <= 1)) {
      return Invalid("answer: a score is from 0 to 1", kAnswerTimeBytes + 2);
    }
    return OkStatus();
  }
};

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_LINK_ANSWER_HOST_H_
