#include "cloud/agreement.hpp"

#include <catch2/catch.hpp>

namespace tally::agreement_test {

TEST_CASE("a machine agrees with an order in what the vendor says of it", "[cloud]") {
  const auto [type, location, agrees] = GENERATE(table<const char*, const char*, bool>({
      {"a100", "east", true},
      {"", "east", true},
      {"a100", "", true},
      {"", "", true},
      {"h100", "east", false},
      {"a100", "west", false},
      {"", "west", false},
      {"h100", "", false},
  }));
  Instance machine;
  machine.type = type;
  machine.location = location;
  CHECK(agrees_with_order(machine, "a100", "east") == agrees);
}

}  // namespace tally::agreement_test
