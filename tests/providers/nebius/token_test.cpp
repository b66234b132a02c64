// Access tokens for a service account: one for all who need one, ahead of its end, and anew when it is refused.
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include "providers/nebius/protos/iam_v1.pb.h"
#include "providers/nebius/service_account.hpp"
#include "providers/nebius/tokens.hpp"
#include "runtime/base64.hpp"
#include "tests/providers/recorded_account.hpp"

namespace tally::nebius_token_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

const Timestamp now{std::chrono::sys_days(std::chrono::year(2026) / 9 / 1)};

boost::json::object recorded_key() {
  const auto recorded = boost::json::parse(read_file("nebius/recorded/routes.json"));
  const auto& text = recorded.at("credential").at("service_account_key").as_string();
  return boost::json::parse(std::string_view(text)).as_object();
}

Secret key_with(const char* member, const char* value) {
  boost::json::object key = recorded_key();
  key.at("subject-credentials").as_object()[member] = value;
  return Secret(boost::json::serialize(key));
}

std::string bytes_of(std::string part) {
  for (char& c : part) c = c == '-' ? '+' : c == '_' ? '/' : c;
  while (part.size() % 4 != 0) part += '=';
  return from_base64(part).value();
}

/// By the public half of the recorded key.
bool is_signed(const std::string& text, const std::string& signature) {
  const auto key = recorded_key();
  const std::string pem(key.at("subject-credentials").at("private-key").as_string());
  BIO* bytes = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* pair = PEM_read_bio_PrivateKey(bytes, nullptr, nullptr, nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, pair);
  const int outcome =
      EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                       reinterpret_cast<const unsigned char*>(text.data()), text.size());
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(pair);
  BIO_free(bytes);
  return outcome == 1;
}

/// Gives tokens on a manual clock.
class TokenService final : public HttpClient {
 public:
  explicit TokenService(Clock& clock) : clock_(clock) {}

  Task<Response> send(Request request) override {
    ++asked;
    priority = request.priority;
    co_await clock_.sleep_until(clock_.now() + 1s);
    Response answer;
    answer.status = status;
    if (status != 200) co_return answer;
    ::nebius::iam::v1::CreateTokenResponse token;
    token.set_access_token("token-canary-" + std::to_string(asked));
    token.set_token_type("bearer");
    token.set_expires_in(1000);
    answer.body = token.SerializeAsString();
    co_return answer;
  }

  int asked = 0;
  int status = 200;
  Priority priority = Priority::sync;

 private:
  Clock& clock_;
};

class Scene {
 public:
  Scene() { credential_.endpoint = "https://{service}.api.test:443"; }

  /// What that many calls at once are given.
  std::vector<std::string> ask(int callers = 1) {
    answers_.clear();
    for (int i = 0; i < callers; ++i) boost::asio::co_spawn(context, keep(), boost::asio::detached);
    clock.advance(3s);
    return answers_;
  }
  void refuse(const std::string& token) {
    std::vector<Header> headers(1, Header{"Authorization", Secret(token)});
    CHECK(tokens_.refresh_after_401(headers));
  }

  boost::asio::io_context context;
  ManualClock clock{context, now};
  TokenService service{clock};

 private:
  boost::asio::awaitable<void> keep() {
    const auto headers = co_await tokens_.authorize(nullptr);
    answers_.push_back(headers ? std::string(headers->at(0).value.reveal()) : to_text(headers.error()));
  }
  static Credential credential_of_key() {
    Credential credential;
    credential.fields.emplace("service_account_key", Secret(boost::json::serialize(recorded_key())));
    credential.fields.emplace("tenant_id", Secret(std::string("tenant-1")));
    return credential;
  }

  Credential credential_ = credential_of_key();
  TenantBudget budget_{clock, {"", 1000, 1000}};
  Rng rng_{1};
  MemoryCache cache_;
  AccountContext account_{credential_, service, budget_, clock, rng_, cache_, context.get_executor(), Redactor()};
  nebius::ServiceAccountAuthorizer tokens_{account_};
  std::vector<std::string> answers_;
};

}  // namespace

TEST_CASE("a token is asked for with what the service account's key has signed", "[nebius]") {
  const auto account = nebius::read_service_account(Secret(boost::json::serialize(recorded_key())));
  REQUIRE(account);
  const auto jwt = nebius::sign_request(*account, now);
  REQUIRE(jwt);
  const std::string text(jwt->reveal());
  const std::size_t first = text.find('.');
  const std::size_t second = text.find('.', first + 1);
  REQUIRE(second != std::string::npos);
  CHECK(is_signed(text.substr(0, second), bytes_of(text.substr(second + 1))));
  const auto header = boost::json::parse(bytes_of(text.substr(0, first)));
  CHECK(header.at("alg") == "RS256");
  CHECK(header.at("kid") == "publickey-e00canary");
  const auto claims = boost::json::parse(bytes_of(text.substr(first + 1, second - first - 1)));
  CHECK(claims.at("iss") == "serviceaccount-e00canary");
  CHECK(claims.at("sub") == "serviceaccount-e00canary");
  CHECK(claims.at("aud") == "token-service.iam.new.nebiuscloud.net");
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  CHECK(claims.at("iat").as_int64() == seconds - 30);
  CHECK(claims.at("exp").as_int64() == seconds + 240);
}

TEST_CASE("a key that is none is refused by the name of what is wrong, without a call", "[nebius]") {
  const auto wrong = [](const Secret& key) {
    const auto account = nebius::read_service_account(key);
    if (account) return std::string();
    CHECK(account.error().kind == Errc::auth);
    CHECK(account.error().certainty == Certainty::nothing_happened);
    return account.error().message;
  };
  CHECK_THAT(wrong(Secret(std::string("/etc/key.json"))), Catch::Contains("is not the JSON"));
  CHECK_THAT(wrong(Secret(std::string("{}"))), Catch::Contains("subject-credentials"));
  CHECK_THAT(wrong(key_with("alg", "HS256")), Catch::Contains("alg"));
  CHECK_THAT(wrong(key_with("type", "X509")), Catch::Contains("type"));
  CHECK_THAT(wrong(key_with("sub", "other")), Catch::Contains("iss"));
  CHECK_THAT(wrong(key_with("kid", "")), Catch::Contains("kid"));
  const auto account = nebius::read_service_account(key_with("private-key", "canary-no-key"));
  REQUIRE(account);
  const auto jwt = nebius::sign_request(*account, now);
  REQUIRE_FALSE(jwt);
  CHECK_THAT(jwt.error().message, Catch::Contains("private-key") && !Catch::Contains("canary"));
}

TEST_CASE("whoever waits for a token gets the one that is asked for", "[nebius]") {
  Scene scene;
  const auto answers = scene.ask(20);
  CHECK(answers == std::vector<std::string>(20, "Bearer token-canary-1"));
  CHECK(scene.service.asked == 1);
  CHECK(scene.service.priority == Priority::lifecycle);
}

TEST_CASE("a token is renewed after nine tenths of its life", "[nebius]") {
  Scene scene;
  scene.ask();
  scene.clock.advance(890s);
  CHECK(scene.ask().front() == "Bearer token-canary-1");
  scene.clock.advance(10s);
  CHECK(scene.ask(5) == std::vector<std::string>(5, "Bearer token-canary-2"));
  CHECK(scene.service.asked == 2);
}

TEST_CASE("while a token cannot be renewed the old one serves to its end", "[nebius]") {
  Scene scene;
  scene.ask();
  scene.clock.advance(900s);
  scene.service.status = 503;
  CHECK(scene.ask().front() == "Bearer token-canary-1");
  scene.clock.advance(100s);
  CHECK_THAT(scene.ask().front(), Catch::Contains("no access token"));
  scene.service.status = 200;
  CHECK_THAT(scene.ask().front(), Catch::StartsWith("Bearer token-canary"));
}

TEST_CASE("a token that is refused is renewed once, however many hear of it", "[nebius]") {
  Scene scene;
  const std::string first = scene.ask().front();
  scene.refuse(first);
  CHECK(scene.ask().front() == "Bearer token-canary-2");
  scene.refuse(first);  // one who was slow to hear
  CHECK(scene.ask().front() == "Bearer token-canary-2");
  CHECK(scene.service.asked == 2);
}

TEST_CASE("a refusal of the key is told as that, and to all who waited", "[nebius]") {
  Scene scene;
  scene.service.status = 401;
  const auto answers = scene.ask(3);
  REQUIRE(answers.size() == 3);
  for (const std::string& answer : answers)
    CHECK_THAT(answer, Catch::Contains("auth") && Catch::Contains("check `service_account_key`"));
  CHECK(scene.service.asked == 1);
}

}  // namespace tally::nebius_token_test
