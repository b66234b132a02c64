#include "runtime/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace tally {

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 is not available in this OpenSSL");
  }
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    constexpr std::string_view hex = "0123456789abcdef";
    text.push_back(hex[digest.at(i) >> 4U]);
    text.push_back(hex[digest.at(i) & 15U]);
  }
  return text;
}

}  // namespace tally
