#include "config/credential_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstring>
#include <optional>
#include <set>

#include "config/json_keys.hpp"
#include "config/private_file.hpp"
#include "config/text_fault.hpp"
#include "config/toml_reader.hpp"

namespace tally {
namespace {

/// Keys and tokens are visible ASCII wherever they come from; a passphrase is what a person thought of.
Characters allowed_in(const CredentialField& field) {
  if (field.is_multiline) return Characters::lines;
  return field.is_secret && field.name != "passphrase" ? Characters::visible_ascii : Characters::one_line;
}

std::string fault_of(const boost::json::value& value, const CredentialField& field) {
  if (field.may_be_object && value.is_object()) return "";
  if (!value.is_string()) return field.may_be_object ? "must be a text or an object" : "must be a text";
  std::string_view text = value.get_string();
  while (field.is_multiline && (text.ends_with('\n') || text.ends_with('\r'))) text.remove_suffix(1);
  if (text.empty()) return "is empty";
  const Characters allowed = allowed_in(field);
  const std::string fault = character_fault(text, allowed);
  const bool is_key = !fault.empty() && allowed == Characters::visible_ascii;
  return is_key ? fault + "; only visible ASCII characters can be right, copy it again" : fault;
}

/// All texts in it.
void wipe(boost::json::value& value) {
  if (boost::json::string* secret = value.if_string()) explicit_bzero(secret->data(), secret->size());
  if (boost::json::array* items = value.if_array()) {
    for (boost::json::value& item : *items) wipe(item);
  }
  if (boost::json::object* members = value.if_object()) {
    for (auto& member : *members) wipe(member.value());
  }
}

/// Why a text that is no JSON is none, and in which line; none of its content but a character that no JSON has.
void tell_why(std::string_view text, ProblemList& list) {
  const std::size_t read = json_keys(text).read;
  const auto line = static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(read), '\n'));
  const std::size_t begin = text.rfind('\n', read == 0 ? 0 : read - 1);
  const std::string_view rest = text.substr(begin == std::string_view::npos ? 0 : begin);
  const std::string odd = editors_character(rest.substr(0, std::max<std::size_t>(1, rest.find('\n', 1))));
  list.add(line + 1, "", "is not a JSON object from this line on" + (odd.empty() ? "" : ": it holds " + odd));
}

/// Each key once that stands there more than once.
std::set<std::string> doubled(const std::vector<std::string>& keys) {
  std::set<std::string> once;
  std::set<std::string> twice;
  for (const std::string& key : keys) {
    if (!once.insert(key).second) twice.insert(key);
  }
  return twice;
}

}  // namespace

SecretFields read_credential_file(const std::filesystem::path& file, const std::vector<CredentialField>& known,
                                  std::vector<ConfigProblem>& problems) {
  const PrivateFile contents = read_private_file(file);
  ProblemList list(contents.problem.empty() ? file : std::filesystem::path(shown_path(file.string())), problems);
  if (contents.problem.empty()) return parse_credential(contents.text.reveal(), known, list);
  list.add(0, "", contents.problem);
  return {};
}

SecretFields parse_credential(std::string_view text, const std::vector<CredentialField>& known, ProblemList& list) {
  SecretFields fields;
  text = without_byte_order_mark(text);
  if (const std::string fault = encoding_fault(text); !fault.empty()) {
    list.add(0, "", fault);
    return fields;
  }
  if (const std::optional<int> line = first_line_not_utf8(text)) {
    list.add(*line, "", "is not UTF-8 in this line; save it as UTF-8");
    return fields;
  }
  boost::system::error_code failure;
  boost::json::value json = boost::json::parse({text.data(), text.size()}, failure);
  if (failure) {
    tell_why(text, list);
    return fields;
  }
  if (!json.is_object()) {
    list.add(0, "", "is not a JSON object");
    return fields;
  }
  for (const std::string& key : doubled(json_keys(text).keys)) {
    list.add(0, shown_name(key), "is given twice; which one is right?");
  }
  std::vector<std::string> names;
  for (const CredentialField& field : known) names.emplace_back(field.name);
  for (const auto& [key, value] : json.get_object()) {
    const std::string name(key);
    const auto field = std::find_if(known.begin(), known.end(),
                                    [&name](const CredentialField& candidate) { return candidate.name == name; });
    if (field == known.end()) {
      const std::string meant = nearest(name, names);
      list.add(0, shown_name(name),
               meant.empty() ? "unknown field" : fmt::format("unknown field; is \"{}\" meant?", meant));
    } else if (const std::string fault = fault_of(value, *field); !fault.empty()) {
      list.add(0, name, fault);
    } else {
      fields.emplace(name, Secret(value.is_object() ? boost::json::serialize(value) : std::string(value.get_string())));
    }
  }
  wipe(json);
  for (const CredentialField& field : known) {
    if (field.is_required && !json.get_object().contains({field.name.data(), field.name.size()})) {
      list.add(0, std::string(field.name), "is missing");
    }
  }
  return fields;
}

}  // namespace tally
