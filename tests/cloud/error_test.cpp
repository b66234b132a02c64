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

TEST_CASE("advice stands behind a message as a sentence of its own, or as the rest of it", "[cloud]") {
  const auto [message, advice, text] = GENERATE(table<std::string, std::string, std::string>({
      {"Quota exceeded", "Contact Support.", "Quota exceeded. Contact Support."},
      {"Quota exceeded.", "Contact Support.", "Quota exceeded. Contact Support."},
      {"Quota exceeded. ", "Contact Support.", "Quota exceeded. Contact Support."},
      {"You may not.", "ask for more", "You may not; ask for more"},
      {"You may not", "ask for more", "You may not; ask for more"},
      {"You may not (HTTP 403)", "ask for more", "You may not (HTTP 403); ask for more"},
      {"it said \"no.\"", "ask for more", "it said \"no.\" ask for more"},
      {"Why?", "ask for more", "Why? ask for more"},
      {"Wait...", "ask for more", "Wait... ask for more"},
      {"Wait\u2026", "ask for more", "Wait\u2026 ask for more"},
      {"what helps:", "ask for more", "what helps: ask for more"},
      {"no such `zone`", "`sub_location` names one", "no such `zone`; `sub_location` names one"},
      {"", "ask for more", "ask for more"},
      {"You may not.", "", "You may not."},
      {"", "", ""},
  }));
  CHECK(with_advice(message, advice) == text);
}

TEST_CASE("an error's line has its mark before the advice where there is no message, too", "[cloud]") {
  Error error;
  error.kind = Errc::forbidden;
  error.status = 403;
  error.advice = "ask for more";
  CHECK(to_text(error) == "forbidden (HTTP 403); ask for more");
  error.code = "OptInRequired";
  CHECK(to_text(error) == "forbidden (HTTP 403) OptInRequired; ask for more");
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
