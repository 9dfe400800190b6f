// Both ends in about ten lines each, as programs of others would write them.
#include <optional>

#include "gtest/gtest.h"
#include "split/link/head_client_host.h"
#include "split/link/link_key_host.h"
#include "split/link/tail_handler_host.h"
#include "tests/split/runtime/model_file_support.h"

namespace slim {
namespace {

// The tail: what stays of this are the lines between the braces.
std::unique_ptr<LinkServer> ServeIt(const ModelFile& tail, const LinkKey& key) {
  ServerOptions options = TailHandler::OptionsFor(tail);
  options.address = "127.0.0.1";
  options.key = &key;
  std::vector<std::unique_ptr<FrameHandler>> handlers;
  handlers.push_back(std::make_unique<TailHandler>(tail));
  return std::make_unique<LinkServer>(options, std::move(handlers));
}

// The head.
HeadAnswer AskIt(const ModelFile& head, const LinkKey& key, uint16_t port, const uint8_t* pixels) {
  ClientOptions link;
  link.host = "127.0.0.1";
  link.port = port;
  link.key = &key;
  HeadClient device(head, link);
  device.WaitForLink(/*patience_us=*/60000000);
  return device.Ask(pixels, /*patience_us=*/60000000);
}

TEST(Embed, AnImageIsAnsweredOverAnEncryptedLink) {
  SmallSplit split;
  const ParsedFile head(ModelFileBytes(split.head())), tail(ModelFileBytes(split.tail()));
  const LinkKey key = LinkKey::Random();
  const std::unique_ptr<LinkServer> server = ServeIt(tail.file, key);
  const std::vector<uint8_t> pixels(8 * 6 * 2, 100);
  const HeadAnswer answer = AskIt(head.file, key, server->port(), pixels.data());
  EXPECT_EQ(answer.source, AnswerSource::kServer);
  EXPECT_TRUE(answer.in_time);
  EXPECT_LT(answer.best.label, head.file.num_classes);
}

}  // namespace
}  // namespace slim
