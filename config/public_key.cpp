#include "config/public_key.hpp"

#include <algorithm>

#include "runtime/ascii.hpp"

namespace tally {
namespace {

PublicKeyLine refused(std::string problem) { return {"", "", "", std::move(problem)}; }

/// Up to the first blank; `rest` is what follows.
std::string_view first_word(std::string_view text, std::string_view& rest) {
  const std::size_t end = std::min(text.find(' '), text.size());
  rest = ascii::trimmed(text.substr(end), " ");
  return text.substr(0, end);
}

bool is_type_letter(char c) { return ascii::is_lower(c) || ascii::is_digit(c) || c == '-' || c == '@' || c == '.'; }

bool is_base64(std::string_view text) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
  return !text.empty() && text.find_first_not_of(alphabet) == std::string_view::npos;
}

}  // namespace

PublicKeyLine read_public_key(std::string_view line) {
  if (line.find("PRIVATE KEY") != std::string_view::npos) return refused("is a private key; give its public half");
  if (std::any_of(line.begin(), line.end(), ascii::is_control)) return refused("holds a control character");
  std::string_view rest;
  const std::string_view type = first_word(ascii::trimmed(line, " "), rest);
  const std::string_view base64 = first_word(rest, rest);
  if (!is_base64(base64) || !std::all_of(type.begin(), type.end(), is_type_letter)) {
    return refused("is no public key: its type, its base64 and maybe a comment, without options before");
  }
  return {std::string(type), std::string(base64), std::string(rest), ""};
}

std::string to_text(const PublicKeyLine& key) {
  return key.type + " " + key.base64 + (key.comment.empty() ? "" : " " + key.comment);
}

}  // namespace tally
