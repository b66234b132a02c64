#include "runtime/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace tally {
namespace {

int length_of(std::string_view text) {
  constexpr std::size_t most = std::numeric_limits<int>::max() / 2;
  if (text.size() > most) throw std::length_error("too long for base64");
  return static_cast<int>(text.size());
}

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes_of(bytes), length_of(bytes));
  text.pop_back();
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const auto padding = std::min<std::ptrdiff_t>(2, std::count(text.begin(), text.end(), '='));
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), bytes_of(text), length_of(text));
  if (size < 0 || size < padding) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(size - padding));
  // OpenSSL skips white space, and looks at no bits that are left over.
  if (to_base64(bytes) != text) return std::nullopt;
  return bytes;
}

}  // namespace tally
