#include "cli/show/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cwchar>
#include <vector>

#include "runtime/text.hpp"
#include "store/plain_json.hpp"

namespace tally::cli {
namespace {

struct Character {
  std::string_view text;
  wchar_t code = 0;  // of a byte that is not UTF-8: 0
  std::size_t width = 1;
};

/// The characters of a UTF-8 text; a byte that is not UTF-8 is one by itself.
std::vector<Character> characters(std::string_view text) {
  std::vector<Character> list;
  std::mbstate_t state{};
  for (std::size_t at = 0; at < text.size();) {
    wchar_t code = 0;
    const std::size_t size = std::mbrtowc(&code, text.data() + at, text.size() - at, &state);
    const bool is_broken = size == 0 || size > text.size() - at;
    if (is_broken) {
      state = {};
      code = 0;
    }
    const int width = is_broken ? 1 : wcwidth(code);
    const std::size_t length = is_broken ? 1 : size;
    list.push_back({text.substr(at, length), code, width < 0 ? 1 : static_cast<std::size_t>(width)});
    at += length;
  }
  return list;
}

}  // namespace

std::string plain(const SqlValue& value) {
  if (std::holds_alternative<std::monostate>(value)) return "-";
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&value)) {
    const std::string rounded = fmt::format("{:.6g}", *number);
    return rounded.find('e') == std::string::npos ? rounded : plain_decimal(*number);
  }
  std::string safe;
  for (const Character& character : characters(std::get<std::string>(value))) {
    safe += is_printable(static_cast<char32_t>(character.code)) ? character.text : " ";
  }
  return safe;
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (const Character& character : characters(text)) width += character.width;
  return width;
}

std::string fit(std::string_view text, std::size_t width, bool has_unicode) {
  if (width_of(text) <= width) return std::string(text);
  std::string cut;
  std::size_t used = 0;
  for (const Character& character : characters(text)) {
    if (used + character.width + 1 > width) break;
    used += character.width;
    cut += character.text;
  }
  return width == 0 ? std::string() : cut + (has_unicode ? "…" : "~");
}

}  // namespace tally::cli
