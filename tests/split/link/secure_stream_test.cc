#include <openssl/evp.h>
#include <openssl/x509.h>

#include <asio/io_context.hpp>
#include <asio/ssl.hpp>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "split/link/secure_stream_host.h"

namespace slim {
namespace {

using asio::ip::tcp;

// Two connected sockets.
struct Pair {
  explicit Pair(asio::io_context& context) : head(context), tail(context) {
    tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    head.connect(acceptor.local_endpoint());
    acceptor.accept(tail);
  }
  tcp::socket head, tail;
};

struct Handshakes {
  asio::error_code head, tail;
};

// What each end finds when the head has one key and the tail another.
Handshakes Meet(const LinkKey* head_key, const LinkKey* tail_key) {
  asio::io_context context;
  Pair pair(context);
  LinkSecurity head_security(LinkEnd::kHead, head_key), tail_security(LinkEnd::kTail, tail_key);
  const auto head = head_security.Wrap(std::move(pair.head));
  const auto tail = tail_security.Wrap(std::move(pair.tail));
  Handshakes found;
  uint8_t bytes[64] = {}, byte = 0;
  // TLS 1.3: the head may be done before the tail has judged it, and hears of it when it reads.
  head->Handshake([&](const asio::error_code& error, size_t) {
    found.head = error;
    if (error) return head->Close();
    head->Write(bytes, sizeof(bytes), [](const asio::error_code&, size_t) {});
  });
  tail->Handshake([&](const asio::error_code& error, size_t) {
    found.tail = error;
    if (error) return tail->Close();
    tail->ReadSome(&byte, 1, [&](const asio::error_code& error, size_t) {
      found.tail = error;
      tail->Close();
    });
  });
  context.run();
  return found;
}

TEST(SecureStream, BytesTravelBothWays) {
  const LinkKey key = LinkKey::Random();
  for (const LinkKey* each : {&key, static_cast<const LinkKey*>(nullptr)}) {
    asio::io_context context;
    Pair pair(context);
    LinkSecurity head_security(LinkEnd::kHead, each), tail_security(LinkEnd::kTail, each);
    const auto head = head_security.Wrap(std::move(pair.head));
    const auto tail = tail_security.Wrap(std::move(pair.tail));
    std::vector<uint8_t> sent(100000), back;
    for (size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<uint8_t>(i * i >> 5);
    uint8_t from_head[4096], from_tail[4096];
    const std::function<void()> echo = [&] {
      tail->ReadSome(from_head, sizeof(from_head), [&](const asio::error_code& error, size_t n) {
        if (error) return;
        tail->Write(from_head, n, [&](const asio::error_code&, size_t) { echo(); });
      });
    };
    const std::function<void()> collect = [&] {
      head->ReadSome(from_tail, sizeof(from_tail), [&](const asio::error_code& error, size_t n) {
        ASSERT_FALSE(error);
        back.insert(back.end(), from_tail, from_tail + n);
        if (back.size() < sent.size()) return collect();
        head->Close();
      });
    };
    tail->Handshake([&](const asio::error_code& error, size_t) {
      ASSERT_FALSE(error) << error.message();
      echo();
    });
    head->Handshake([&](const asio::error_code& error, size_t) {
      ASSERT_FALSE(error) << error.message();
      head->Write(sent.data(), sent.size(), [](const asio::error_code&, size_t) {});
      collect();
    });
    context.run();
    EXPECT_EQ(back, sent);
    EXPECT_EQ(std::string(head->Protection()), each == nullptr ? "not encrypted, not authenticated"
                                                               : "TLS 1.3 with a pre-shared key");
  }
}

TEST(SecureStream, OnlyWhoKnowsTheKeyGetsThrough) {
  const LinkKey key = LinkKey::Random(), other = LinkKey::Random();
  const Handshakes good = Meet(&key, &key);
  EXPECT_FALSE(good.head) << good.head.message();
  EXPECT_FALSE(good.tail) << good.tail.message();
  const Handshakes bad = Meet(&other, &key);
  EXPECT_TRUE(bad.head);
  EXPECT_TRUE(bad.tail);
  EXPECT_NE(ExplainHandshake(bad.tail).find("same key file"), std::string::npos);
  EXPECT_NE(ExplainHandshake(bad.head).find("same key file"), std::string::npos);
}

TEST(SecureStream, PlainBytesAreNoHandshake) {
  const LinkKey key = LinkKey::Random();
  EXPECT_TRUE(Meet(nullptr, &key).tail);
  EXPECT_TRUE(Meet(&key, nullptr).head);
}

// A key pair and a certificate that nobody vouches for.
void GiveCertificate(SSL_CTX* ssl) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  ASSERT_GT(X509_sign(certificate, key, EVP_sha256()), 0);
  ASSERT_EQ(SSL_CTX_use_certificate(ssl, certificate), 1);
  ASSERT_EQ(SSL_CTX_use_PrivateKey(ssl, key), 1);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

TEST(SecureStream, AHeadDoesNotTrustACertificate) {
  const LinkKey key = LinkKey::Random();
  asio::io_context context;
  Pair pair(context);
  asio::ssl::context impostor(SSL_CTX_new(TLS_method()));
  GiveCertificate(impostor.native_handle());
  asio::ssl::stream<tcp::socket> tail(std::move(pair.tail), impostor);
  LinkSecurity security(LinkEnd::kHead, &key);
  const auto head = security.Wrap(std::move(pair.head));
  asio::error_code found;
  head->Handshake([&](const asio::error_code& error, size_t) {
    found = error;
    head->Close();
  });
  tail.async_handshake(asio::ssl::stream_base::server, [](const asio::error_code&) {});
  context.run();
  EXPECT_TRUE(found);
}

TEST(SecureStream, ATailDoesNotServeAHeadWithoutTheKey) {
  const LinkKey key = LinkKey::Random();
  asio::io_context context;
  Pair pair(context);
  asio::ssl::context stranger(SSL_CTX_new(TLS_method()));
  asio::ssl::stream<tcp::socket> head(std::move(pair.head), stranger);
  LinkSecurity security(LinkEnd::kTail, &key);
  const auto tail = security.Wrap(std::move(pair.tail));
  asio::error_code found;
  tail->Handshake([&](const asio::error_code& error, size_t) {
    found = error;
    tail->Close();
  });
  head.async_handshake(asio::ssl::stream_base::client, [](const asio::error_code&) {});
  context.run();
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace slim
