#include "lifecycle/public_key_check.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "cloud/limits.hpp"
#include "runtime/base64.hpp"
#include "runtime/text.hpp"

namespace tally::lifecycle {
namespace {

constexpr std::string_view key_parameter = "public_key";

/// What follows the type's name in a blob, part by part: of so many bytes, of at least so many, or this text.
struct Part {
  std::size_t least = 0;
  std::size_t most = 0;
  std::string_view text = {};
};
struct KeyType {
  std::string_view name;
  std::array<Part, 3> parts;
  std::size_t count;
};
constexpr std::size_t any_size = limits::public_key;
constexpr Part ed25519_point{32, 32};
constexpr Part rsa_exponent{1, 8};
constexpr Part rsa_modulus{128, any_size};  // of 1024 bits or more
constexpr Part application{1, 256};
constexpr std::array<KeyType, 7> key_types{{
    {"ssh-ed25519", {ed25519_point}, 1},
    {"ssh-rsa", {rsa_exponent, rsa_modulus}, 2},
    {"ecdsa-sha2-nistp256", {Part{8, 8, "nistp256"}, Part{65, 65}}, 2},
    {"ecdsa-sha2-nistp384", {Part{8, 8, "nistp384"}, Part{97, 97}}, 2},
    {"ecdsa-sha2-nistp521", {Part{8, 8, "nistp521"}, Part{133, 133}}, 2},
    {"sk-ssh-ed25519@openssh.com", {ed25519_point, application}, 2},
    {"sk-ecdsa-sha2-nistp256@openssh.com", {Part{8, 8, "nistp256"}, Part{65, 65}, application}, 3},
}};

const KeyType* find_key_type(std::string_view name) {
  for (const KeyType& type : key_types) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

/// The next part, which has its length in front; nothing when the blob ends within it.
std::optional<std::string_view> take_part(std::string_view& blob) {
  constexpr std::size_t prefix = 4;
  if (blob.size() < prefix) return std::nullopt;
  std::size_t size = 0;
  for (std::size_t i = 0; i < prefix; ++i) size = size << 8U | static_cast<unsigned char>(blob[i]);
  blob.remove_prefix(prefix);
  if (blob.size() < size) return std::nullopt;
  const std::string_view part = blob.substr(0, size);
  blob.remove_prefix(size);
  return part;
}

bool is_complete(const KeyType& type, std::string_view blob) {
  if (take_part(blob) != type.name) return false;
  for (std::size_t i = 0; i < type.count; ++i) {
    const Part& wanted = type.parts.at(i);
    const std::optional<std::string_view> part = take_part(blob);
    if (!part || part->size() < wanted.least || part->size() > wanted.most) return false;
    if (!wanted.text.empty() && *part != wanted.text) return false;
  }
  return blob.empty();
}

std::string_view without_blanks_around(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text = without_blanks_around(text.substr(end));
  return word;
}

tl::unexpected<Refusal> no_key(std::string why) {
  return refused(Errc::invalid_request, std::string(key_parameter), "`public_key` " + std::move(why));
}

}  // namespace

Checked<std::string> checked_public_key(std::string_view line) {
  if (line.size() > limits::public_key) return no_key("is longer than 16 KiB");
  if (line.find("PRIVATE KEY") != std::string_view::npos) return no_key("is a private key; give its public half");
  std::string_view rest = without_blanks_around(line);
  if (rest.empty()) return no_key("is missing");
  if (printable(rest, rest.size()) != rest) return no_key("is more than one line, or has characters that are not text");
  const std::string_view name = take_word(rest);
  const std::string_view base64 = take_word(rest);
  const KeyType* type = find_key_type(name);
  if (type == nullptr) {
    return no_key(
        "begins with no type of key that is known, such as ssh-ed25519 or ssh-rsa; options before it are not taken");
  }
  const std::optional<std::string> blob = from_base64(base64);
  if (!blob || !is_complete(*type, *blob)) {
    return no_key("is no complete key of the type " + std::string(name) + "; was part of the line lost?");
  }
  std::string canonical = std::string(name) + " " + std::string(base64);
  if (!rest.empty()) canonical += " " + std::string(rest);
  return canonical;
}

}  // namespace tally::lifecycle
