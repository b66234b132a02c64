#include "cloud/redactor.hpp"

#include <catch2/catch.hpp>

namespace tally {
namespace {

Redactor redactor() {
  ProviderDescription provider;
  provider.credential_fields = {{"api_key"}, {"token", false}, {"api_url", false, false}};
  SecretFields fields;
  fields.emplace("api_key", Secret("key-4711-0815"));
  fields.emplace("token", Secret("short"));
  fields.emplace("api_url", Secret("https://api.example.com"));
  return {fields, provider};
}

}  // namespace

TEST_CASE("a secret is taken out of text wherever it stands", "[redactor]") {
  CHECK(redactor().clean("key-4711-0815: no; keykey-4711-0815key-4711-0815") ==
        "[redacted]: no; key[redacted][redacted]");
  CHECK(redactor().clean("key-4711-081") == "key-4711-081");
  CHECK(redactor().clean("").empty());
}

TEST_CASE("what is no secret, or too short to be told from words, stays", "[redactor]") {
  CHECK(redactor().clean("https://api.example.com: cut short") == "https://api.example.com: cut short");
  CHECK(Redactor().clean("anything") == "anything");
}

TEST_CASE("errors and rejected rows lose the secrets in each of their texts", "[redactor]") {
  Error error;
  error.code = "bad key-4711-0815";
  error.message = "the key key-4711-0815 is unknown";
  error = redactor().clean(std::move(error));
  CHECK(error.code == "bad [redacted]");
  CHECK(error.message == "the key [redacted] is unknown");
  std::vector<Rejected> rows{{"key-4711-0815", "id key-4711-0815", "{\"id\":\"key-4711-0815\"}"}};
  redactor().clean(rows);
  CHECK(rows[0].id == "[redacted]");
  CHECK(rows[0].reason == "id [redacted]");
  CHECK(rows[0].raw == "{\"id\":\"[redacted]\"}");
}

}  // namespace tally
