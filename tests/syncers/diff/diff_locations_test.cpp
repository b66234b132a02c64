#include <catch2/catch.hpp>

#include "syncers/diff/diff.hpp"
#include "tests/fakes/rows.hpp"
#include "tests/syncers/diff/changes.hpp"

namespace tally::diff_diff_locations_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

struct Locations {
  std::shared_ptr<const KnownLocations> known = std::make_shared<const KnownLocations>();
  Timestamp now{1h};
  ListingRules rules;

  ChangeSet poll(const Answer<Location>& seen) {
    Diff<KnownLocations> diff = diff_locations(known, seen, rules, now).value();
    known = diff.next;
    rules.previous_success = now;
    now += 1min;
    return diff.changes;
  }
};

Answer<Location> regions(std::size_t count, const std::string& prefix = "r") {
  Answer<Location> listing;
  for (std::size_t i = 0; i < count; ++i) listing.rows.push_back(row(make_location(prefix + std::to_string(i))));
  return listing;
}

}  // namespace

TEST_CASE("a location that two complete answers lack is unlisted", "[syncers]") {
  Locations locations;
  locations.poll(regions(3));
  CHECK(locations.poll(regions(2)).events.empty());
  CHECK(kinds(locations.poll(regions(2))) == Kinds{"location_unlisted r2 is_listed 1>0"});
  CHECK(locations.poll(regions(2)).empty());
  CHECK(kinds(locations.poll(regions(3))) == Kinds{"location_changed r2 is_listed 0>1"});
}

TEST_CASE("an answer without most of the locations is believed at the third time", "[syncers]") {
  Locations locations;
  locations.poll(regions(8));
  CHECK(kinds(locations.poll({})) == Kinds{"mass_change_held "});
  CHECK(locations.poll({}).events.empty());
  const ChangeSet applied = locations.poll({});
  CHECK(applied.events.front().kind == "mass_change_applied");
  CHECK(applied.events.size() == 10);
}

TEST_CASE("an answer with more locations than an account can have, or with none to read, is a failed poll",
          "[syncers]") {
  Locations locations;
  const auto flood = regions(limits::locations_per_account + 1);
  CHECK_FALSE(diff_locations(locations.known, flood, locations.rules, locations.now));
  Answer<Location> unreadable;
  unreadable.rejected.push_back({"", "no name", "{}"});
  CHECK_FALSE(diff_locations(locations.known, unreadable, locations.rules, locations.now));
}

TEST_CASE("regions that were named once do not stay for ever", "[syncers]") {
  Locations locations;
  for (int i = 0; i < 4; ++i) {
    const auto some = regions(limits::locations_per_account - 1, "batch-" + std::to_string(i) + "-");
    for (int j = 0; j < 4; ++j) locations.poll(some);
  }
  CHECK(locations.known->rows.size() == 2 * limits::locations_per_account - 1);
  const auto last = regions(limits::locations_per_account - 1, "batch-3-");
  CHECK(locations.poll(last).empty());
}

}  // namespace tally::diff_diff_locations_test
