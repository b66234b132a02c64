#include "providers/launchpad/dialect.hpp"

#include <array>

#include "runtime/ascii.hpp"

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

/// Adds the texts of a list; nothing else may be in it.
bool add_texts(const json::Value& list, const std::string& field, std::string& message) {
  if (list.kind != json::Value::Kind::list) return false;
  for (const json::Value& item : list.items) {
    if (item.kind != json::Value::Kind::text) return false;
    if (!message.empty()) message += "; ";
    if (!field.empty() && field != "non_field_errors") message += "`" + field + "`: ";
    message += item.text;
  }
  return true;
}

/// "" when the answer is in none of the forms.
std::string message_of(const json::Value& body) {
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
  said.message = message_of(*body);
  std::string words;
  add_words(*body, words);
  said.code = code_of(answer.status, words, said.message);
  if (said.message.empty() && !said.code.empty()) said.message = std::move(words);
  return said;
}

}  // namespace

Dialect dialect() { return {"launchpad", read_refusal, rules}; }

}  // namespace tally::launchpad
