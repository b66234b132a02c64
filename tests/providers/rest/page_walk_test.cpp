// From page to page of a list, without a network.
#include "providers/rest/page_walk.hpp"

#include <catch2/catch.hpp>

#include "cloud/limits.hpp"

namespace tally::rest_page_walk_test {

TEST_CASE("pages go on until one names no next", "[providers]") {
  PageWalk walk("/things");
  CHECK(walk.go_on("/things?page=2", 10).value() == "/things?page=2");
  CHECK(walk.go_on("/things?page=3", 10).value() == "/things?page=3");
  CHECK_FALSE(walk.go_on(std::nullopt, 10).value());
}

TEST_CASE("a list whose pages go in circles is an error", "[providers]") {
  PageWalk walk("/things");
  REQUIRE(walk.go_on("/things?page=2", 10));
  const std::string before = GENERATE("/things", "/things?page=2");
  const auto next = walk.go_on(before, 10);
  REQUIRE_FALSE(next);
  CHECK(next.error().kind == Errc::service_unavailable);
}

TEST_CASE("a list without end is an error, by its pages or by their bytes", "[providers]") {
  PageWalk walk("0");
  std::size_t pages = 1;
  while (walk.go_on(std::to_string(pages), 1)) ++pages;
  CHECK(pages == limits::pages_per_listing);

  PageWalk large("0");
  CHECK(large.go_on("1", limits::answer_body));
  CHECK_FALSE(large.go_on("2", 1));
}

TEST_CASE("a cursor is a text beside the rows, ready for a URL", "[providers]") {
  CHECK(cursor_in(R"({"rows":[],"next":"a/b c"})", "next").value() == "a%2Fb%20c");
  for (const char* last : {R"({"rows":[]})", R"({"rows":[],"next":null})", R"({"next":"","rows":[]})"}) {
    CAPTURE(last);
    CHECK_FALSE(cursor_in(last, "next").value());
  }
  for (const char* bad : {"", "[]", R"({"next":7})", R"({"next":{}})", R"({"next":"a)"}) {
    CAPTURE(bad);
    CHECK_FALSE(cursor_in(bad, "next"));
  }
}

}  // namespace tally::rest_page_walk_test
