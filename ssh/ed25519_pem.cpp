#include "ssh/ed25519_pem.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace tally {
namespace {

constexpr std::size_t half_size = 32;
using Half = std::array<unsigned char, half_size>;

struct FreePkey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Pkey = std::unique_ptr<EVP_PKEY, FreePkey>;

/// Without it OpenSSL asks at the terminal.
int give_passphrase(char* buffer, int size, int, void* passphrase) {
  const std::string_view words = static_cast<const Secret*>(passphrase)->reveal();
  if (words.empty() || words.size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(buffer, words.data(), words.size());
  return static_cast<int>(words.size());
}

Pkey read_pem(const SshKey& key) {
  const std::string_view text = key.private_key.reveal();
  BIO* source = BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
  Secret passphrase = key.passphrase;
  Pkey read(PEM_read_bio_PrivateKey(source, nullptr, give_passphrase, &passphrase));
  BIO_free(source);
  return read;
}

void put(std::string& to, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>(number >> shift & 0xffU);
}

void put(std::string& to, std::string_view text) {
  put(to, static_cast<std::uint32_t>(text.size()));
  to += text;
}

/// The layout of OpenSSH's PROTOCOL.key. Every buffer is large enough from the start, so that none leaves a copy.
Secret write_openssh(const Half& seed, const Half& public_half) {
  const auto bytes = [](const Half& half) {
    return std::string_view(reinterpret_cast<const char*>(half.data()), half.size());
  };
  std::string blob;
  put(blob, "ssh-ed25519");
  put(blob, bytes(public_half));

  std::string secret;
  secret.reserve(256);
  put(secret, 0U);  // twice the same number: shows that decryption worked
  put(secret, 0U);
  secret += blob;
  put(secret, static_cast<std::uint32_t>(2 * half_size));
  secret += bytes(seed);
  secret += bytes(public_half);
  put(secret, "");  // comment
  for (char padding = 1; secret.size() % 8 != 0; ++padding) secret += padding;

  std::string whole;
  whole.reserve(512);
  whole.append("openssh-key-v1", 15);
  put(whole, "none");  // cipher
  put(whole, "none");  // key derivation and its options
  put(whole, "");
  put(whole, 1U);
  put(whole, blob);
  put(whole, secret);

  std::string base64(4 * ((whole.size() + 2) / 3) + 1, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()), reinterpret_cast<const unsigned char*>(whole.data()),
                  static_cast<int>(whole.size()));
  base64.pop_back();
  std::string text;
  text.reserve(1024);
  text = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
  for (std::size_t at = 0; at < base64.size(); at += 70) text.append(base64, at, 70) += '\n';
  text += "-----END OPENSSH PRIVATE KEY-----\n";
  for (std::string* used : {&secret, &whole, &base64}) explicit_bzero(used->data(), used->size());
  return Secret(std::move(text));
}

}  // namespace

std::optional<Secret> openssh_from_pem(const SshKey& key) {
  const Pkey read = read_pem(key);
  if (read == nullptr || EVP_PKEY_base_id(read.get()) != EVP_PKEY_ED25519) return std::nullopt;
  Half seed{};
  Half public_half{};
  std::size_t size = half_size;
  std::optional<Secret> text;
  if (EVP_PKEY_get_raw_private_key(read.get(), seed.data(), &size) == 1 &&
      EVP_PKEY_get_raw_public_key(read.get(), public_half.data(), &size) == 1) {
    text = write_openssh(seed, public_half);
  }
  explicit_bzero(seed.data(), seed.size());
  return text;
}

}  // namespace tally
