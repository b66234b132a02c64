#include "providers/rest/shared_values.hpp"

#include <catch2/catch.hpp>

#include "cloud/location.hpp"

namespace tally::shared_values_test {
namespace {

std::shared_ptr<const Location> place(const std::string& name, bool is_available = true) {
  Location location;
  location.name = name;
  location.is_available = is_available;
  return std::make_shared<const Location>(location);
}

}  // namespace

TEST_CASE("what is said alike is held once, for as long as anybody has it", "[providers]") {
  SharedValues<Location> places;
  const auto first = places.share(place("east"));
  CHECK(places.share(place("east")) == first);
  CHECK(places.share(place("east", false)) != first);
  CHECK(places.share(place("west")) != first);

  places.forget_unused();
  CHECK(places.share(place("east")) == first);
  std::weak_ptr<const Location> west = places.share(place("west"));
  CHECK_FALSE(west.expired());
  places.forget_unused();
  CHECK(west.expired());
  CHECK(first->name == "east");
}

}  // namespace tally::shared_values_test
