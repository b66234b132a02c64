#include "store/plain_json.hpp"

#include <array>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>

namespace tally {
namespace json = boost::json;
namespace {

void append(const json::value& value, std::string& text);

void append_object(const json::object& object, std::string& text) {
  const char* before = "{";
  for (const auto& [key, member] : object) {
    text += before + json::serialize(json::string_view(key)) + ":";
    append(member, text);
    before = ",";
  }
  text += object.empty() ? "{}" : "}";
}

void append_array(const json::array& array, std::string& text) {
  const char* before = "[";
  for (const json::value& item : array) {
    text += before;
    append(item, text);
    before = ",";
  }
  text += array.empty() ? "[]" : "]";
}

void append(const json::value& value, std::string& text) {
  switch (value.kind()) {
    case json::kind::object: return append_object(value.get_object(), text);
    case json::kind::array: return append_array(value.get_array(), text);
    case json::kind::double_: text += plain_decimal(value.get_double()); return;
    default: text += json::serialize(value);
  }
}

}  // namespace

std::string plain_decimal(double number) {
  if (!std::isfinite(number)) return "null";
  std::array<char, 1100> text{};  // the smallest number has 1074 digits behind the point
  const auto [end, failure] = std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  return {text.data(), end};
}

std::string plain_json(const json::value& value) {
  std::string text;
  append(value, text);
  return text;
}

}  // namespace tally
