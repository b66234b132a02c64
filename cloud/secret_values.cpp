#include "cloud/secret_values.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstring>
#include <string>
#include <string_view>

#include "runtime/ascii.hpp"

namespace tally {
namespace json = boost::json;
namespace {

constexpr std::string_view dashes = "-----";

bool is_pem(std::string_view text) { return text.find("-----BEGIN ") != std::string_view::npos; }

/// Without "-----BEGIN ...-----", "-----END ...-----" and the headers of an encrypted key.
Secret without_armour(std::string text) {
  for (std::size_t begin = text.find(dashes); begin != std::string::npos; begin = text.find(dashes, begin)) {
    const std::size_t end = text.find(dashes, begin + dashes.size());
    if (end == std::string::npos) break;
    text.erase(begin, end + dashes.size() - begin);
  }
  for (std::size_t colon = text.find(':'); colon != std::string::npos; colon = text.find(':')) {
    const std::size_t before = text.rfind('\n', colon);
    const std::size_t begin = before == std::string::npos ? 0 : before;
    text.erase(begin, std::min(text.find('\n', colon), text.size()) - begin);
  }
  return Secret(std::move(text));
}

/// "service_account": a word of the document's own, in the place of a value.
bool is_identifier(std::string_view text) {
  return text.find('_') != std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return ascii::is_lower(c) || c == '_'; });
}

void take_texts(json::value& value, std::vector<Secret>& values) {
  if (json::string* const text = value.if_string()) {
    const std::string_view view = *text;
    if (is_pem(view)) {
      values.push_back(without_armour(std::string(view)));
    } else if (!is_identifier(view) && view.find("://") == std::string_view::npos) {
      values.emplace_back(std::string(view));
    }
    explicit_bzero(text->data(), text->size());
  } else if (json::array* const items = value.if_array()) {
    for (json::value& item : *items) take_texts(item, values);
  } else if (json::object* const members = value.if_object()) {
    for (auto& member : *members) take_texts(member.value(), values);
  }
}

}  // namespace

std::vector<Secret> secret_values(const Secret& field) {
  const std::string_view text = field.reveal();
  std::vector<Secret> values;
  if (text.find('{') != std::string_view::npos) {
    boost::system::error_code failure;
    json::value document = json::parse({text.data(), text.size()}, failure);
    if (!failure && document.is_object()) {
      take_texts(document, values);
      return values;
    }
  }
  if (is_pem(text)) {
    values.push_back(without_armour(std::string(text)));
  } else {
    values.push_back(field);
  }
  return values;
}

}  // namespace tally
