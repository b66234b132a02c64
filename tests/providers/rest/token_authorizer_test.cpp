// What vendors of access tokens have in common: what callers get while one cannot be renewed, or is being fetched.
#include "providers/rest/token_authorizer.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>
#include <string>

#include "tests/fakes/fake_http.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/memory_cache.hpp"

namespace tally::token_authorizer_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

constexpr auto renewed_after = 100s;

/// Gives tokens that a second is waited for.
class Vendor final : public TokenAuthorizer {
 public:
  Vendor(const AccountContext& context, std::chrono::seconds serves)
      : TokenAuthorizer(context), serves_(serves), clock_(context.clock) {}

  int asked = 0;
  int renewals = 0;
  bool is_well = true;

 private:
  Task<AccessToken> fetch(bool is_renewal) override {
    ++asked;
    if (is_renewal) ++renewals;
    const std::string text = "token-canary-" + std::to_string(asked);
    co_await clock_.sleep_until(clock_.now() + 1s);
    if (!is_well) {
      Error error;
      error.kind = Errc::service_unavailable;
      error.message = "not well";
      co_return tl::unexpected(error);
    }
    AccessToken token;
    token.text = Secret(text);
    token.renew_at = clock_.now() + renewed_after;
    token.serves_until = clock_.now() + serves_;
    co_return token;
  }

  std::chrono::seconds serves_;
  Clock& clock_;
};

class Scene {
 public:
  explicit Scene(std::chrono::seconds serves = renewed_after) : vendor(account, serves) {}

  /// What one caller is given, within the two seconds that pass.
  std::string ask() {
    answers.clear();
    boost::asio::cancellation_signal never;
    spawn(never);
    clock.advance(2s);
    return answers.empty() ? "nothing yet" : answers.front();
  }
  void spawn(boost::asio::cancellation_signal& signal) {
    const auto keep = [this](const std::exception_ptr& failure, const Result<std::vector<Header>>& headers) {
      answers.push_back(failure ? "cancelled" : told(headers));
    };
    boost::asio::co_spawn(context, vendor.authorize(nullptr), boost::asio::bind_cancellation_slot(signal.slot(), keep));
  }
  void refuse(const std::string& header) {
    const std::vector<Header> headers(1, Header{"Authorization", Secret(header)});
    CHECK(vendor.refresh_after_401(headers));
  }

  boost::asio::io_context context;
  ManualClock clock{context};
  FakeHttp http;
  TenantBudget budget{clock, {"", 1000, 1000}};
  Rng rng{1};
  MemoryCache cache;
  Redactor redactor;
  AccountContext account{Credential(), http, budget, clock, rng, cache, context.get_executor(), redactor};
  Vendor vendor;
  std::vector<std::string> answers;

 private:
  static std::string told(const Result<std::vector<Header>>& headers) {
    if (headers) return std::string(headers->at(0).value.reveal());
    CHECK(headers.error().certainty == Certainty::nothing_happened);
    return headers.error().message;
  }
};

}  // namespace

TEST_CASE("a token that may not serve beyond its renewal does not, while that fails", "[providers]") {
  Scene scene;
  CHECK(scene.ask() == "Bearer token-canary-1");
  scene.clock.advance(renewed_after);
  scene.vendor.is_well = false;
  CHECK(scene.ask() == "not well");
  CHECK(scene.ask() == "not well");
  CHECK(scene.vendor.asked == 3);
  scene.vendor.is_well = true;
  CHECK(scene.ask() == "Bearer token-canary-4");
  CHECK(scene.vendor.renewals == 3);
}

TEST_CASE("a token that may serve beyond its renewal does, to its end, and is renewed less and less often",
          "[providers]") {
  Scene scene(renewed_after + 600s);
  scene.ask();
  scene.clock.advance(renewed_after);
  scene.vendor.is_well = false;
  for (int i = 0; i < 290; ++i) CHECK(scene.ask() == "Bearer token-canary-1");
  CHECK(scene.vendor.asked > 10);
  CHECK(scene.vendor.asked < 22);
  scene.clock.advance(30s);
  CHECK(scene.ask() == "not well");
}

TEST_CASE("a token that was refused does not serve, and the one after it is no renewal", "[providers]") {
  Scene scene(renewed_after + 600s);
  const std::string first = scene.ask();
  scene.vendor.is_well = false;
  scene.refuse(first);
  CHECK(scene.ask() == "not well");
  scene.vendor.is_well = true;
  CHECK(scene.ask() == "Bearer token-canary-3");
  CHECK(scene.vendor.renewals == 0);
}

TEST_CASE("who is cancelled while it fetches a token leaves that to the next one", "[providers]") {
  Scene scene;
  boost::asio::cancellation_signal first;
  boost::asio::cancellation_signal second;
  scene.spawn(first);
  scene.spawn(second);
  scene.clock.run_ready();
  CHECK(scene.vendor.asked == 1);
  first.emit(boost::asio::cancellation_type::terminal);
  scene.clock.advance(2s);
  CHECK(scene.answers == std::vector<std::string>{"cancelled", "Bearer token-canary-2"});
}

TEST_CASE("a token is kept out of what is shown", "[providers]") {
  Scene scene;
  scene.ask();
  CHECK(scene.redactor.clean(std::string("by token-canary-1.")).find("canary") == std::string::npos);
}

}  // namespace tally::token_authorizer_test
