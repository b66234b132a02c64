#include "net/json.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <limits>

#include "cloud/text.hpp"

namespace tally::json {
namespace {

/// True when `text` is JSON by itself, whatever the size of its numbers.
bool is_json(simdjson::dom::parser& parser, std::string_view text) {
  const simdjson::error_code code = parser.parse(text.data(), text.size()).error();
  return code == simdjson::SUCCESS || code == simdjson::NUMBER_ERROR;
}

/// The text of a value as the vendor wrote it.
simdjson::simdjson_result<std::string_view> raw_text(simdjson::ondemand::value value) {
  return simdjson::to_json_string(value);
}

/// Walks the top object of a reply: `take` gets the value of `field`, everything else must merely be JSON.
template <class Take>
simdjson::error_code walk(std::string& body, std::string_view field, bool& is_found, Take take) {
  namespace od = simdjson::ondemand;
  body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  od::parser parser;
  simdjson::dom::parser checker;
  od::document document;
  if (auto error = parser.iterate(body.data(), body.size(), body.capacity()).get(document)) return error;
  od::object object;
  if (auto error = document.get_object().get(object)) return error;
  for (auto candidate : object) {
    od::field member;
    if (auto error = std::move(candidate).get(member)) return error;
    std::string_view key;
    if (auto error = member.unescaped_key().get(key)) return error;
    if (key == field) {
      if (is_found) return simdjson::INCORRECT_TYPE;  // twice: which one counts?
      is_found = true;
      if (auto error = take(member.value())) return error;
      continue;
    }
    std::string_view raw;
    if (auto error = raw_text(member.value()).get(raw)) return error;
    if (!is_json(checker, raw)) return simdjson::TAPE_ERROR;
  }
  const char* rest = nullptr;
  return document.current_location().get(rest) == simdjson::OUT_OF_BOUNDS ? simdjson::SUCCESS
                                                                          : simdjson::UNEXPECTED_ERROR;
}

simdjson::error_code take_list(simdjson::ondemand::value value, std::vector<RawRow>& rows) {
  namespace od = simdjson::ondemand;
  od::json_type type{};
  if (auto error = value.type().get(type)) return error;
  if (type == od::json_type::array) {
    od::array array;
    if (auto error = value.get_array().get(array)) return error;
    for (auto candidate : array) {
      od::value item;
      if (auto error = std::move(candidate).get(item)) return error;
      RawRow row;
      if (auto error = raw_text(item).get(row.text)) return error;
      rows.push_back(std::move(row));
    }
    return simdjson::SUCCESS;
  }
  od::object object;
  if (auto error = value.get_object().get(object)) return error;
  for (auto candidate : object) {
    od::field member;
    if (auto error = std::move(candidate).get(member)) return error;
    std::string_view key;
    if (auto error = member.unescaped_key().get(key)) return error;
    RawRow row;
    row.key = key;
    if (auto error = raw_text(member.value()).get(row.text)) return error;
    rows.push_back(std::move(row));
  }
  return simdjson::SUCCESS;
}

std::string describe(simdjson::error_code code) {
  switch (code) {
    case simdjson::EMPTY: return "the body is empty";
    case simdjson::UTF8_ERROR: return "the body is not UTF-8";
    case simdjson::UNEXPECTED_ERROR: return "there is text after the JSON document";
    default: return std::string("the body is not the expected JSON (") + simdjson::error_message(code) + ")";
  }
}

bool is_secret(std::string_view key, const std::vector<std::string_view>& keys) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

void blank(boost::json::value& value, const std::vector<std::string_view>& keys) {
  if (boost::json::array* array = value.if_array()) {
    for (boost::json::value& item : *array) blank(item, keys);
  } else if (boost::json::object* object = value.if_object()) {
    for (auto& [key, item] : *object) {
      if (is_secret({key.data(), key.size()}, keys)) {
        item = "(removed)";
      } else {
        blank(item, keys);
      }
    }
  }
}

}  // namespace

Error bad_reply(std::string message) {
  Error error;
  error.kind = Errc::service_unavailable;
  error.message = std::move(message);
  error.is_retry_safe = true;
  return error;
}

Result<std::vector<RawRow>> split_rows(std::string& body, std::string_view field) {
  std::vector<RawRow> rows;
  bool is_found = false;
  const auto code =
      walk(body, field, is_found, [&rows](auto value) -> simdjson::error_code { return take_list(value, rows); });
  if (code != simdjson::SUCCESS) return tl::unexpected(bad_reply(describe(code)));
  if (!is_found) return tl::unexpected(bad_reply("the body has no \"" + std::string(field) + "\""));
  return rows;
}

Result<RawRow> single_row(std::string& body, std::string_view field) {
  RawRow row;
  bool is_found = false;
  const auto code =
      walk(body, field, is_found, [&row](auto value) -> simdjson::error_code { return raw_text(value).get(row.text); });
  if (code != simdjson::SUCCESS) return tl::unexpected(bad_reply(describe(code)));
  if (!is_found) return tl::unexpected(bad_reply("the body has no \"" + std::string(field) + "\""));
  return row;
}

Row::Kind Row::parse(std::string_view text) {
  fault_.clear();
  simdjson::dom::element element;
  const simdjson::error_code code = parser_.parse(text.data(), text.size()).get(element);
  if (code == simdjson::NUMBER_ERROR) {
    fault_ = "a number is out of range";
    return Kind::faulty;
  }
  if (code != simdjson::SUCCESS) {
    fault_ = "not JSON";
    return Kind::not_json;
  }
  if (element.get(object_) != simdjson::SUCCESS) {
    fault_ = "not an object";
    return Kind::faulty;
  }
  return Kind::good;
}

Fields Row::fields() { return {object_, "", fault_}; }

void Fields::fail(std::string_view name, std::string_view problem) const {
  if (!fault_->empty()) return;
  fault_->append(path_).append(name).append(" ").append(problem);
}

std::optional<simdjson::dom::element> Fields::find(std::string_view name) const {
  simdjson::dom::element element;
  if (object_.at_key(name).get(element) != simdjson::SUCCESS || element.is_null()) return std::nullopt;
  return element;
}

std::string Fields::text(std::string_view name) const {
  const auto element = find(name);
  if (!element) return {};
  std::string_view value;
  if (element->get(value) == simdjson::SUCCESS) return std::string(value);
  fail(name, "is not a text");
  return {};
}

std::optional<std::int64_t> Fields::integer(std::string_view name, std::int64_t minimum) const {
  const auto element = find(name);
  if (!element) return std::nullopt;
  std::int64_t value = 0;
  if (element->type() != simdjson::dom::element_type::INT64 || element->get(value) != simdjson::SUCCESS) {
    fail(name, "is not a whole number of 64 bits");
    return std::nullopt;
  }
  if (value >= minimum) return value;
  fail(name, "is too small");
  return std::nullopt;
}

std::optional<std::int32_t> Fields::int32(std::string_view name, std::int32_t minimum) const {
  const auto value = integer(name, minimum);
  if (!value) return std::nullopt;
  if (*value <= std::numeric_limits<std::int32_t>::max()) return static_cast<std::int32_t>(*value);
  fail(name, "is too large");
  return std::nullopt;
}

std::optional<bool> Fields::flag(std::string_view name) const {
  const auto element = find(name);
  if (!element) return std::nullopt;
  bool value = false;
  if (element->get(value) == simdjson::SUCCESS) return value;
  fail(name, "is neither true nor false");
  return std::nullopt;
}

std::optional<Fields> Fields::object(std::string_view name) const {
  const auto element = find(name);
  if (!element) return std::nullopt;
  simdjson::dom::object value;
  if (element->get(value) == simdjson::SUCCESS) return Fields(value, path_ + std::string(name) + ".", *fault_);
  fail(name, "is not an object");
  return std::nullopt;
}

std::vector<simdjson::dom::element> Fields::list(std::string_view name) const {
  const auto element = find(name);
  if (!element) return {};
  simdjson::dom::array array;
  if (element->get(array) != simdjson::SUCCESS) {
    fail(name, "is not a list");
    return {};
  }
  return {array.begin(), array.end()};
}

std::vector<Fields> Fields::objects(std::string_view name) const {
  std::vector<Fields> objects;
  for (const simdjson::dom::element element : list(name)) {
    simdjson::dom::object value;
    if (element.is_null()) continue;
    if (element.get(value) != simdjson::SUCCESS) {
      fail(name, "holds something that is not an object");
      continue;
    }
    objects.emplace_back(value, path_ + std::string(name) + ".", *fault_);
  }
  return objects;
}

std::vector<std::string> Fields::texts(std::string_view name) const {
  std::vector<std::string> texts;
  for (const simdjson::dom::element element : list(name)) {
    std::string_view value;
    if (element.is_null()) continue;
    if (element.get(value) != simdjson::SUCCESS) {
      fail(name, "holds something that is not a text");
      continue;
    }
    texts.emplace_back(value);
  }
  return texts;
}

std::string salvaged_text(std::string_view row, std::string_view pointer) {
  const simdjson::padded_string copy(row);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  std::string_view text;
  if (parser.iterate(copy).get(document) != simdjson::SUCCESS) return {};
  if (document.at_pointer(pointer).get_string().get(text) != simdjson::SUCCESS) return {};
  return std::string(text);
}

std::optional<std::vector<std::string>> salvaged_texts(std::string_view row, std::string_view pointer,
                                                       std::string_view field) {
  const simdjson::padded_string copy(row);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::array list;
  if (parser.iterate(copy).get(document) != simdjson::SUCCESS) return std::nullopt;
  if (document.at_pointer(pointer).get_array().get(list) != simdjson::SUCCESS) return std::nullopt;
  std::vector<std::string> texts;
  for (auto item : list) {
    std::string_view text;
    if (item[field].get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
    texts.emplace_back(text);
  }
  return texts;
}

std::string redacted(std::string_view text, const std::vector<std::string_view>& secret_keys) {
  const bool has_secret = std::any_of(secret_keys.begin(), secret_keys.end(), [text](std::string_view key) {
    return text.find(key) != std::string_view::npos;
  });
  // An escape may hide a key from the search above.
  if (!has_secret && text.find("\\u") == std::string_view::npos) return std::string(cut(text, limits::raw_row));
  boost::system::error_code failure;
  boost::json::value value = boost::json::parse({text.data(), text.size()}, failure);
  if (failure) return "(withheld: it may hold a secret)";
  blank(value, secret_keys);
  return std::string(cut(boost::json::serialize(value), limits::raw_row));
}

}  // namespace tally::json
