#include "cli/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cwchar>
#include <vector>

namespace tally::cli {
namespace {

struct Character {
  std::string_view text;
  std::size_t width = 1;
};

/// The characters of a UTF-8 text; a broken byte is one by itself.
std::vector<Character> characters(std::string_view text) {
  std::vector<Character> list;
  std::mbstate_t state{};
  for (std::size_t at = 0; at < text.size();) {
    wchar_t wide = 0;
    const std::size_t size = std::mbrtowc(&wide, text.data() + at, text.size() - at, &state);
    const bool is_broken = size == 0 || size > text.size() - at;
    if (is_broken) state = {};
    const int width = is_broken ? 1 : wcwidth(wide);
    const std::size_t length = is_broken ? 1 : size;
    list.push_back({text.substr(at, length), width < 0 ? 1 : static_cast<std::size_t>(width)});
    at += length;
  }
  return list;
}

}  // namespace

std::string plain(const SqlValue& value) {
  if (std::holds_alternative<std::monostate>(value)) return "-";
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{:.6g}", *number);
  std::string text = std::get<std::string>(value);
  std::string safe;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // C1 controls are two bytes in UTF-8, the first of them 0xC2.
    const bool is_c1 = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (is_c1) ++i;
    safe.push_back(is_c1 || byte < 0x20 || byte == 0x7f ? ' ' : text[i]);
  }
  return safe;
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (const Character& character : characters(text)) width += character.width;
  return width;
}

std::string fit(std::string_view text, std::size_t width) {
  if (width_of(text) <= width) return std::string(text);
  std::string cut;
  std::size_t used = 0;
  for (const Character& character : characters(text)) {
    if (used + character.width + 1 > width) break;
    used += character.width;
    cut += character.text;
  }
  return width == 0 ? std::string() : cut + "…";
}

}  // namespace tally::cli
