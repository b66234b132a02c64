#include "runtime/text.hpp"

#include <algorithm>
#include <boost/locale/utf.hpp>
#include <cstdint>

namespace tally {
namespace {

namespace utf = boost::locale::utf;

constexpr utf::code_point broken = utf::illegal;

/// The next character, taken off the text's front: `broken`, and one byte, when that is not UTF-8.
utf::code_point take(std::string_view& text) {
  const char* at = text.data();
  const utf::code_point character = utf::utf_traits<char>::decode(at, text.data() + text.size());
  if (character == utf::illegal || character == utf::incomplete) {
    text.remove_prefix(1);
    return broken;
  }
  text.remove_prefix(static_cast<std::size_t>(at - text.data()));
  return character;
}

void append_hex(std::string& out, std::string_view mark, std::uint32_t number, unsigned digits) {
  out += mark;
  while (digits > 0) out += "0123456789abcdef"[number >> (4 * --digits) & 0xFU];
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (take(text) == broken) return false;
  }
  return true;
}

std::string_view cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  constexpr std::size_t longest_character = 4;
  std::size_t end = limit;
  const auto continues = [text](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U; };
  while (end > 0 && limit - end < longest_character && continues(end)) --end;
  return text.substr(0, continues(end) ? limit : end);  // not UTF-8 at all: anywhere
}

bool is_printable(char32_t character) {
  const auto is_within = [character](char32_t first, char32_t last) { return character >= first && character <= last; };
  const bool is_control = character < 0x20 || is_within(0x7f, 0x9f);
  const bool is_separator = is_within(0x2028, 0x2029);
  const bool is_turn =
      character == 0x61c || is_within(0x200e, 0x200f) || is_within(0x202a, 0x202e) || is_within(0x2066, 0x2069);
  const bool is_unseen = character == 0xad || is_within(0x200b, 0x200d) || is_within(0x2060, 0x2064) ||
                         character == 0xfeff || is_within(0xfff9, 0xfffb) || is_within(0xe0000, 0xe007f);
  return !is_control && !is_separator && !is_turn && !is_unseen;
}

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view bytes = rest;
    const utf::code_point character = take(rest);
    bytes.remove_suffix(rest.size());
    if (character != broken && is_printable(character)) {
      out += bytes;
    } else if (character == '\n') {
      out += "\\n";
    } else if (character == broken || character < 0x100) {
      for (const char byte : bytes) append_hex(out, "\\x", static_cast<unsigned char>(byte), 2);
    } else if (character < 0x10000) {
      append_hex(out, "\\u", character, 4);
    } else {
      append_hex(out, "\\U", character, 8);
    }
  }
  return out;
}

std::string printable(std::string_view text, std::size_t limit, Lines lines) {
  const std::string_view shown = cut(text, limit);
  std::string out;
  out.reserve(shown.size() + 3);
  for (std::string_view rest = shown; !rest.empty();) {
    const std::string_view before = rest;
    const utf::code_point character = take(rest);
    const bool stays = lines == Lines::many && (character == '\n' || character == '\t');
    if (character == broken) {
      out += '?';
    } else if (stays || is_printable(character)) {
      out += before.substr(0, before.size() - rest.size());
    } else {
      out += ' ';
    }
  }
  if (shown.size() < text.size()) out += "...";
  return out;
}

}  // namespace tally
