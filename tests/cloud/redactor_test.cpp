#include "cloud/redactor.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <thread>

#include "cloud/limits.hpp"
#include "runtime/text.hpp"

namespace tally::redactor_test {
namespace {

/// Knows this one secret.
Redactor redactor_of(const std::string& secret) {
  ProviderDescription provider;
  provider.credential_fields = {{"api_key"}, {"token", false}, {"api_url", false, false}};
  SecretFields fields;
  fields.emplace("api_key", Secret(secret));
  fields.emplace("token", Secret("short"));
  fields.emplace("api_url", Secret("https://api.example.com"));
  return {fields, provider};
}

const std::string short_key = "key-4711-0815";
const std::string long_key = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";

std::string cleaned(const std::string& text, const std::string& secret = long_key) {
  return redactor_of(secret).clean(text);
}

/// Of letters, digits and what base64 has besides.
std::string random_secret(std::mt19937& random, std::size_t size) {
  static const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-.%\\";
  std::string secret;
  for (std::size_t i = 0; i < size; ++i) secret += alphabet[random() % alphabet.size()];
  return secret;
}

/// Whether 16 characters of the secret that follow each other can be read in the text, over any white space.
bool gives_away(std::string text, const std::string& secret) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
  for (std::size_t at = 0; at + 16 <= secret.size(); ++at) {
    if (text.find(secret.substr(at, 16)) != std::string::npos) return true;
  }
  return false;
}

constexpr const char* pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ0uxQmb1hWcY7lqS3nXv2yTz8k4pRfE\n"
    "a5oG6dHj9wZL\n"
    "-----END PRIVATE KEY-----\n";

}  // namespace

TEST_CASE("a secret is taken out of text wherever it stands", "[redactor]") {
  CHECK(cleaned("key-4711-0815: no; keykey-4711-0815key-4711-0815", short_key) == "[redacted]: no; key[redacted]");
  CHECK(cleaned("Bearer " + long_key + " is refused") == "Bearer [redacted] is refused");
  CHECK(cleaned("").empty());
}

TEST_CASE("what is no secret, or too short to be told from words, stays", "[redactor]") {
  CHECK(cleaned("https://api.example.com: cut short") == "https://api.example.com: cut short");
  CHECK(cleaned("key-4711 is the beginning only", short_key) == "key-4711 is the beginning only");
  CHECK(Redactor().clean("anything") == "anything");
  CHECK_FALSE(Redactor().holds_secret("anything"));
}

TEST_CASE("a secret with white space in it is the secret", "[redactor]") {
  CHECK(cleaned("no: sk_live_4eC39HqL\n  yjWDarjtT1zdp7dc!") == "no: [redacted]!");
  CHECK(cleaned("key - 4711 -\t0815", short_key) == "[redacted]");
}

TEST_CASE("sixteen characters that follow each other are taken out anywhere, fifteen in a sentence stay",
          "[redactor]") {
  CHECK(cleaned("a " + long_key.substr(5, 16) + " b") == "a [redacted] b");
  CHECK(cleaned("a " + long_key.substr(5, 15) + " b") == "a " + long_key.substr(5, 15) + " b");
  CHECK(cleaned("x" + long_key.substr(3) + "y") == "x[redacted]y");
}

TEST_CASE("the first or last eight are taken out where a text is cut, quoted or starred", "[redactor]") {
  const std::string first = long_key.substr(0, 9);
  const std::string last = long_key.substr(long_key.size() - 8);
  for (const std::string& mark : {std::string("…"), std::string("..."), std::string("*"), std::string("****"),
                                  std::string("\""), std::string("'"), std::string("`"), std::string("”")}) {
    CHECK(cleaned("key " + first + mark + " no") == "key [redacted]" + mark + " no");
    CHECK(cleaned("key " + mark + last + " no") == "key " + mark + "[redacted] no");
  }
  CHECK(cleaned("no such key: " + first) == "no such key: [redacted]");
  CHECK(cleaned("it ends in " + last) == "it ends in [redacted]");
  CHECK(cleaned("key " + first + " no") == "key " + first + " no");
  CHECK(cleaned("key " + long_key.substr(0, 7) + "… no") == "key " + long_key.substr(0, 7) + "… no");
  CHECK(cleaned("of key-4711-08…", short_key) == "of [redacted]…");
}

TEST_CASE("escapes of JSON and of URLs hide no secret, and base64 does not", "[redactor]") {
  const std::string secret = "ab+cd/ef=gh+ij/kl=mn";
  CHECK(cleaned(R"({"k":"ab\u002bcd\/ef=gh\u002Bij\/kl=mn"})", secret) == R"({"k":"[redacted]"})");
  CHECK(cleaned("GET /?k=ab%2Bcd%2fef%3Dgh%2Bij%2Fkl%3Dmn&x=1", secret) == "GET /?k=[redacted]&x=1");
  CHECK(cleaned("Basic dXNlcjpza19saXZlXzRlQzM5SHFMeWpXRGFyanRUMXpkcDdkYw== is refused").find("c2tfbGl2ZV") ==
        std::string::npos);
  CHECK(cleaned("Basic dXNlcjpza19saXZlXzRlQzM5SHFMeWpXRGFyanRUMXpkcDdkYw== is refused").size() < 50);
}

TEST_CASE("of a PEM the armour is no secret, and what stands between is, wrapped in any way", "[redactor]") {
  const std::string body = "MC4CAQAwBQYDK2VwBCIEIJ0uxQmb1hWcY7lqS3nXv2yTz8k4pRfEa5oG6dHj9wZL";
  CHECK(cleaned("give -----BEGIN PRIVATE KEY----- first", pem) == "give -----BEGIN PRIVATE KEY----- first");
  CHECK(cleaned("<" + body + ">", pem) == "<[redacted]>");
  CHECK(cleaned("<" + body.substr(0, 20) + "\\n" + body.substr(20) + ">", pem) == "<[redacted]>");
  CHECK(cleaned(pem, pem) == "-----BEGIN PRIVATE KEY-----\n[redacted]\n-----END PRIVATE KEY-----\n");
}

TEST_CASE("of a JSON secret the texts are secret, the keys are not", "[redactor]") {
  const std::string json = R"({"type": "service_account", "token_uri": "https://oauth.example.com/token",
    "private-key": "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ0uxQmb1hWc\n-----END PRIVATE KEY-----\n",
    "inner": {"list": ["kid-4711-0815"]}})";
  CHECK(cleaned("the private-key of service_account at https://oauth.example.com/token", json) ==
        "the private-key of service_account at https://oauth.example.com/token");
  CHECK(cleaned("kid-4711-0815: BCIEIJ0uxQmb1hWc", json) == "[redacted]: [redacted]");
}

TEST_CASE("no sixteen characters of a secret survive, whatever stands around them", "[redactor]") {
  std::mt19937 random(11);
  for (int round = 0; round < 2000; ++round) {
    const std::string secret = random_secret(random, 16 + random() % 60);
    const Redactor redactor = redactor_of(secret);
    std::string text;
    for (int part = 0; part < 4; ++part) {
      const std::size_t from = random() % secret.size();
      std::string piece = secret.substr(from, 1 + random() % secret.size());
      if (random() % 2 == 0) piece.insert(random() % piece.size(), random() % 2 == 0 ? "\n" : "  ");
      text += random_secret(random, random() % 9) + (random() % 3 == 0 ? "ä" : " ") + piece;
    }
    const std::string clean = redactor.clean(text);
    INFO(secret << "\n" << text << "\n" << clean);
    CHECK_FALSE(gives_away(clean, secret));
    CHECK(is_utf8(clean));
    CHECK(redactor.holds_secret(text) == (clean != text));
  }
}

TEST_CASE("ordinary words are not holed, however many secrets there are", "[redactor]") {
  std::mt19937 random(12);
  const std::string text =
      "Error: \"insufficient_capacity\" in 'us-east-1'... *gpu_8x_h100_sxm5* `RTX PRO 6000 Blackwell Server Edition` "
      "100% "
      "\\ instance-type-unavailable, see https://docs.example.com/errors?code=insufficient_capacity…";
  for (int round = 0; round < 2000; ++round) {
    CHECK(redactor_of(random_secret(random, 8 + random() % 60)).clean(text) == text);
  }
}

TEST_CASE("a secret that repeats itself costs no more than another", "[redactor]") {
  const Redactor redactor = redactor_of(std::string(4096, 'a'));
  CHECK(redactor.clean(std::string(1'000'000, 'a')) == "[redacted]");
  CHECK(redactor.clean("b" + std::string(15, 'a') + "b").size() == 17);
}

TEST_CASE("a secret is never left as half of a character", "[redactor]") {
  const std::string secret = "passwört-größer-als-sechzehn-zeichen";
  CHECK(is_utf8(cleaned("ä" + secret.substr(5) + "ß", secret)));
  CHECK(is_utf8(cleaned("ä" + secret.substr(0, 8) + "…", secret)));
}

TEST_CASE("errors and rejected rows lose the secrets in each of their texts", "[redactor]") {
  const Redactor redactor = redactor_of(short_key);
  Error error;
  error.code = "bad key-4711-0815";
  error.message = "the key key-4711-0815 is unknown";
  error = redactor.clean(std::move(error));
  CHECK(error.code == "bad [redacted]");
  CHECK(error.message == "the key [redacted] is unknown");
  std::vector<Rejected> rows{{"key-4711-0815", "id key-4711-0815", "{\"id\":\"key-4711-0815\"}"}};
  redactor.clean(rows);
  CHECK(rows[0].id == "[redacted]");
  CHECK(rows[0].reason == "id [redacted]");
  CHECK(rows[0].raw == "{\"id\":\"[redacted]\"}");
}

TEST_CASE("a secret that is learned later is removed, too, by every copy", "[cloud]") {
  Redactor redactor;
  const Redactor copy = redactor;
  const std::string text = "the token canary-token-4711 is refused";
  CHECK(copy.clean(text) == text);
  redactor.learn(Secret(std::string("canary-token-4711")));
  CHECK(copy.clean(text) == "the token [redacted] is refused");
  CHECK(copy.holds_secret(text));
}

TEST_CASE("of learned secrets the newest are known, of the credential's all", "[cloud]") {
  ProviderDescription provider;
  provider.credential_fields = {{"api_key"}};
  SecretFields fields;
  fields.emplace("api_key", Secret(std::string("canary-key-0123456789")));
  Redactor redactor(fields, provider);
  const auto token = [](std::size_t i) { return std::string(20, static_cast<char>('a' + i)); };
  for (std::size_t i = 0; i <= limits::secrets_learned; ++i) redactor.learn(Secret(token(i)));
  CHECK_FALSE(redactor.holds_secret(token(0)));
  for (std::size_t i = 1; i <= limits::secrets_learned; ++i) CHECK(redactor.holds_secret(token(i)));
  CHECK(redactor.holds_secret("canary-key-0123456789"));
}

TEST_CASE("secrets may be learned while others clean texts", "[cloud]") {
  Redactor redactor;
  std::thread reader([copy = redactor] {
    for (int i = 0; i < 1'000; ++i) static_cast<void>(copy.clean("the token canary-token-4711 is refused"));
  });
  for (int i = 0; i < 20; ++i) redactor.learn(Secret("canary-token-" + std::to_string(4'700 + i)));
  reader.join();
  CHECK(redactor.holds_secret("canary-token-4711"));
}

}  // namespace tally::redactor_test
