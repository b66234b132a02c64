#include "net/json_quote.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "cloud/limits.hpp"
#include "net/json_value.hpp"
#include "runtime/ascii.hpp"
#include "runtime/text.hpp"

namespace tally::json {
namespace {

// Parts of names, lower case. The last ones are texts that others can act on, or that usually have a key inside.
constexpr std::array<std::string_view, 16> secret_parts = {
    "key",     "token",     "secret", "passw",       "passphrase", "credential", "auth",   "cookie",
    "session", "signature", "env",    "launch_conf", "user_data",  "userdata",   "base64", "_url"};

void redact(Value& value, const Redactor& redactor) {
  value.name = redactor.clean(std::move(value.name));
  if (is_secret_name(value.name) && value.kind != Value::Kind::null) {
    value.kind = Value::Kind::text;
    value.text = "(removed)";
    value.items.clear();
    return;
  }
  value.text = redactor.clean(std::move(value.text));
  for (Value& item : value.items) redact(item, redactor);
}

}  // namespace

bool is_secret_name(std::string_view name) {
  const std::string lower = ascii::lower(name);
  // What a key is called is no secret: by it people, and creates, know a machine again.
  if (lower.ends_with("key_name") || lower.ends_with("key_names")) return false;
  return std::any_of(secret_parts.begin(), secret_parts.end(),
                     [&lower](std::string_view part) { return lower.find(part) != std::string::npos; });
}

std::string quoted(std::string_view row, const Redactor& redactor) {
  Value value;
  const bool is_readable = row.size() <= limits::row && Parser().parse(row, value) == Parsed::good;
  if (!is_readable) return "(withheld: it may hold a secret)";
  redact(value, redactor);
  return std::string(cut(to_text(value), limits::raw_row));
}

void reject(std::vector<Rejected>& list, std::string id, std::string why, std::string_view row,
            const Redactor& redactor) {
  const bool is_told = list.size() < limits::rejected_told;
  list.push_back({std::move(id), std::move(why), is_told ? quoted(row, redactor) : std::string()});
}

}  // namespace tally::json
