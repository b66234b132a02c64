// Access tokens: one for all who need one, ahead of its end, and anew when it is refused.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>
#include <set>

#include "providers/verda/oauth.hpp"
#include "tests/providers/hostile_replies.hpp"
#include "tests/providers/recorded_account.hpp"

namespace tally::verda_token_test {
using namespace tally::fakes;
using namespace std::chrono_literals;
using verda::good_for;
using verda::read_token;

namespace {

/// A Verda in memory that has two empty lists, gives tokens on a manual clock, and refuses those that are over.
class Host final : public HttpClient {
 public:
  explicit Host(Clock& clock) : clock_(clock) {}

  Task<Response> send(Request request) override {
    if (request.authorizer == nullptr) co_return co_await give_token(std::string(request.body.reveal()));
    const Result<OutgoingRequest> message = outgoing(request);
    for (bool is_first = true;; is_first = false) {
      auto headers = co_await request.authorizer->authorize(std::make_shared<const OutgoingRequest>(*message));
      if (!headers) co_return tl::unexpected(headers.error());
      ++calls;
      if (good.contains(std::string(headers->at(0).value.reveal()))) co_return reply(200, "[]");
      ++refusals;
      if (!is_first || !request.authorizer->refresh_after_401(*headers)) {
        co_return reply(401, R"({"code":"unauthorized_request","message":"Access token is missing or invalid"})");
      }
    }
  }

  static Response reply(int status, std::string body) {
    Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
  }

  std::vector<std::string> grants;             // the bodies that asked for tokens
  std::set<std::string> good;                  // headers
  std::optional<Response> instead;             // of a token
  std::optional<Response> instead_of_refresh;  // by a refresh token
  std::string lifetime = "3600";
  bool gives_refresh = true;
  int calls = 0;
  int refusals = 0;

 private:
  Task<Response> give_token(std::string body) {
    grants.push_back(body);
    co_await clock_.sleep_until(clock_.now() + 1s);
    const bool is_refresh = body.find("\"refresh_token\"") != std::string::npos;
    if (is_refresh && instead_of_refresh) co_return *instead_of_refresh;
    if (instead) co_return *instead;
    const std::string number = std::to_string(grants.size());
    good = {"Bearer token-canary-" + number};
    const std::string refresh = gives_refresh ? R"(,"refresh_token":"refresh-canary-)" + number + "\"" : "";
    co_return reply(200, R"({"access_token":"token-canary-)" + number + R"(","token_type":"Bearer","expires_in":)" +
                             lifetime + refresh + "}");
  }

  Clock& clock_;
};

class Scene {
 public:
  Scene() {
    credential_.ref = CredentialRef("prod");
    credential_.fields.emplace("client_id", Secret(std::string("sample-client-id")));
    credential_.fields.emplace("client_secret", Secret(std::string("sample-client-secret")));
    credential_.endpoint = "https://api.verda.test/v1";
    const Provider& provider = *find_provider("verda");
    redactor = Redactor(credential_.fields, provider.description);
    account_ = provider.open(
        AccountContext{credential_, host, budget_, clock, rng_, cache_, context.get_executor(), redactor});
  }

  /// How many of that many calls at once answer, once all have.
  std::size_t ask(int callers = 1) {
    answers.clear();
    for (int i = 0; i < callers; ++i) boost::asio::co_spawn(context, keep(), boost::asio::detached);
    clock.advance(3s);
    return answers.size();
  }
  bool all_went_well() const {
    return std::all_of(answers.begin(), answers.end(), [](const auto& answer) { return answer.has_value(); });
  }

  boost::asio::io_context context;
  ManualClock clock{context};
  Host host{clock};
  Redactor redactor;
  std::vector<Result<Answer<Instance>>> answers;

 private:
  boost::asio::awaitable<void> keep() {
    Result<Answer<Instance>> answer = co_await account_->instances(Scope());
    answers.push_back(std::move(answer));
  }

  Credential credential_;
  TenantBudget budget_{clock, {"", 1000, 1000}};
  Rng rng_{1};
  MemoryCache cache_;
  std::unique_ptr<Account> account_;
};

const std::string client_grant =
    R"({"grant_type":"client_credentials","client_id":"sample-client-id","client_secret":"sample-client-secret"})";

}  // namespace

TEST_CASE("ten calls at once at Verda cost one token, and none of them sees a refusal", "[providers]") {
  Scene scene;
  CHECK(scene.ask(10) == 10);
  CHECK(scene.all_went_well());
  CHECK(scene.host.grants == std::vector<std::string>{client_grant});
  CHECK(scene.host.refusals == 0);
  CHECK(scene.ask(10) == 10);
  CHECK(scene.host.grants.size() == 1);
}

TEST_CASE("a token of Verda's is renewed ahead of its end, by its refresh token", "[providers]") {
  Scene scene;
  scene.ask();
  scene.clock.advance(3600s - 60s - 10s);
  scene.ask();
  CHECK(scene.host.grants.size() == 1);
  scene.clock.advance(10s);
  CHECK(scene.ask(10) == 10);
  CHECK(scene.all_went_well());
  REQUIRE(scene.host.grants.size() == 2);
  CHECK(scene.host.grants[1] == R"({"grant_type":"refresh_token","refresh_token":"refresh-canary-1"})");
  CHECK(scene.host.refusals == 0);
}

TEST_CASE("without a refresh token, or when it is not taken any more, Verda is asked by client ID again",
          "[providers]") {
  Scene scene;
  const int status = GENERATE(0, 400, 401);
  scene.host.gives_refresh = status != 0;
  if (status != 0) {
    scene.host.instead_of_refresh = Host::reply(status, R"({"code":"invalid_request","message":"no"})");
  }
  scene.ask();
  scene.clock.advance(2h);
  CHECK(scene.ask(3) == 3);
  CHECK(scene.all_went_well());
  CHECK(scene.host.grants.size() == (status == 0 ? 2 : 3));
  CHECK(scene.host.grants.back() == client_grant);
}

TEST_CASE("a token that Verda refuses before its time costs one new one, for all calls that used it", "[providers]") {
  Scene scene;
  scene.ask();
  scene.host.good.clear();
  CHECK(scene.ask(10) == 10);
  CHECK(scene.all_went_well());
  CHECK(scene.host.grants == std::vector<std::string>{client_grant, client_grant});
}

TEST_CASE("a credential that Verda does not take is an auth error, told once to all who wait", "[providers]") {
  struct Case {
    int status;
    std::string body;
    Errc kind;
  };
  const Case each = GENERATE(
      Case{401, R"({"code":"unauthorized_request","message":"Invalid client id or client secret"})", Errc::auth},
      Case{400, R"({"code":"invalid_request","message":"unsupported grant type"})", Errc::auth},
      Case{403, "", Errc::auth}, Case{404, R"({"code":"not_found","message":"Not found"})", Errc::auth},
      Case{404, "<html>", Errc::auth}, Case{429, "", Errc::rate_limited}, Case{500, "", Errc::service_unavailable},
      Case{503, "<html>", Errc::service_unavailable}, Case{200, "", Errc::service_unavailable},
      Case{200, "{}", Errc::service_unavailable}, Case{200, "[]", Errc::service_unavailable},
      Case{200, R"({"access_token":null})", Errc::service_unavailable},
      Case{200, R"({"access_token":"a\nb"})", Errc::service_unavailable});
  CAPTURE(each.status, each.body);
  Scene scene;
  scene.host.instead = Host::reply(each.status, each.body);
  CHECK(scene.ask(10) == 10);
  for (const auto& answer : scene.answers) {
    REQUIRE_FALSE(answer);
    CHECK(answer.error().kind == each.kind);
    CHECK(answer.error().certainty == Certainty::nothing_happened);
    CHECK(answer.error().operation == "list instances");
    CHECK(answer.error().provider == "verda");
  }
  CHECK(scene.host.grants.size() == 1);
  CHECK(scene.host.calls == 0);
  // The next poll asks anew.
  scene.host.instead.reset();
  scene.ask();
  CHECK(scene.all_went_well());
}

TEST_CASE("a Verda that refuses every token is asked twice, not for ever", "[providers]") {
  Scene scene;
  scene.ask();
  scene.host.good.clear();
  scene.host.instead = Host::reply(200, R"({"access_token":"other","expires_in":3600})");
  scene.ask();
  REQUIRE_FALSE(scene.all_went_well());
  CHECK(scene.answers.at(0).error().kind == Errc::auth);
  CHECK(scene.host.grants.size() == 2);
}

TEST_CASE("tokens of Verda's are secrets like the credential's own", "[providers]") {
  Scene scene;
  scene.ask();
  CHECK(scene.redactor.clean(std::string("by token-canary-1.")).find("canary") == std::string::npos);
  CHECK(scene.redactor.clean(std::string("or refresh-canary-1.")).find("canary") == std::string::npos);
}

TEST_CASE("how long a token of Verda's lives is read from a number or a text, and is a minute at worst",
          "[providers]") {
  const auto lifetime = [](const std::string& text) {
    return read_token(R"({"access_token":"t","expires_in":)" + text + "}").value().lifetime;
  };
  CHECK(lifetime("3600") == 3600s);
  CHECK(lifetime("\"3600\"") == 3600s);
  CHECK(lifetime("3.6e3") == 3600s);
  for (const char* none : {"0", "-5", "null", "\"soon\"", "{}", "true"}) CHECK(lifetime(none) == 60s);
  CHECK(lifetime("999999999999999999999") <= 24h);
  CHECK(read_token(R"({"access_token":"t"})").value().lifetime == 60s);
  CHECK(good_for(3600s) == 3540s);
  CHECK(good_for(100s) == 90s);
  CHECK(good_for(1s) == 1s);
}

TEST_CASE("whatever happens to the answer to a request for a token, the outcome is a token or an error",
          "[providers]") {
  const std::string good = read_file("verda/recorded/token_200.json");
  REQUIRE(read_token(good));
  CHECK(read_token(good)->access.reveal() == "sample.access.token.0001");
  Mutator mutator(4711);
  for (int i = 0; i < 2'000; ++i) {
    const auto token = read_token(mutator.damage(good));
    if (token) CHECK(!token->access.empty());
    if (!token) CHECK(token.error().kind == Errc::service_unavailable);
  }
}

}  // namespace tally::verda_token_test
