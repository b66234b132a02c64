#include "providers/verda/belongings.hpp"

#include <algorithm>

#include "cloud/limits.hpp"
#include "net/json_rows.hpp"
#include "net/json_value.hpp"
#include "runtime/ascii.hpp"

namespace tally::verda {
namespace {

constexpr std::size_t longest_name = 63;
constexpr std::size_t token_digits = 12;  // in a name
constexpr std::string_view key_prefix = "brev-key-";
constexpr std::string_view script_prefix = "brev-firewall-";
constexpr std::size_t shortest_id = 12;     // those of all kinds are UUIDs, which have 36
constexpr std::string_view marks = "._~-";  // in IDs and types, beside letters and digits

/// Texts of scripts are longer than any field of the model.
Result<std::vector<Belonging>> read_belongings(std::string_view body, std::string_view text_field) {
  WorkLimit limit;
  const auto rows = json::split_rows(body, "", json::Container::list, limit);
  if (!rows) return tl::unexpected(rows.error());
  std::vector<Belonging> all;
  json::Parser parser;
  json::Value value;
  for (const json::RawRow& row : *rows) {
    if (row.text.size() > limits::row || parser.parse(row.text, value) != json::Parsed::good) continue;
    Belonging read{value.text_of("id"), value.text_of("name"), value.text_of(text_field)};
    if (is_segment(read.id)) all.push_back(std::move(read));
  }
  return all;
}

/// In lower case.
std::string name_of(std::string_view prefix, const CreateRequest& request) {
  const std::string token = request.token.substr(0, token_digits);
  const std::string wished = std::string(prefix).append(request.ref_id.str());
  const std::string name = dashed(ascii::lower(wished), longest_name - token_digits - 1);
  return token.empty() ? name : name + "-" + token;
}

}  // namespace

Result<std::vector<Belonging>> read_keys(std::string_view body) { return read_belongings(body, "key"); }

Result<std::vector<Belonging>> read_scripts(std::string_view body) { return read_belongings(body, "script"); }

/// null, true and 123 are none, though they could stand in a path; nor is a word of consent, which is shorter than any.
Result<std::string> read_new_id(std::string_view body) {
  using enum json::Value::Kind;
  std::string id(ascii::trimmed(body));
  json::Value value;
  const bool is_json = id.size() <= limits::row && json::Parser().parse(id, value) == json::Parsed::good;
  if (is_json && value.kind == text) id = std::string(ascii::trimmed(value.text));
  if (is_json && value.kind == object) id = value.text_of("id");
  const bool may_be_one = !is_json || value.kind == text || value.kind == object;
  if (!may_be_one || id.size() < shortest_id || !is_segment(id)) {
    return tl::unexpected(json::bad_reply("no ID of what was made"));
  }
  return id;
}

bool is_segment(std::string_view text) {
  const auto is_of_it = [](char c) { return ascii::is_letter_or_digit(c) || marks.find(c) != std::string_view::npos; };
  return !text.empty() && text.size() <= limits::id && text != "." && text != ".." &&
         std::all_of(text.begin(), text.end(), is_of_it);
}

std::string dashed(std::string_view text, std::size_t longest) {
  std::string name;
  for (const char c : text) {
    const bool is_kept = ascii::is_letter_or_digit(c);
    if (is_kept) name += c;
    if (!is_kept && !name.empty() && name.back() != '-') name += '-';
  }
  name.resize(std::min(name.size(), longest));
  while (name.ends_with('-')) name.pop_back();
  return name;
}

std::string key_name(const CreateRequest& request) { return name_of(key_prefix, request); }

std::string script_name(const CreateRequest& request) { return name_of(script_prefix, request); }

bool is_of_a_create(const Belonging& key) { return key.name.starts_with(key_prefix); }

}  // namespace tally::verda
