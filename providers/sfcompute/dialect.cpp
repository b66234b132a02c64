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
    // Some answers are a bare text instead of the documented object.
    ErrorRule{404, "", Errc::instance_not_found, "*not found*"},
    ErrorRule{409, "*", Errc::conflict},
    ErrorRule{5, "", Errc::service_unavailable},
};

/// {"error": {"type", "message", "details": [{"field", "code", "message"}]}}, or {"error": "text"}.
Refusal read_refusal(const Response& answer) {
  Refusal said;
  const auto body = refusal_json(answer.body);
  if (!body) return said;
  const json::Value* envelope = body->find("error");
  if (envelope == nullptr) return said;
  said.message = body->text_of("error");
  if (!said.message.empty()) return said;
  said.code = envelope->text_of("type");
  said.message = envelope->text_of("message");
  const json::Value* details = envelope->find("details");
  if (details == nullptr || details->kind != json::Value::Kind::list) return said;
  for (const json::Value& detail : details->items) {
    const std::string words = detail.text_of("message");
    if (!words.empty()) said.message += (said.message.empty() ? "" : "; ") + words;
  }
  return said;
}

}  // namespace

Dialect dialect() { return {"sfcompute", read_refusal, rules}; }

}  // namespace tally::sfcompute
