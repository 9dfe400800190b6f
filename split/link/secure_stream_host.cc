#include "split/link/secure_stream_host.h"

#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <string.h>

#include <asio/post.hpp>
#include <asio/ssl.hpp>
#include <asio/write.hpp>
#include <utility>

#include "core/error_host.h"

namespace slim {
namespace {

using asio::ip::tcp;

constexpr char kIdentity[] = "slimsplit";
constexpr char kCipherSuite[] = "TLS_AES_128_GCM_SHA256";
constexpr unsigned char kCipherSuiteId[] = {0x13, 0x01};
constexpr int kSilentSeconds = 5;  // after which the kernel doubts a peer

int KeyIndex() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// OpenSSL's form of an external key: a session that never was. nullptr when memory ends.
SSL_SESSION* SessionOfKey(SSL* ssl) {
  const void* key = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), KeyIndex());
  const SSL_CIPHER* cipher = SSL_CIPHER_find(ssl, kCipherSuiteId);
  SSL_SESSION* session = SSL_SESSION_new();
  if (cipher != nullptr && session != nullptr &&
      SSL_SESSION_set1_master_key(session, static_cast<const unsigned char*>(key),
                                  LinkKey::kBytes) == 1 &&
      SSL_SESSION_set_cipher(session, cipher) == 1 &&
      SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) == 1) {
    return session;
  }
  SSL_SESSION_free(session);
  return nullptr;
}

int OfferKey(SSL* ssl, const EVP_MD*, const unsigned char** identity, size_t* identity_bytes,
             SSL_SESSION** session) {
  *session = SessionOfKey(ssl);
  *identity = reinterpret_cast<const unsigned char*>(kIdentity);
  *identity_bytes = strlen(kIdentity);
  return *session != nullptr;
}

// A name that is not known leaves no way to go on: there are no certificates.
int FindKey(SSL* ssl, const unsigned char* identity, size_t identity_bytes, SSL_SESSION** session) {
  *session = nullptr;
  if (identity_bytes != strlen(kIdentity) || memcmp(identity, kIdentity, identity_bytes) != 0) {
    return 1;
  }
  *session = SessionOfKey(ssl);
  return *session != nullptr;
}

class PlainStream : public SecureStream {
 public:
  explicit PlainStream(tcp::socket socket) : socket_(std::move(socket)) {}

  void Handshake(Handler handler) override {
    asio::post(socket_.get_executor(), [handler = std::move(handler)] { handler({}, 0); });
  }
  void ReadSome(uint8_t* into, size_t bytes, Handler handler) override {
    socket_.async_read_some(asio::buffer(into, bytes), std::move(handler));
  }
  void Write(const uint8_t* from, size_t bytes, Handler handler) override {
    asio::async_write(socket_, asio::buffer(from, bytes), std::move(handler));
  }
  const char* Protection() const override { return "not encrypted, not authenticated"; }

 private:
  tcp::socket& Socket() override { return socket_; }

  tcp::socket socket_;
};

class TlsStream : public SecureStream {
 public:
  TlsStream(tcp::socket socket, asio::ssl::context& context, LinkEnd end)
      : stream_(std::move(socket), context), end_(end) {}

  void Handshake(Handler handler) override {
    stream_.async_handshake(
        end_ == LinkEnd::kHead ? asio::ssl::stream_base::client : asio::ssl::stream_base::server,
        [this, handler = std::move(handler)](asio::error_code error) {
          // Whoever got here without the key is nobody.
          if (!error && SSL_session_reused(stream_.native_handle()) != 1) {
            error = asio::error::no_permission;
          }
          handler(error, 0);
        });
  }
  void ReadSome(uint8_t* into, size_t bytes, Handler handler) override {
    stream_.async_read_some(asio::buffer(into, bytes), std::move(handler));
  }
  void Write(const uint8_t* from, size_t bytes, Handler handler) override {
    asio::async_write(stream_, asio::buffer(from, bytes), std::move(handler));
  }
  const char* Protection() const override { return "TLS 1.3 with a pre-shared key"; }

 private:
  tcp::socket& Socket() override { return stream_.next_layer(); }

  asio::ssl::stream<tcp::socket> stream_;
  LinkEnd end_;
};

}  // namespace

void SecureStream::EndWriting() {
  asio::error_code ignored;
  Socket().shutdown(tcp::socket::shutdown_send, ignored);
}

void SecureStream::Close() {
  asio::error_code ignored;
  Socket().close(ignored);
}

struct LinkSecurity::Context {
  explicit Context(const LinkKey& shared)
      : key(shared), ssl(SSL_CTX_new(TLS_method())) {}  // asio throws where it is nullptr

  LinkKey key;
  asio::ssl::context ssl;
};

LinkSecurity::LinkSecurity(LinkEnd end, const LinkKey* key) : end_(end) {
  if (key == nullptr) return;
  context_ = std::make_unique<Context>(*key);
  SSL_CTX* ssl = context_->ssl.native_handle();
  if (SSL_CTX_set_min_proto_version(ssl, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_ciphersuites(ssl, kCipherSuite) != 1 || SSL_CTX_set_num_tickets(ssl, 0) != 1 ||
      SSL_CTX_set_ex_data(ssl, KeyIndex(), const_cast<uint8_t*>(context_->key.bytes())) != 1) {
    throw Failure("OpenSSL cannot do TLS 1.3 with a pre-shared key; install OpenSSL 3");
  }
  SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET);
  if (end == LinkEnd::kTail) {
    SSL_CTX_set_psk_find_session_callback(ssl, FindKey);
  } else {
    SSL_CTX_set_psk_use_session_callback(ssl, OfferKey);
    // A tail that would rather show a certificate finds that none is trusted.
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
  }
}

LinkSecurity::~LinkSecurity() = default;

std::unique_ptr<SecureStream> LinkSecurity::Wrap(tcp::socket socket) const {
  asio::error_code ignored;  // a socket that has just broken says so at the next operation
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(tcp::socket::keep_alive(true), ignored);
  const int descriptor = socket.native_handle();
  const unsigned user_timeout_ms = 1000 * kSilentSeconds;
  setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof(user_timeout_ms));
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &kSilentSeconds, sizeof(kSilentSeconds));
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &kSilentSeconds, sizeof(kSilentSeconds));
  if (context_ == nullptr) return std::make_unique<PlainStream>(std::move(socket));
  return std::make_unique<TlsStream>(std::move(socket), context_->ssl, end_);
}

std::string ExplainHandshake(const asio::error_code& error) {
  if (error.category() == asio::error::get_ssl_category() ||
      error.category() == asio::ssl::error::get_stream_category() ||
      error == asio::error::no_permission || error == asio::error::eof) {
    return "no TLS with this peer (" + error.message() +
           "); check that both ends have the same key file, or none";
  }
  return error.message();
}

}  // namespace slim
