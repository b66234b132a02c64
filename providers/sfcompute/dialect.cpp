#include "providers/sfcompute/dialect.hpp"

#include <array>

namespace tally::sfcompute {
namespace {

constexpr std::array rules = {
    ErrorRule{429, "", Errc::rate_limited},
    ErrorRule{401, "", Errc::auth},
    ErrorRule{402, "*", Errc::out_of_quota},
    ErrorRule{422, "*", Errc::insufficient_resources, "*capacity*"},
    ErrorRule{422, "*", Errc::insufficient_resources, "*allocation*"},
    ErrorRule{422, "*", Errc::insufficient_resources, "*quota*"},
    ErrorRule{404, "*", Errc::image_not_found, "*image*"},
    ErrorRule{404, "*", Errc::instance_not_found},
    // Some answers are a bare text instead of the documented object: who says "not found" may stand before the API.
    ErrorRule{404, "", Errc::image_not_found, "*image*not found*"},
    ErrorRule{404, "", Errc::instance_not_found, "*not found*"},
    ErrorRule{409, "*", Errc::conflict},
    ErrorRule{5, "", Errc::service_unavailable},
};

/// The type that the documentation names for a status, where a bare text does not; "" where it would not tell the API's
/// word from a proxy's.
std::string type_of(int status) {
  if (status == 402) return "payment_required";
  if (status == 409) return "conflict";
  return status == 422 ? "unprocessable_entity" : "";
}

/// "No free nodes on this SKU in the pool (capacity_limit)"
std::string words_of(const json::Value& detail) {
  std::string words = detail.text_of("message");
  const std::string code = detail.text_of("code");
  if (code.empty()) return words;
  return words.empty() ? code : words.append(" (").append(code).append(")");
}

/// {"error": {"type", "message", "details": [{"field", "code", "message"}]}}, or {"error": "text"}.
Refusal read_refusal(const Response& answer) {
  Refusal said;
  const auto body = refusal_json(answer.body);
  if (!body) return said;
  const json::Value* envelope = body->find("error");
  if (envelope == nullptr) return said;
  said.message = body->text_of("error");
  if (!said.message.empty()) {
    said.code = type_of(answer.status);
    return said;
  }
  said.code = envelope->text_of("type");
  said.message = envelope->text_of("message");
  const json::Value* details = envelope->find("details");
  if (details == nullptr || details->kind != json::Value::Kind::list) return said;
  for (const json::Value& detail : details->items) {
    const std::string words = words_of(detail);
    if (!words.empty()) said.message += (said.message.empty() ? "" : "; ") + words;
  }
  return said;
}

}  // namespace

Dialect dialect() { return {"sfcompute", read_refusal, rules}; }

}  // namespace tally::sfcompute
