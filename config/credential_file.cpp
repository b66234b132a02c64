#include "config/credential_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstring>

#include "config/private_file.hpp"
#include "config/toml_reader.hpp"

namespace tally {
namespace {

std::string fault_of(const boost::json::value& value, const CredentialField& field) {
  if (!value.is_string()) return "must be a text";
  std::string_view text = value.get_string();
  while (field.is_multiline && (text.ends_with('\n') || text.ends_with('\r'))) text.remove_suffix(1);
  if (text.empty()) return "is empty";
  const auto is_blank = [](unsigned char c) { return c <= 0x20 || c == 0x7f; };
  if (is_blank(static_cast<unsigned char>(text.front())) || is_blank(static_cast<unsigned char>(text.back()))) {
    return "begins or ends with white space";
  }
  if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 && c != '\n' && c != '\r'; })) {
    return "holds a control character";
  }
  return "";
}

}  // namespace

SecretFields read_credential_file(const std::filesystem::path& file, const std::vector<CredentialField>& known,
                                  std::vector<ConfigProblem>& problems) {
  ProblemList list(file, problems);
  const PrivateFile contents = read_private_file(file);
  if (contents.problem.empty()) return parse_credential(contents.text.reveal(), known, list);
  list.add(0, "", contents.problem);
  return {};
}

SecretFields parse_credential(std::string_view text, const std::vector<CredentialField>& known, ProblemList& list) {
  SecretFields fields;
  boost::system::error_code failure;
  boost::json::value json = boost::json::parse({text.data(), text.size()}, failure);
  if (failure || !json.is_object()) {
    list.add(0, "", "is not a JSON object");
    return fields;
  }
  std::vector<std::string> names;
  for (const CredentialField& field : known) names.emplace_back(field.name);
  for (const auto& [key, value] : json.get_object()) {
    const std::string name(key);
    const auto field = std::find_if(known.begin(), known.end(),
                                    [&name](const CredentialField& candidate) { return candidate.name == name; });
    if (field == known.end()) {
      const std::string meant = nearest(name, names);
      list.add(0, name, meant.empty() ? "unknown field" : fmt::format("unknown field; is \"{}\" meant?", meant));
    } else if (const std::string fault = fault_of(value, *field); !fault.empty()) {
      list.add(0, name, fault);
    } else {
      fields.emplace(name, Secret(std::string(value.get_string())));
    }
  }
  for (auto& [key, value] : json.get_object()) {
    if (boost::json::string* secret = value.if_string()) explicit_bzero(secret->data(), secret->size());
  }
  for (const CredentialField& field : known) {
    if (field.is_required && !json.get_object().contains({field.name.data(), field.name.size()})) {
      list.add(0, std::string(field.name), "is missing");
    }
  }
  return fields;
}

}  // namespace tally
