// A log that repeats itself, and one that is too fast.
#include "daemon/rate_limit.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ostream_sink.h>

#include <catch2/catch.hpp>
#include <memory>
#include <sstream>

namespace tally::rate_limit_test {
using namespace std::chrono_literals;

namespace {

struct Site {
  explicit Site(RateBounds bounds = {}) {
    auto limit = std::make_shared<RateLimit>(bounds);
    limit->add_sink(std::make_shared<spdlog::sinks::ostream_sink_st>(text));
    lines = std::make_unique<spdlog::logger>("test", limit);
    lines->set_formatter(
        std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::utc, std::string("|")));
  }
  void say(const std::string& words, std::chrono::milliseconds after = 0ms) {
    now += after;
    lines->log(now, {}, spdlog::level::info, words);
  }

  std::ostringstream text;
  std::unique_ptr<spdlog::logger> lines;
  spdlog::log_clock::time_point now{std::chrono::hours(1)};
};

}  // namespace

TEST_CASE("a line that repeats is written once a minute, whatever stands between, and counted", "[daemon]") {
  Site site;
  for (int i = 0; i < 3; ++i) {
    site.say("a");
    site.say("b");
  }
  CHECK(site.text.str() == "a|b|");
  site.say("c", 61s);
  site.say("a");
  CHECK(site.text.str() == "a|b|a (said 2 times more)|b (said 2 times more)|c|a|");
}

TEST_CASE("lines that are about different events are no repeats", "[daemon]") {
  Site site;
  site.lines->clone("EVENT_ID=1\n")->log(site.now, {}, spdlog::level::info, "a");
  site.lines->clone("EVENT_ID=2\n")->log(site.now, {}, spdlog::level::info, "a");
  CHECK(site.text.str() == "a|a|");
}

TEST_CASE("what is too fast is left out and counted", "[daemon]") {
  Site site({60s, 10, 2, 1});
  for (int i = 0; i < 5; ++i) site.say(std::to_string(i));
  CHECK(site.text.str() == "0|1|");
  site.say("later", 1s);
  CHECK(site.text.str() == "0|1|3 lines are left out here: more than 1 a second|later|");
}

TEST_CASE("so many different lines are remembered, and a clock that is set back forgets them", "[daemon]") {
  Site site({60s, 2, 100, 100});
  for (const char* words : {"a", "b", "c"}) site.say(words, 1ms);
  site.say("a");  // forgotten for c
  site.say("c");
  CHECK(site.text.str() == "a|b|c|a|");
  site.say("c", -10s);
  CHECK(site.text.str() == "a|b|c|a|c (said 1 times more)|c|");
}

}  // namespace tally::rate_limit_test
