// SecureStream: bytes between a head and a tail that know the same key, over TCP.
//
// TLS 1.3 with an external pre-shared key (RFC 8446, 4.2.11) and ephemeral Diffie-Hellman: who does
// not know the key can neither connect nor accept, and what was recorded stays secret even if the
// key leaks later. One cipher suite, TLS_AES_128_GCM_SHA256, no certificates, no tickets, no early
// data, so that nothing can be replayed. Without a key the same calls move plain bytes: to be asked
// for by name only.
#ifndef SLIMSPLIT_SPLIT_LINK_SECURE_STREAM_HOST_H_
#define SLIMSPLIT_SPLIT_LINK_SECURE_STREAM_HOST_H_

#include <stddef.h>
#include <stdint.h>

#include <asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>

#include "split/link/link_key_host.h"

namespace slim {

enum class LinkEnd : uint8_t { kHead, kTail };  // the head connects, the tail accepts

// All calls and all handlers on the thread of the socket's io_context; each kind of operation once
// at a time. The stream must live until its handlers have run, with an error after Close.
class SecureStream {
 public:
  using Handler = std::function<void(const asio::error_code& error, size_t bytes)>;

  virtual ~SecureStream() = default;

  virtual void Handshake(Handler handler) = 0;
  // Some bytes, at least one, of at most `bytes`.
  virtual void ReadSome(uint8_t* into, size_t bytes, Handler handler) = 0;
  // All bytes.
  virtual void Write(const uint8_t* from, size_t bytes, Handler handler) = 0;

  // Says to the other end that nothing more will be written.
  void EndWriting();
  void Close();

  // For the user, e.g. "TLS 1.3 with a pre-shared key".
  virtual const char* Protection() const = 0;

 protected:
  virtual asio::ip::tcp::socket& Socket() = 0;
};

// Makes the streams of one end. It must outlive them.
class LinkSecurity {
 public:
  // `key` nullptr: no security. Throws Failure where OpenSSL cannot do it.
  LinkSecurity(LinkEnd end, const LinkKey* key);
  ~LinkSecurity();
  LinkSecurity(const LinkSecurity&) = delete;
  LinkSecurity& operator=(const LinkSecurity&) = delete;

  // Of a connected socket. Small messages are not held back (TCP_NODELAY), and a dead peer is
  // noticed by the kernel within seconds (keep-alive, TCP_USER_TIMEOUT).
  std::unique_ptr<SecureStream> Wrap(asio::ip::tcp::socket socket) const;

 private:
  struct Context;
  std::unique_ptr<Context> context_;
  LinkEnd end_;
};

// What a failed handshake or connection means, and the next step.
std::string ExplainHandshake(const asio::error_code& error);

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_LINK_SECURE_STREAM_HOST_H_
