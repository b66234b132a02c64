#include "api/fields.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

namespace tally::api {
namespace json = boost::json;

Fields::Fields(const std::string& body) {
  if (body.empty()) return;
  boost::system::error_code failure;
  json::value value = json::parse(body, failure);
  if (!failure && value.is_object()) {
    left_ = std::move(value.get_object());
  } else {
    faults_.push_back({"", "the body is no JSON object"});
  }
}

Fields::Fields(json::value value, std::string path) : path_(std::move(path)) {
  if (value.is_object()) {
    left_ = std::move(value.get_object());
  } else {
    faults_.push_back({path_.substr(0, path_.size() - 1), "must be an object"});
  }
}

/// Nothing when it is absent.
std::optional<json::value> Fields::take(const std::string& name, Need need) {
  json::value value;
  if (const auto at = left_.find(name); at != left_.end()) {
    value = std::move(at->value());
    left_.erase(at);
  }
  if (!value.is_null()) return value;
  if (need == Need::required) fail(name, "is missing");
  return std::nullopt;
}

std::optional<std::int64_t> Fields::whole(const std::string& name, std::int64_t least, std::int64_t most, Need need) {
  const auto value = take(name, need);
  if (!value) return std::nullopt;
  const bool is_fit = value->is_int64() && value->get_int64() >= least && value->get_int64() <= most;
  if (is_fit) return value->get_int64();
  fail(name, fmt::format("must be a whole number from {} to {}", least, most));
  return std::nullopt;
}

std::string Fields::text(const std::string& name, Need need) {
  const auto value = take(name, need);
  if (!value) return "";
  if (!value->is_string()) {
    fail(name, "must be a text");
    return "";
  }
  if (need == Need::required && value->get_string().empty()) fail(name, "is missing");
  return std::string(value->get_string());
}

bool Fields::flag(const std::string& name) {
  const auto value = take(name, Need::optional);
  if (!value) return false;
  if (!value->is_bool()) fail(name, "must be true or false");
  return value->is_bool() && value->get_bool();
}

std::vector<std::string> Fields::texts(const std::string& name, Need need) {
  std::vector<std::string> all;
  const auto value = take(name, need);
  if (!value) return all;
  if (!value->is_array()) {
    fail(name, "must be a list");
    return all;
  }
  for (const json::value& each : value->get_array()) {
    if (!each.is_string()) fail(fmt::format("{}[{}]", name, all.size()), "must be a text");
    all.emplace_back(each.is_string() ? std::string(each.get_string()) : std::string());
  }
  return all;
}

std::map<std::string, std::optional<std::string>> Fields::text_map(const std::string& name, Need need) {
  std::map<std::string, std::optional<std::string>> all;
  const auto value = take(name, need);
  if (!value) return all;
  if (!value->is_object()) {
    fail(name, "must be an object");
    return all;
  }
  for (const auto& member : value->get_object()) {
    std::optional<std::string>& each = all[std::string(member.key())];
    if (member.value().is_string()) {
      each = std::string(member.value().get_string());
    } else if (!member.value().is_null()) {
      fail(name + "." + std::string(member.key()), "must be a text");
    }
  }
  return all;
}

void Fields::object(const std::string& name, const Read& read) {
  if (auto value = take(name, Need::optional)) read_within(std::move(*value), name, read);
}

void Fields::objects(const std::string& name, const Read& read) {
  const auto value = take(name, Need::optional);
  if (!value) return;
  if (!value->is_array()) return fail(name, "must be a list");
  std::size_t number = 0;
  for (const json::value& each : value->get_array()) read_within(each, fmt::format("{}[{}]", name, number++), read);
}

void Fields::read_within(json::value value, const std::string& name, const Read& read) {
  const bool is_object = value.is_object();
  Fields within(std::move(value), path_ + name + ".");
  if (is_object) read(within);
  for (Fault& fault : within.faults()) faults_.push_back(std::move(fault));
}

void Fields::fail(const std::string& name, std::string detail) { faults_.push_back({path_ + name, std::move(detail)}); }

std::vector<Fields::Fault> Fields::faults() const {
  std::vector<Fault> all = faults_;
  for (const auto& member : left_) {
    all.push_back({path_ + std::string(member.key()), "is no field of this request"});
  }
  return all;
}

std::optional<Response> Fields::refusal() const {
  const std::vector<Fault> all = faults();
  if (all.empty()) return std::nullopt;
  const auto words_of = [](const Fault& fault) {
    return fault.field.empty() ? fault.detail : "\"" + fault.field + "\" " + fault.detail;
  };
  json::object document = problem_document(400, words_of(all.front()));
  document["kind"] = "invalid_request";
  if (!all.front().field.empty()) document["parameter"] = all.front().field;
  if (all.size() > 1) {
    json::array& problems = document["problems"].emplace_array();
    for (const Fault& fault : all) problems.emplace_back(words_of(fault));
  }
  return problem(400, document);
}

}  // namespace tally::api
