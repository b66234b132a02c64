#include "runtime/fingerprint.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <stdexcept>

namespace tally {
namespace {

void must(int outcome) {
  if (outcome != 1) throw std::runtime_error("AES-GCM is not available in this OpenSSL");
}

using Key = std::array<unsigned char, 16>;

const Key& process_key() {
  static const Key key = [] {
    Key drawn{};
    must(RAND_bytes(drawn.data(), static_cast<int>(drawn.size())));
    return drawn;
  }();
  return key;
}

/// The authentication tag of AES-GCM over a text that is not encrypted (GMAC), which processors are fast at. The nonce
/// may be the same for all: no tag leaves the process.
class Gmac {
 public:
  Gmac() { must(EVP_EncryptInit_ex(context_.get(), EVP_aes_128_gcm(), nullptr, process_key().data(), nonce.data())); }

  Fingerprint of(std::string_view text) {
    must(EVP_EncryptInit_ex(context_.get(), nullptr, nullptr, nullptr, nonce.data()));
    const auto* at = reinterpret_cast<const unsigned char*>(text.data());
    int ignored = 0;
    for (std::size_t left = text.size(); left > 0;) {
      const std::size_t step = std::min<std::size_t>(left, std::numeric_limits<int>::max());
      must(EVP_EncryptUpdate(context_.get(), nullptr, &ignored, at, static_cast<int>(step)));
      at += step;
      left -= step;
    }
    Fingerprint print;
    must(EVP_EncryptFinal_ex(context_.get(), nullptr, &ignored));
    must(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_GCM_GET_TAG, sizeof print.bits, print.bits.data()));
    return print;
  }

 private:
  static constexpr std::array<unsigned char, 12> nonce{};
  struct Free {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  };
  std::unique_ptr<EVP_CIPHER_CTX, Free> context_{EVP_CIPHER_CTX_new()};
};

}  // namespace

Fingerprint fingerprint(std::string_view text) {
  thread_local Gmac gmac;
  return gmac.of(text);
}

}  // namespace tally
