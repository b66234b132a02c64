#include "providers/verda/dialect.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cloud/limits.hpp"
#include "net/json_value.hpp"
#include "providers/verda/shortages.hpp"
#include "runtime/ascii.hpp"
#include "runtime/number.hpp"
#include "runtime/text.hpp"

namespace tally::verda {
namespace {

constexpr std::array rules = {
    ErrorRule{429, "", Errc::rate_limited},
    ErrorRule{401, "", Errc::auth},
    // That it has none left comes as a 503, like that it is not well.
    ErrorRule{0, "", Errc::insufficient_resources, "*not enough resources*"},
    ErrorRule{0, "", Errc::insufficient_resources, "*no capacity*"},
    ErrorRule{5, "", Errc::service_unavailable},
    ErrorRule{0, "insufficient_funds", Errc::out_of_quota},
    ErrorRule{402, "*", Errc::out_of_quota},
    ErrorRule{0, "*quota*", Errc::out_of_quota},
    ErrorRule{0, "*QUOTA*", Errc::out_of_quota},
    ErrorRule{400, "*", Errc::out_of_quota, "*quota*"},
    ErrorRule{403, "*", Errc::out_of_quota, "*quota*"},
    ErrorRule{400, "*", Errc::out_of_quota, "*limit exceeded*"},
    ErrorRule{403, "*", Errc::out_of_quota, "*limit exceeded*"},
    ErrorRule{400, "*", Errc::image_not_found, "*operating system is not valid*"},
    ErrorRule{400, "", Errc::instance_not_found, "invalid instance id*"},
    // A machine that is over; one that is being made cannot be ended yet.
    ErrorRule{0, "", Errc::instance_not_found, "can't * a discontinued instance*"},
    ErrorRule{0, "", Errc::conflict, "can't * a* instance*"},
    ErrorRule{404, "*", Errc::instance_not_found},
    ErrorRule{409, "*", Errc::conflict},
};

/// {"code", "message"}.
Refusal read_refusal(const Response& answer) {
  Refusal said;
  const auto body = refusal_json(answer.body);
  if (!body) return said;
  said.code = body->text_of("code");
  said.message = body->text_of("message");
  return said;
}

bool is_failure(const json::Value& outcome) { return ascii::iequals(outcome.text_of("status"), "error"); }

/// The status that the refusal would have had by itself.
int status_in(const json::Value& outcome) {
  const json::Value* status = outcome.find("statusCode");
  if (status == nullptr || status->kind != json::Value::Kind::number) return 0;
  return parse_number<int>(status->text).value_or(0);
}

}  // namespace

Dialect dialect() { return {"verda", read_refusal, rules, nullptr, read_shortages}; }

std::optional<Error> refusal_in(const std::string& body, const Operation& operation, const Redactor& redactor) {
  const auto outcomes = refusal_json(body);
  if (!outcomes || outcomes->kind != json::Value::Kind::list) return std::nullopt;
  const auto failed = std::find_if(outcomes->items.begin(), outcomes->items.end(), is_failure);
  if (failed == outcomes->items.end()) return std::nullopt;
  Response answer;
  answer.status = status_in(*failed);
  if (answer.status < 400) answer.status = 400;
  std::string message = failed->text_of("error");
  if (message.empty()) message = "it failed, and nothing is said of why";
  answer.body = boost::json::serialize(
      boost::json::object{{"code", answer.status == 404 ? "not_found" : "action_failed"}, {"message", message}});
  Error error = error_of(dialect(), operation, answer, redactor);
  error.code.clear();  // it has none
  return error;
}

}  // namespace tally::verda
