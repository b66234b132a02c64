// An error says what a person can do.
#include "cloud/error.hpp"

#include <catch2/catch.hpp>

#include "cloud/redactor.hpp"

namespace tally::error_test {

TEST_CASE("an error's line ends with what to do about it", "[cloud]") {
  Error error;
  error.kind = Errc::out_of_quota;
  error.provider = "lambda-labs";
  error.operation = "create instance";
  error.status = 400;
  error.message = "Quota exceeded.";
  error.advice = "Contact Support.";
  CHECK(to_text(error) == "lambda-labs: create instance: out_of_quota (HTTP 400): Quota exceeded. Contact Support.");
}

TEST_CASE("advice loses secrets like every text of an error", "[cloud]") {
  ProviderDescription provider;
  provider.credential_fields = {{"api_key"}};
  SecretFields fields;
  fields.emplace("api_key", Secret("canary-key-0123456789"));
  Error error;
  error.advice = "use canary-key-0123456789";
  CHECK(Redactor(fields, provider).clean(error).advice == "use [redacted]");
}

}  // namespace tally::error_test
