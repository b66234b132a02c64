#include "cloud/secret.hpp"

#include <catch2/catch.hpp>

namespace tally::secret_test {

TEST_CASE("secrets are equal when their texts are", "[cloud]") {
  CHECK(Secret() == Secret(std::string()));
  CHECK(Secret("canary") == Secret("canary"));
  CHECK(Secret("canary") != Secret("canarz"));
  CHECK(Secret("canary") != Secret("canary1"));
  CHECK(Secret("canary") != Secret());
  CHECK(Secret(std::string("a\0b", 3)) != Secret(std::string("a\0c", 3)));
}

}  // namespace tally::secret_test
