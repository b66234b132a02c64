// Locations of which somebody waits for a list, though nobody may use them any more.
#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>

#include "tests/fakes/fake_account.hpp"
#include "tests/fakes/rows.hpp"
#include "tests/fakes/sync_world.hpp"

namespace tally::waited_for_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

ProviderDescription locational() {
  ProviderDescription provider;
  provider.name = provider.provider_id = "fake";
  provider.api_type = ApiType::locational;
  return provider;
}

/// One location that is open and empty, and one that is closed, with a machine that nobody knows yet.
struct Closed : SyncWorld {
  Closed() : SyncWorld(locational(), Timestamp(std::chrono::hours(480'000))) {
    Location west_of_it = make_location("west");
    west_of_it.is_available = false;
    cloud.regions.rows = {row(make_location("east")), row(west_of_it)};
    cloud.machines.rows = {row(make_instance("vm-late", "west"))};
    start(cloud);
    clock.advance(10s);
  }
  ~Closed() { stop(); }
  [[nodiscard]] bool is_asked() const { return state->is_asked({SyncerKind::instances, "west"}); }

  FakeAccount cloud;
};

}  // namespace

TEST_CASE("a location that nobody may use any more is asked for its machines while somebody waits for its list",
          "[syncers]") {
  Closed world;
  CHECK_FALSE(world.is_asked());
  CHECK(world.count("SELECT count(*) FROM instances") == 0);
  const TimePoint now = world.clock.now();
  std::optional<bool> listed;
  boost::asio::co_spawn(world.context, world.syncer->is_listed_since("west", now, now + 1min),
                        [&listed](const std::exception_ptr&, bool is) { listed = is; });
  world.clock.advance(61s);
  CHECK(listed == true);
  CHECK(world.count("SELECT count(*) FROM instances WHERE cloud_id = 'vm-late' AND is_ended = 0") == 1);
  SECTION("and from then on while a machine lives there") {
    world.clock.advance(1h);
    CHECK(world.is_asked());
  }
  SECTION("and then no more, until somebody wants it again") {
    world.cloud.machines.rows.clear();
    world.clock.advance(1h);
    CHECK_FALSE(world.is_asked());
    world.syncer->poke("west");
    CHECK(world.is_asked());
  }
}

}  // namespace tally::waited_for_test
