// What Verda says of its limits with its answers, and who waits then.
#include "providers/verda/shortages.hpp"

#include <catch2/catch.hpp>

#include "tests/providers/recorded_account.hpp"

namespace tally::verda_shortages_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

Response answer(const std::string& limits,
                const std::string& policy = R"("project";q=500;w=60, "endpoint";q=60;w=60)") {
  Response said;
  said.status = 200;
  if (!limits.empty()) said.headers.add("ratelimit", limits);
  if (!policy.empty()) said.headers.add("RateLimit-Policy", policy);
  return said;
}

/// "project 37", "endpoint 37 over" of each shortage, in order.
std::string told(const Response& said) {
  std::string text;
  for (const Shortage& shortage : verda::read_shortages(said)) {
    text += (text.empty() ? "" : ", ") + std::string(shortage.is_of_path ? "endpoint " : "project ") +
            std::to_string(shortage.lasts.count()) + (shortage.is_all_used ? " over" : "");
  }
  return text;
}

}  // namespace

TEST_CASE("no more than a fifth of one of Verda's quotas is a shortage until it is whole again", "[providers]") {
  CHECK(told(answer(R"("project";r=486;t=37, "endpoint";r=59;t=37)")) == "");
  CHECK(told(answer(R"("project";r=101;t=37)")) == "");
  CHECK(told(answer(R"("project";r=100;t=37)")) == "project 37");
  CHECK(told(answer(R"("project";r=0;t=5)")) == "project 5 over");
  CHECK(told(answer(R"("project";r=486;t=37,"endpoint"; r=12 ;t=9)")) == "endpoint 9");
  CHECK(told(answer(R"("project";r=1;t=37, "endpoint";r=0;t=9)")) == "endpoint 9 over, project 37");
  CHECK(told(answer(R"("project";r=1;t=37)", "")) == "");  // of how many?
  CHECK(told(answer(R"("project";r=0;t=37)", "")) == "project 37 over");
  CHECK(told(answer(R"("project";r=0;t=999999999)")) == "project 3600 over");
}

TEST_CASE("what Verda says of its limits in another form says nothing", "[providers]") {
  for (const char* odd : {"", ";", ",,,", "\"project\"", "\"project\";r", "\"project\";r=;t=", "\"project\";r=0",
                          "\"project\";t=5", "\"project\";r=-1;t=5", "\"project\";r=0;t=-5", "\"project\";r=x;t=5",
                          "\"project\";r=99999999999999999999;t=5", "limit=100, remaining=0, reset=5", "=;=,=\""}) {
    CAPTURE(odd);
    CHECK(told(answer(odd)) == "");
  }
}

TEST_CASE("while Verda has little left, syncs wait and what changes machines does not", "[providers]") {
  RecordedAccount account(*find_provider("verda"));
  const auto may_send = [&account](Priority priority, const std::string& pool = "") {
    Draw draw;
    draw.priority = priority;
    draw.pool = pool;
    draw.deadline = account.clock.now() + 1s;
    return account.run(account.budget.acquire(draw)).has_value();
  };
  const std::string actions = "path/PUT /instances";
  Response listed = answer(R"("project";r=90;t=37, "endpoint";r=0;t=37)");
  listed.body = account.recorded("/instances");
  account.http.reply("GET /instances", listed);
  REQUIRE(may_send(Priority::sync));
  REQUIRE(account.run(account->instances({})));
  CHECK_FALSE(may_send(Priority::sync));
  CHECK_FALSE(may_send(Priority::sync, actions));
  CHECK(may_send(Priority::lifecycle));
  account.clock.advance(38s);
  CHECK(may_send(Priority::sync));

  SECTION("nor longer than that path's own quota lasts, at a path that has a budget of its own") {
    Response done = answer(R"("project";r=480;t=37, "endpoint";r=0;t=37)");
    done.status = 204;
    account.http.reply("PUT /instances", done);
    REQUIRE(account.run(account->stops_starts()->stop(account.instance)));
    CHECK_FALSE(may_send(Priority::lifecycle, actions));
    CHECK(may_send(Priority::lifecycle));
    CHECK(may_send(Priority::sync));
  }
}

}  // namespace tally::verda_shortages_test
