#include "config/text_fault.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/locale/utf.hpp>

#include "runtime/ascii.hpp"
#include "runtime/text.hpp"

namespace tally {
namespace {

struct Range {
  char32_t first;
  char32_t last;
  std::string_view name;
};

// The first that fits counts.
constexpr std::array<Range, 19> names = {{
    {U' ', U' ', "a blank"},
    {U'\n', U'\n', "a line break"},
    {U'\r', U'\r', "a line break"},
    {U'\t', U'\t', "a tab"},
    {0x0, 0x1f, "a control character"},
    {0x7f, 0x9f, "a control character"},
    {0xa0, 0xa0, "a no-break space"},
    {0xad, 0xad, "a soft hyphen"},
    {0x2000, 0x200a, "a blank that is no space"},
    {0x200b, 0x200b, "a zero-width space"},
    {0x200c, 0x200d, "a zero-width joiner"},
    {0x202f, 0x202f, "a no-break space"},
    {0x205f, 0x205f, "a blank that is no space"},
    {0x2060, 0x2060, "a word joiner"},
    {0x3000, 0x3000, "a blank that is no space"},
    {0xfeff, 0xfeff, "a byte order mark"},
    {0x2010, 0x2015, "a typographic dash"},
    {0x2018, 0x201f, "a typographic quote"},
    {0x2026, 0x2026, "an ellipsis"},
}};

const Range* find_name(char32_t character) {
  const auto* const at = std::find_if(names.begin(), names.end(), [character](const Range& range) {
    return range.first <= character && character <= range.last;
  });
  return at == names.end() ? nullptr : at;
}

/// "a zero-width space (U+200B)"
std::string name_of(char32_t character) {
  const Range* range = find_name(character);
  const std::string_view unnamed = is_printable(character) ? "a character outside ASCII" : "an invisible character";
  return fmt::format("{} (U+{:04X})", range == nullptr ? unnamed : range->name, static_cast<unsigned>(character));
}

bool is_visible_ascii(char32_t character) { return character > 0x20 && character < 0x7f; }

/// Takes the next character off the text's front; what is not UTF-8 comes as the replacement character, byte by byte.
char32_t take(std::string_view& text) {
  constexpr char32_t replacement = 0xfffd;
  namespace utf = boost::locale::utf;
  const char* at = text.data();
  const utf::code_point character = utf::utf_traits<char>::decode(at, text.data() + text.size());
  const bool is_broken = character == utf::illegal || character == utf::incomplete;
  text.remove_prefix(is_broken ? 1 : static_cast<std::size_t>(at - text.data()));
  return is_broken ? replacement : character;
}

bool is_allowed(char32_t character, Characters allowed, bool is_at_an_end) {
  if (is_visible_ascii(character)) return true;
  if (allowed == Characters::visible_ascii) return false;
  const bool is_break = character == U'\n' || character == U'\r' || character == U'\t';
  if (allowed == Characters::lines && is_break) return !is_at_an_end;
  if (character == U' ') return !is_at_an_end;
  return character > 0x7f && is_printable(character);
}

/// Whether letters and digits, mixed, and `others` between them go on for so long somewhere in the text that nobody
/// chose it as a name.
bool holds_key(std::string_view text, std::string_view others) {
  constexpr std::size_t shortest = 24;
  std::size_t length = 0;
  bool has_letter = false;
  bool has_digit = false;
  for (const char c : text) {
    if (!ascii::is_letter_or_digit(c) && others.find(c) == std::string_view::npos) {
      length = 0;
      has_letter = has_digit = false;
      continue;
    }
    ++length;
    has_letter = has_letter || ascii::is_letter(c);
    has_digit = has_digit || ascii::is_digit(c);
    if (length >= shortest && has_letter && has_digit) return true;
  }
  return false;
}

bool looks_like_a_key(std::string_view text) { return holds_key(text, "_.+/=-"); }

bool looks_like_json(std::string_view text) {
  return text.find('{') != std::string_view::npos || text.find("\":") != std::string_view::npos;
}

/// Paths and URLs: a folder, a file or a host has a name of several words, and a key has none.
bool has_parts(std::string_view text) { return text.starts_with('/') || text.find("://") != std::string_view::npos; }

/// Such a text, without those parts of it that look like a key.
std::string without_keys(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, std::min(text.find('/'), text.size() - 1) + 1);
    const bool is_key = holds_key(part, "+=");
    shown += is_key ? fmt::format("({} characters)", part.size()) : std::string(part);
    if (is_key && part.ends_with('/')) shown += '/';
    text.remove_prefix(part.size());
  }
  return shown;
}

std::string only_size_of(std::string_view text) { return fmt::format("a text of {} characters", text.size()); }

/// The text without what stands between a user and a host, and behind a question mark.
std::string without_password(std::string_view text) {
  const std::size_t query = text.find('?');
  std::string shown(text.substr(0, query));
  if (query != std::string_view::npos) shown += "?...";
  const std::size_t at = shown.rfind('@');
  if (at == std::string::npos) return shown;
  const std::size_t scheme = shown.find("://");
  const std::size_t begin = scheme == std::string::npos || scheme > at ? 0 : scheme + 3;
  const std::size_t colon = shown.find(':', begin);
  return colon < at ? shown.replace(colon + 1, at - colon - 1, "...") : shown;
}

}  // namespace

bool looks_like_a_path(std::string_view text) {
  if (looks_like_json(text) || text.find_first_of("/.") == std::string_view::npos) return false;
  return has_parts(text) || !looks_like_a_key(text);
}

std::string shown_path(std::string_view path) {
  return looks_like_a_path(path) ? printable(without_keys(path)) : only_size_of(path);
}

std::string shown_name(std::string_view name) {
  const bool is_secret = looks_like_json(name) || looks_like_a_key(name);
  return is_secret ? fmt::format("(a name of {} characters)", name.size()) : printable(name);
}

std::string encoding_fault(std::string_view bytes) {
  constexpr std::string_view little("\xff\xfe");
  constexpr std::string_view big("\xfe\xff");
  const bool has_zero = bytes.substr(0, 4).find('\0') != std::string_view::npos;
  if (!bytes.starts_with(little) && !bytes.starts_with(big) && !has_zero) return "";
  return "is UTF-16 or UTF-32; save it as UTF-8";
}

std::optional<int> first_line_not_utf8(std::string_view bytes) {
  int line = 1;
  for (; !bytes.empty(); ++line) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
    if (!is_utf8(bytes.substr(0, end))) return line;
    bytes.remove_prefix(end);
  }
  return std::nullopt;
}

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view mark("\xef\xbb\xbf");
  if (text.starts_with(mark)) text.remove_prefix(mark.size());
  return text;
}

std::string character_fault(std::string_view text, Characters allowed) {
  bool is_first = true;
  while (!text.empty()) {
    const char32_t character = take(text);
    if (!is_allowed(character, allowed, is_first || text.empty())) {
      return (is_first ? "begins with " : text.empty() ? "ends with " : "holds ") + name_of(character);
    }
    is_first = false;
  }
  return "";
}

std::string editors_character(std::string_view text) {
  while (!text.empty()) {
    const char32_t character = take(text);
    if (character > 0x7f && find_name(character) != nullptr) return name_of(character);
  }
  return "";
}

std::string shown_value(std::string_view value) {
  constexpr std::size_t longest = 80;
  if (value.find("PRIVATE KEY") != std::string_view::npos) return "a private key";
  if (looks_like_json(value) || (!has_parts(value) && looks_like_a_key(value))) return only_size_of(value);
  const std::string without = without_password(value);
  const std::string safe = has_parts(value) ? without_keys(without) : without;
  const std::string_view shown = cut(safe, longest);
  std::string out = "\"";
  for (std::string_view rest = shown; !rest.empty();) {
    const std::string_view before = rest;
    const char32_t character = take(rest);
    const bool is_plain = character == U' ' || is_visible_ascii(character) ||
                          (character > 0x7f && is_printable(character) && find_name(character) == nullptr);
    out += is_plain ? std::string(before.substr(0, before.size() - rest.size()))
                    : fmt::format("\\u{:04X}", static_cast<unsigned>(character));
  }
  return out + (shown.size() < safe.size() ? "...\"" : "\"");
}

}  // namespace tally
