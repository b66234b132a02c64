#include "providers/template/dialect.hpp"

#include <array>

namespace tally::template_api {
namespace {

// By code: each stands for one thing, whatever its status. A code that is not here means what its status means.
constexpr std::array rules = {
    ErrorRule{429, "", Errc::rate_limited},
    ErrorRule{0, "unauthorized", Errc::auth},
    ErrorRule{0, "out_of_stock", Errc::insufficient_resources},
    ErrorRule{0, "quota_exceeded", Errc::out_of_quota},
    ErrorRule{0, "image_not_found", Errc::image_not_found},
    ErrorRule{0, "duplicate_rule", Errc::duplicate_firewall_rule},
    ErrorRule{0, "instance_not_found", Errc::instance_not_found},
    ErrorRule{0, "rule_not_found", Errc::resource_not_found},
    // Where there is no such region, nobody has looked for an instance: that one is not gone.
    ErrorRule{0, "region_not_found", Errc::invalid_request},
    ErrorRule{0, "wrong_state", Errc::conflict},
    ErrorRule{0, "token_reused", Errc::conflict},
    // These two would be our own fault.
    ErrorRule{0, "path_not_found", Errc::internal},
    ErrorRule{0, "method_not_allowed", Errc::internal},
};

/// The envelope {"error": {"code", "message", "field"?}}.
Refusal read_refusal(const Response& answer) {
  Refusal said;
  const auto body = refusal_json(answer.body);
  const json::Value* envelope = body ? body->find("error") : nullptr;
  if (envelope == nullptr) return said;
  said.code = envelope->text_of("code");
  said.message = envelope->text_of("message");
  if (const std::string field = envelope->text_of("field"); !field.empty()) {
    said.message.insert(0, "`" + field + "`: ");
  }
  return said;
}

}  // namespace

Dialect dialect() { return {"template", read_refusal, rules}; }

}  // namespace tally::template_api
