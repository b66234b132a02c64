#include "providers/lambda/dialect.hpp"

#include <algorithm>
#include <array>

#include "cloud/limits.hpp"

namespace tally::lambda {
namespace {

constexpr std::array rules = {
    ErrorRule{429, "", Errc::rate_limited},
    ErrorRule{0, "banned", Errc::rate_limited},
    ErrorRule{0, "instance-operations/launch/insufficient-capacity", Errc::insufficient_resources},
    ErrorRule{4, "*", Errc::insufficient_resources, "*not enough capacity*"},
    ErrorRule{0, "provider/*capacity*", Errc::insufficient_resources},
    ErrorRule{0, "provider/*quota*", Errc::out_of_quota},
    ErrorRule{0, "provider/*", Errc::service_unavailable},
    ErrorRule{5, "", Errc::service_unavailable},
    ErrorRule{0, "global/object-does-not-exist", Errc::instance_not_found},
    ErrorRule{0, "global/not-found", Errc::resource_not_found},  // of a path
    ErrorRule{0, "global/invalid-api-key", Errc::auth},
    ErrorRule{0, "global/account-inactive", Errc::forbidden},
    ErrorRule{0, "global/invalid-address", Errc::forbidden},
    ErrorRule{0, "global/forbidden", Errc::forbidden},
    ErrorRule{0, "global/quota-exceeded", Errc::out_of_quota},
    ErrorRule{0, "global/conflict", Errc::conflict},
    ErrorRule{0, "*-in-use", Errc::conflict},
    ErrorRule{0, "global/internal-error", Errc::service_unavailable},
    ErrorRule{0, "global/unknown", Errc::service_unavailable},
    ErrorRule{0, "*", Errc::invalid_request},
};

/// A block page instead of an answer, which may come with any status.
bool is_ban(const Response& answer) {
  constexpr std::string_view words = "banned you temporarily";
  const std::string_view body(answer.body);
  return !body.starts_with('{') && body.substr(0, limits::error_body).find(words) != std::string_view::npos;
}

/// {PARAMETER: {"message"}, …}: what is wrong, which the message beside them may not say.
void add_field_errors(const json::Value& body, std::string& message) {
  constexpr std::size_t most_told = 4;
  const json::Value* fields = body.find("field_errors");
  if (fields == nullptr || fields->kind != json::Value::Kind::object) return;
  for (std::size_t i = 0; i < std::min(fields->items.size(), most_told); ++i) {
    const std::string more = fields->items[i].text_of("message");
    if (more.empty() || message.find(more) != std::string::npos) continue;
    message.append(message.empty() ? "" : " ").append(more);
  }
}

/// The envelope {"error": {"code", "message", "suggestion"?}, "field_errors"?}.
Refusal read_refusal(const Response& answer) {
  Refusal said;
  if (is_ban(answer)) said.code = "banned";
  const auto body = refusal_json(answer.body);
  if (!body) return said;
  const json::Value* envelope = body->find("error");
  if (envelope == nullptr) return said;
  said.code = envelope->text_of("code");
  said.message = envelope->text_of("message");
  add_field_errors(*body, said.message);
  said.advice = envelope->text_of("suggestion");
  return said;
}

}  // namespace

Dialect dialect() { return {"lambda-labs", read_refusal, rules, is_ban}; }

}  // namespace tally::lambda
