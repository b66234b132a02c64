#include "tests/api/openapi_document.hpp"

#include <yaml-cpp/yaml.h>

#include <boost/algorithm/string/replace.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "tests/api/json_schema.hpp"

namespace tally::api_tests {
namespace json = boost::json;

namespace {

/// Plain scalars of YAML that are JSON are numbers, flags and null; all else, and whatever is quoted, is text.
json::value scalar_of(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  const bool is_quoted = node.Tag() == "!";
  boost::system::error_code is_text;
  json::value value = is_quoted ? json::value() : json::parse(text, is_text);
  return is_quoted || is_text ? json::value(text) : value;
}

json::value json_of(const YAML::Node& node) {
  if (node.IsScalar()) return scalar_of(node);
  if (node.IsSequence()) {
    json::array all;
    for (const auto& each : node) all.push_back(json_of(each));
    return all;
  }
  if (!node.IsMap()) return nullptr;
  json::object all;
  for (const auto& each : node) all[each.first.Scalar()] = json_of(each.second);
  return all;
}

const json::value& whole_document() {
  static const json::value document = json_of(YAML::LoadFile(TALLY_TESTS_DIR "/../docs/openapi.yaml"));
  return document;
}

/// "/v1/offers" as it stands in a JSON pointer (RFC 6901).
std::string pointer_to(std::string_view key) {
  return "/" + boost::replace_all_copy(boost::replace_all_copy(std::string(key), "~", "~0"), "/", "~1");
}

DescribedPart behind_references(DescribedPart part) {
  for (;;) {
    const json::object* members = part.value->if_object();
    const json::value* reference = members == nullptr ? nullptr : members->if_contains("$ref");
    if (reference == nullptr) return part;
    part.place = reference->as_string().subview(1);
    part.value = &whole_document().at_pointer(part.place);
  }
}

}  // namespace

std::optional<DescribedPart> DescribedPart::find(std::initializer_list<std::string_view> keys) const {
  DescribedPart part = *this;
  for (const std::string_view key : keys) {
    const json::object* members = part.value->if_object();
    const json::value* member = members == nullptr ? nullptr : members->if_contains(key);
    if (member == nullptr) return std::nullopt;
    part = behind_references({member, part.place + pointer_to(key)});
  }
  return part;
}

std::vector<std::pair<std::string, DescribedPart>> DescribedPart::members() const {
  std::vector<std::pair<std::string, DescribedPart>> all;
  const auto add = [&](const std::string& key, const json::value& member) {
    all.emplace_back(key, behind_references({&member, place + pointer_to(key)}));
  };
  if (value->is_object()) {
    for (const auto& [key, member] : value->get_object()) add(std::string(key), member);
  } else if (value->is_array()) {
    for (const json::value& member : value->get_array()) add(std::to_string(all.size()), member);
  }
  return all;
}

DescribedPart openapi_document() { return {&whole_document(), ""}; }

void check_schema(const DescribedPart& schema) { check_schema(schema.value->as_object(), whole_document()); }

std::string misfit_of(const json::value& value, const DescribedPart& schema) {
  return misfit(value, schema.value->as_object(), whole_document());
}

}  // namespace tally::api_tests
