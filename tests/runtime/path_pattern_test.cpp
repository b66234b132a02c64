#include "runtime/path_pattern.hpp"

#include <catch2/catch.hpp>

namespace tally::path_pattern_test {
using Names = std::vector<std::string>;

TEST_CASE("a path is of a pattern when it has its words, and something for each part in braces", "[runtime]") {
  CHECK(match_path("/v1/instances/{credential}/{id}", {"v1", "instances", "prod", "i-1"}) == Names{"prod", "i-1"});
  CHECK(match_path("/v1/offers", {"v1", "offers"}) == Names{});
  CHECK_FALSE(match_path("/v1/offers", {"v1", "events"}));
  CHECK_FALSE(match_path("/v1/instances/{id}", {"v1", "instances"}));
  CHECK_FALSE(match_path("/v1/instances/{id}", {"v1", "instances", "i-1", "more"}));
  CHECK_FALSE(match_path("/v1/offers", {}));
}

}  // namespace tally::path_pattern_test
