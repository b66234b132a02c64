#include "providers/launchpad/dialect.hpp"

#include <array>

#include "runtime/ascii.hpp"
#include "runtime/text.hpp"

namespace tally::launchpad {
namespace {

constexpr std::array rules = {
    ErrorRule{429, "", Errc::rate_limited},
    ErrorRule{402, "", Errc::out_of_quota},
    ErrorRule{0, "no_capacity", Errc::insufficient_resources},
    ErrorRule{0, "deployment_not_found", Errc::instance_not_found},
    ErrorRule{0, "not_found", Errc::resource_not_found},
    ErrorRule{0, "invalid_page", Errc::service_unavailable},  // the list became shorter while it was read
    ErrorRule{0, codes::already_destroying, Errc::conflict},
    ErrorRule{0, codes::request_id_exists, Errc::conflict},
    ErrorRule{409, "conflict", Errc::conflict},
};

// Of what is said by fields in fields.
constexpr std::size_t most_depth = 8;
constexpr std::size_t most_told = 4096;     // bytes, and one text more
constexpr std::size_t most_of_a_name = 64;  // bytes

/// All that a body says, at any depth: "name: text" of members.
void add_words(const json::Value& value, std::string& words) {
  if (!value.name.empty()) words += value.name + ": ";
  if (value.kind == json::Value::Kind::text || value.kind == json::Value::Kind::broken_text) words += value.text + "; ";
  for (const json::Value& item : value.items) add_words(item, words);
}

/// What the words come to: some phrases say enough wherever they stand, others in the vendor's own forms only.
std::string code_of(int status, std::string words, std::string message) {
  words = ascii::lower(words);
  message = ascii::lower(message);
  const auto say = [](const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; };
  if (say(words, "no available capacity")) return "no_capacity";
  if (status == 400 && say(words, "already being destroyed")) return std::string(codes::already_destroying);
  const std::size_t request_id = words.find("request_id");
  const bool is_taken = request_id != std::string::npos && words.find("already exist", request_id) != std::string::npos;
  if (status == 400 && is_taken) return std::string(codes::request_id_exists);
  if (status == 404 && say(message, "no deployment matches")) return "deployment_not_found";
  if (status == 404 && say(message, "invalid page")) return "invalid_page";
  if (status == 404 && say(message, "not found")) return "not_found";
  if (status == 409 && !message.empty()) return "conflict";
  return "";
}

void add_text(const std::string& text, const std::string& field, std::string& message) {
  if (!message.empty()) message += "; ";
  if (!field.empty() && field != "non_field_errors") message += "`" + field + "`: ";
  message += text;
}

/// Adds the texts of a list; nothing else may be in it.
bool add_texts(const json::Value& list, const std::string& field, std::string& message) {
  if (list.kind != json::Value::Kind::list) return false;
  for (const json::Value& item : list.items) {
    if (item.kind != json::Value::Kind::text) return false;
    add_text(item.text, field, message);
  }
  return true;
}

/// "ip_allowlist.0"
std::string field_within(const std::string& outer, const std::string& name) {
  if (name.empty() || name == "non_field_errors") return outer;
  return (outer.empty() ? "" : outer + ".") + std::string(cut(name, most_of_a_name));
}

/// Adds the texts below, at any depth. What stands beside the fields is no text of theirs: a code, a gateway's message.
void add_nested(const json::Value& within, const std::string& outer, std::size_t depth, std::string& message) {
  if (depth == most_depth) return;
  for (const json::Value& item : within.items) {
    if (message.size() >= most_told) return;
    const bool is_text = item.kind == json::Value::Kind::text || item.kind == json::Value::Kind::broken_text;
    const bool is_beside = depth == 0 && !item.name.empty();
    if (is_text && is_beside) continue;
    const std::string field = field_within(outer, item.name);
    if (is_text) add_text(item.text, field, message);
    if (!is_text) add_nested(item, field, depth + 1, message);
  }
}

/// Of a request that was refused for what is in it: {"error"}, or errors of fields in fields, as nested serializers
/// have them ({"ip_allowlist": {"0": […]}}, {"nodes": [{}, {"size": […]}]}). "" when it says nothing.
std::string nested_message(const json::Value& body) {
  std::string message = body.text_of("error");
  if (message.empty()) add_nested(body, "", 0, message);
  return message;
}

/// "" when the answer is in none of the forms that any of the refusals may have.
std::string flat_message(const json::Value& body) {
  std::string message;
  if (body.kind == json::Value::Kind::list) return add_texts(body, "", message) ? message : "";
  if (body.kind != json::Value::Kind::object) return "";
  message = body.text_of("detail");
  if (!message.empty()) return message;
  for (const json::Value& field : body.items) {
    if (!add_texts(field, field.name, message)) return "";
  }
  return message;
}

Refusal read_refusal(const Response& answer) {
  Refusal said;
  const auto body = refusal_json(answer.body);
  if (!body) return said;
  said.message = flat_message(*body);
  if (said.message.empty() && answer.status == 400) said.message = nested_message(*body);
  std::string words;
  add_words(*body, words);
  said.code = code_of(answer.status, words, said.message);
  if (said.message.empty() && !said.code.empty()) said.message = std::move(words);
  return said;
}

}  // namespace

Dialect dialect() { return {"launchpad", read_refusal, rules}; }

}  // namespace tally::launchpad
