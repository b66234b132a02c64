#include "tests/api/json_schema.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <functional>
#include <map>
#include <regex>
#include <stdexcept>

namespace tally::api_tests {
namespace json = boost::json;

namespace {

/// A value, where it stands, and where references lead to.
struct Spot {
  const json::value& value;
  std::string place;
  const json::value& document;

  [[nodiscard]] std::string wrong(const std::string& why) const { return (place.empty() ? "/" : place) + ": " + why; }
  [[nodiscard]] Spot at(const std::string& key, const json::value& member) const {
    return {member, place + "/" + key, document};
  }
};

std::string misfit_at(const Spot& spot, const json::object& schema);

bool is_of_type(const json::value& value, std::string_view type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_bool();
  if (type == "integer") return value.is_int64() || value.is_uint64();
  if (type == "number") return value.is_number();
  throw std::logic_error("no type of JSON: " + std::string(type));
}

std::string by_type(const Spot& spot, const json::value& type) {
  const std::string name(type.as_string());
  return is_of_type(spot.value, name) ? "" : spot.wrong("is no " + name);
}

std::string by_enum(const Spot& spot, const json::value& allowed) {
  for (const json::value& one : allowed.as_array()) {
    if (one == spot.value) return "";
  }
  return spot.wrong(json::serialize(spot.value) + " is none of " + json::serialize(allowed));
}

std::string at_least(const Spot& spot, double size, const json::value& least) {
  return size < least.to_number<double>() ? spot.wrong("is less than " + json::serialize(least)) : "";
}

std::string at_most(const Spot& spot, double size, const json::value& most) {
  return size > most.to_number<double>() ? spot.wrong("is more than " + json::serialize(most)) : "";
}

using Compare = std::string (*)(const Spot&, double size, const json::value& bound);

template <Compare compare>
std::string by_value(const Spot& spot, const json::value& bound) {
  return spot.value.is_number() ? compare(spot, spot.value.to_number<double>(), bound) : "";
}

template <Compare compare>
std::string by_length(const Spot& spot, const json::value& bound) {
  return spot.value.is_string() ? compare(spot, static_cast<double>(spot.value.get_string().size()), bound) : "";
}

template <Compare compare>
std::string by_count(const Spot& spot, const json::value& bound) {
  return spot.value.is_array() ? compare(spot, static_cast<double>(spot.value.get_array().size()), bound) : "";
}

template <Compare compare>
std::string by_size(const Spot& spot, const json::value& bound) {
  return spot.value.is_object() ? compare(spot, static_cast<double>(spot.value.get_object().size()), bound) : "";
}

std::string by_pattern(const Spot& spot, const json::value& pattern) {
  const std::regex expected(std::string(pattern.as_string()));
  const bool fits = !spot.value.is_string() || std::regex_search(std::string(spot.value.get_string()), expected);
  return fits ? "" : spot.wrong("does not fit " + json::serialize(pattern));
}

std::string by_required(const Spot& spot, const json::value& names) {
  for (const json::value& name : names.as_array()) {
    if (spot.value.is_object() && !spot.value.get_object().contains(name.as_string())) {
      return spot.wrong("lacks " + json::serialize(name));
    }
  }
  return "";
}

std::string by_items(const Spot& spot, const json::value& schema) {
  if (!spot.value.is_array()) return "";
  std::size_t number = 0;
  for (const json::value& item : spot.value.get_array()) {
    if (std::string why = misfit_at(spot.at(std::to_string(number++), item), schema.as_object()); !why.empty()) {
      return why;
    }
  }
  return "";
}

/// `properties` and `additionalProperties`, which is of the others.
std::string by_members(const Spot& spot, const json::object& schema) {
  if (!spot.value.is_object()) return "";
  const json::value* const known = schema.if_contains("properties");
  const json::value* const others = schema.if_contains("additionalProperties");
  for (const auto& [key, member] : spot.value.get_object()) {
    const json::value* of_it = known == nullptr ? nullptr : known->as_object().if_contains(key);
    if (of_it == nullptr) of_it = others;
    if (of_it == nullptr || *of_it == json::value(true)) continue;
    const Spot place = spot.at(std::string(key), member);
    if (*of_it == json::value(false)) return place.wrong("is not described");
    if (std::string why = misfit_at(place, of_it->as_object()); !why.empty()) return why;
  }
  return "";
}

/// As many of them as may fit do.
std::string by_several(const Spot& spot, const json::value& schemas, std::size_t least, std::size_t most) {
  std::size_t fitting = 0;
  std::string last;
  for (const json::value& one : schemas.as_array()) {
    const std::string why = misfit_at(spot, one.as_object());
    if (why.empty()) ++fitting;
    if (!why.empty()) last = why;
  }
  if (fitting >= least && fitting <= most) return "";
  return fitting > most ? spot.wrong("fits more than one schema") : last;
}

std::string by_reference(const Spot& spot, const json::value& pointer) {
  const json::value& schema = spot.document.at_pointer(pointer.as_string().subview(1));
  return misfit_at(spot, schema.as_object());
}

using Rule = std::function<std::string(const Spot&, const json::value&)>;

const std::map<std::string, Rule, std::less<>>& rules() {
  const auto says_nothing = [](const Spot&, const json::value&) { return std::string(); };
  static const std::map<std::string, Rule, std::less<>> all = {
      {"$ref", by_reference},
      {"type", by_type},
      {"enum", by_enum},
      {"minimum", by_value<at_least>},
      {"minLength", by_length<at_least>},
      {"minItems", by_count<at_least>},
      {"maximum", by_value<at_most>},
      {"maxLength", by_length<at_most>},
      {"maxItems", by_count<at_most>},
      {"maxProperties", by_size<at_most>},
      {"pattern", by_pattern},
      {"required", by_required},
      {"items", by_items},
      {"allOf",
       [](const Spot& spot, const json::value& all_of) {
         return by_several(spot, all_of, all_of.as_array().size(), all_of.as_array().size());
       }},
      {"anyOf",
       [](const Spot& spot, const json::value& any) { return by_several(spot, any, 1, any.as_array().size()); }},
      {"oneOf", [](const Spot& spot, const json::value& one) { return by_several(spot, one, 1, 1); }},
      {"properties", says_nothing},  // see by_members
      {"additionalProperties", says_nothing},
      {"nullable", says_nothing},
      {"description", says_nothing},
      {"format", says_nothing},
      {"example", says_nothing},
      {"default", says_nothing}};
  return all;
}

const Rule& rule_of(std::string_view word) {
  const auto rule = rules().find(word);
  if (rule == rules().end()) throw std::logic_error("no word of a schema: " + std::string(word));
  return rule->second;
}

std::string misfit_at(const Spot& spot, const json::object& schema) {
  const json::value* const nullable = schema.if_contains("nullable");
  if (spot.value.is_null() && nullable != nullptr && *nullable == json::value(true)) return "";
  for (const auto& [word, content] : schema) {
    if (std::string why = rule_of(word)(spot, content); !why.empty()) return why;
  }
  return by_members(spot, schema);
}

void check_part(const json::value& schema, const json::value& document) {
  if (schema.is_object()) check_schema(schema.get_object(), document);
}

}  // namespace

std::string misfit(const json::value& value, const json::object& schema, const json::value& document) {
  return misfit_at({value, "", document}, schema);
}

void check_schema(const json::object& schema, const json::value& document) {
  // OpenAPI 3.0: what stands beside a reference is not read, and null is added to a type.
  if (schema.contains("$ref") && schema.size() > 1) throw std::logic_error("words beside a reference");
  if (schema.contains("nullable") && !schema.contains("type")) throw std::logic_error("nullable without a type");
  for (const auto& [word, content] : schema) {
    static_cast<void>(rule_of(word));
    if (word == "type") static_cast<void>(is_of_type(nullptr, content.as_string()));
    if (word == "$ref") static_cast<void>(document.at_pointer(content.as_string().subview(1)));
    if (word == "items" || word == "additionalProperties") check_part(content, document);
    if (word == "properties") {
      for (const auto& [name, part] : content.as_object()) check_part(part, document);
    }
    if (word != "allOf" && word != "anyOf" && word != "oneOf") continue;
    if (content.as_array().empty()) throw std::logic_error("a choice of nothing");
    for (const json::value& part : content.as_array()) check_part(part, document);
  }
}

}  // namespace tally::api_tests
