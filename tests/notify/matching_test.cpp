// Which rule tells of which event.
#include "notify/matching.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "notify/body.hpp"

namespace tally::matching_test {
using namespace tally::notify;

namespace {

Happening happening(const std::string& event) {
  Happening about;
  about.event = boost::json::parse(event).as_object();
  about.event["credential"] = "cred";
  about.gpus = {"H100"};
  about.price_per_hour = 20;
  about.tags = {{"team", "ml"}};
  return about;
}

Happening change(const std::string& field, const std::string& to) {
  return happening(R"({"kind":"type_changed","subject_kind":"instance_type","subject_id":"t","field":")" + field +
                   R"(","new":")" + to + "\"}");
}

Happening of_kind(const std::string& kind) { return happening(R"({"kind":")" + kind + "\"}"); }

bool is_told(const std::string& word, const Happening& about) {
  Rule rule;
  rule.events = {word};
  return matches(rule, about);
}

}  // namespace

TEST_CASE("a word stands for the events that it names, and for no others", "[notify]") {
  const Happening free = change("is_available", "1");
  const Happening gone = change("is_available", "0");
  CHECK(is_told("available", free));
  CHECK_FALSE(is_told("available", gone));
  CHECK(is_told("sold_out", gone));
  CHECK_FALSE(is_told("sold_out", free));
  CHECK(is_told("price", change("price_nanos", "1")));
  CHECK(is_told("price", change("price_nanos:spot", "1")));
  CHECK_FALSE(is_told("price", free));
  CHECK(is_told("type_changed", free));
  CHECK_FALSE(is_told("type_added", free));
  const auto [word, kind] = GENERATE(table<std::string, std::string>({{"orphan", "orphan_found"},
                                                                      {"orphan", "orphan_gone"},
                                                                      {"failing", "credential_failing"},
                                                                      {"unreachable", "probe_failed"},
                                                                      {"host_key", "hostkey_changed"}}));
  CHECK(is_told(word, of_kind(kind)));
  CHECK_FALSE(is_told(word, of_kind("type_added")));
  CHECK_FALSE(is_told(word, free));
}

TEST_CASE("a type that comes available is told of once, and not what an account has from the start", "[notify]") {
  Happening added = happening(R"({"kind":"type_added","detail":{"is_available":1}})");
  CHECK(is_told("available", added));
  added.is_of_first_listing = true;
  CHECK_FALSE(is_told("available", added));
  CHECK(is_told("type_added", added));
  CHECK_FALSE(is_told("available", happening(R"({"kind":"type_added","detail":{"is_available":0}})")));

  Happening back = of_kind("type_relisted");
  CHECK_FALSE(is_told("available", back));
  back.is_available = true;
  CHECK(is_told("available", back));
  back.is_told_apart = true;
  CHECK_FALSE(is_told("available", back));
}

TEST_CASE("a filter lets through what fits, and nothing that it says nothing of", "[notify]") {
  Happening about = change("is_available", "1");
  Rule rule;
  rule.events = {"available"};
  const auto passes = [&] { return matches(rule, about); };
  rule.credential = "cred";
  rule.gpu = "h100";
  rule.max_price = 20;
  rule.tag.emplace("team", "ml");
  CHECK(passes());

  SECTION("credential") { rule.credential = "other"; }
  SECTION("gpu") { rule.gpu = "H10"; }
  SECTION("no gpu") { about.gpus.clear(); }
  SECTION("price") { rule.max_price = 19.99; }
  SECTION("no price") { about.price_per_hour.reset(); }
  SECTION("tag") { rule.tag->second = "mlops"; }
  SECTION("no tag") { about.tags.clear(); }
  CHECK_FALSE(passes());
}

TEST_CASE("what is sent has the event, what it is about, and the delivery's ID", "[notify]") {
  Rule rule;
  rule.name = "r";
  const auto sent = boost::json::parse(with_delivery(body_of(rule, change("is_available", "1")), 7)).as_object();
  CHECK(sent.at("name") == "r");
  CHECK(sent.at("event").at("kind") == "type_changed");
  CHECK(sent.at("offer").is_null());
  CHECK(sent.at("instance").is_null());
  CHECK(sent.at("delivery") == 7);
  const auto test = boost::json::parse(with_delivery(test_body(rule, Timestamp(std::chrono::hours(1))), 8)).as_object();
  CHECK(test.at("test") == true);
  CHECK(test.at("event").at("test") == true);
  CHECK(test.at("event").at("at") == "1970-01-01T01:00:00.000Z");
}

TEST_CASE("a signature is HMAC-SHA256 in hex", "[notify]") {  // RFC 4231, test case 2
  CHECK(signature("what do ya want for nothing?", Secret(std::string("Jefe"))) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace tally::matching_test
