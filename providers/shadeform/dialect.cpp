#include "providers/shadeform/dialect.hpp"

#include <array>

namespace tally::shadeform {
namespace {

constexpr std::array rules = {
    ErrorRule{429, "", Errc::rate_limited},
    ErrorRule{0, "OUT_OF_STOCK", Errc::insufficient_resources},
    ErrorRule{0, "INSUFFICIENT_FUNDS", Errc::out_of_quota},
    ErrorRule{402, "", Errc::out_of_quota},
    ErrorRule{0, "*QUOTA*", Errc::out_of_quota},  // not confirmed
    ErrorRule{0, "*LIMIT*", Errc::out_of_quota},  // not confirmed
    ErrorRule{0, "INTERNAL*", Errc::service_unavailable},
    ErrorRule{409, "*", Errc::conflict},
    ErrorRule{409, "", Errc::service_unavailable},
    ErrorRule{404, "*NOT_FOUND*", Errc::instance_not_found},
    // Without a code only a word of what is not there tells the API from who stands before it.
    ErrorRule{404, "", Errc::instance_not_found, "*instance*not found*"},
    ErrorRule{404, "", Errc::instance_not_found, "*instance*not exist*"},
    ErrorRule{404, "", Errc::resource_not_found, "*key*not found*"},
    ErrorRule{404, "", Errc::resource_not_found, "*key*not exist*"},
};

/// {"error_code", "error"} or {"message"}.
Refusal read_refusal(const Response& answer) {
  Refusal said;
  const auto body = refusal_json(answer.body);
  if (!body) return said;
  said.code = body->text_of("error_code");
  said.message = body->text_of("error");
  if (said.message.empty()) said.message = body->text_of("message");
  return said;
}

}  // namespace

Dialect dialect() { return {"shadeform", read_refusal, rules}; }

}  // namespace tally::shadeform
