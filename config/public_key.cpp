#include "config/public_key.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace tally {
namespace {

constexpr std::size_t length_size = 4;  // of the texts in a key, big-endian

PublicKeyLine refused(std::string problem) { return {"", "", "", std::move(problem)}; }

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// Up to the first blank; `rest` is what follows.
std::string_view first_word(std::string_view text, std::string_view& rest) {
  const std::size_t end = std::min(text.find(' '), text.size());
  rest = trimmed(text.substr(end));
  return text.substr(0, end);
}

bool is_type_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '@' || c == '.';
}

/// OpenSSL skips what is no base64 at the ends, so the letters are checked before.
std::optional<std::vector<unsigned char>> decode(std::string_view base64) {
  std::string_view letters = base64;
  for (int padding = 0; padding < 2 && letters.ends_with('='); ++padding) letters.remove_suffix(1);
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (letters.empty() || letters.find_first_not_of(alphabet) != std::string_view::npos) return std::nullopt;
  std::vector<unsigned char> bytes(base64.size());
  const int size = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(base64.data()),
                                   static_cast<int>(base64.size()));
  if (size < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(size));
  return bytes;
}

/// The first text of a key, which is its type; "" when there is none.
std::string_view inner_type(const std::vector<unsigned char>& key) {
  if (key.size() < length_size) return "";
  std::uint32_t length = 0;
  for (std::size_t i = 0; i < length_size; ++i) length = length << 8U | key[i];
  if (length > key.size() - length_size) return "";
  return {reinterpret_cast<const char*>(key.data()) + length_size, length};
}

}  // namespace

PublicKeyLine read_public_key(std::string_view line) {
  if (line.find("PRIVATE KEY") != std::string_view::npos) return refused("is a private key; give its public half");
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (std::any_of(line.begin(), line.end(), is_control)) return refused("holds a control character");
  std::string_view rest;
  const std::string_view type = first_word(trimmed(line), rest);
  const std::string_view base64 = first_word(rest, rest);
  const auto key = decode(base64);
  if (!key || !std::all_of(type.begin(), type.end(), is_type_letter)) {
    return refused("is no public key: its type, its base64 and maybe a comment, without options before");
  }
  if (inner_type(*key) != type) return refused("is no public key: its base64 is not of the type before it");
  return {std::string(type), std::string(base64), std::string(rest), ""};
}

std::string to_text(const PublicKeyLine& key) {
  return key.type + " " + key.base64 + (key.comment.empty() ? "" : " " + key.comment);
}

}  // namespace tally
