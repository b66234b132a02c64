// At every named place of every story the process dies, an error comes, or nothing goes on for an hour: afterwards at
// most one machine has the RefID, the journal says which, and nothing runs that it does not know.
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <set>

#include "tests/fakes/slow_build.hpp"
#include "tests/lifecycle/lifecycle_world.hpp"

namespace tally::lifecycle::failpoints_test {
using namespace test;
using fakes::CreateFault;

namespace {

enum class Mode { kill, error, timeout };

/// What happens at a place, the first time that it is reached.
struct Blow {
  std::string place;
  Mode mode = Mode::kill;
  World* world = nullptr;
  bool has_fallen = false;
};

boost::asio::awaitable<void> fall(std::shared_ptr<Blow> blow, std::string name) {
  if (name != blow->place || blow->has_fallen) co_return;
  blow->has_fallen = true;
  if (blow->mode == Mode::error) throw std::runtime_error("a fault at " + name);
  Clock& clock = blow->world->process->clock;
  const auto length = blow->mode == Mode::kill ? std::chrono::hours(24 * 365) : std::chrono::hours(1);
  co_await clock.sleep_until(clock.now() + length);
}

struct Story {
  std::string name;
  CreateFault fault = CreateFault::none;
  bool is_idempotent = true;
  bool ends = false;  // the machine is terminated in the end
};

void tell(World& world, const Story& story) {
  world.vendor.create_faults = {story.fault};
  const Answered made = world.ask(world.create("job"));
  world.advance(30s);
  const std::vector<CloudId> alive = world.alive();
  if (!story.ends || alive.empty()) return;
  const Answered ended = world.ask(Terminate{World::machine(alive.front())});
  world.advance(30s);
}

Setup setup_of(const Story& story) {
  Setup setup;
  setup.create.is_idempotent = story.is_idempotent;
  setup.options.conclude_after = 3min;
  return setup;
}

std::set<std::string> places_of(const Story& story) {
  World world(setup_of(story));
  auto places = std::make_shared<std::set<std::string>>();
  on_failpoint = [places](std::string name) -> boost::asio::awaitable<void> {
    places->insert(name);
    auto nothing = std::make_shared<Blow>();
    return fall(nothing, std::move(name));
  };
  tell(world, story);
  world.advance(5min);
  return *places;
}

void check_end(World& world) {
  on_failpoint = nullptr;
  world.advance(2h);
  CHECK(world.vendor.alive_of(RefId("job")) <= 1);
  CHECK(world.count("operations WHERE state IN ('started', 'unknown')") == 0);
  CHECK(world.count("orphans WHERE reason = 'not_in_journal'") == 0);
  for (const CloudId& id : world.alive()) {
    CHECK(world.count("operations WHERE kind = 'create' AND state IN ('succeeded', 'adopted') AND cloud_id = '" +
                      id.str() + "'") == 1);
  }
}

}  // namespace

TEST_CASE("wherever it dies, fails or hangs, one machine at most is left, and the journal knows it", "[lifecycle]") {
  const std::vector<Story> stories = {{"made", CreateFault::none, true, true},
                                      {"lost, idempotent", CreateFault::lost, true, false},
                                      {"lost", CreateFault::lost, false, true},
                                      {"not made", CreateFault::lost_unmade, false, false},
                                      {"partly", CreateFault::partly, false, false},
                                      {"two", CreateFault::two, false, false},
                                      {"fails later", CreateFault::fails_later, true, false}};
  const int one_in = std::getenv("TALLY_LIFECYCLE_ALL") != nullptr ? 1
                     : fakes::is_slow_build                        ? 61
                                                                   : 7;  // all take minutes
  int places = 0;
  int scenes = 0;
  for (const Story& story : stories) {
    for (const std::string& place : places_of(story)) {
      for (const Mode mode : {Mode::kill, Mode::error, Mode::timeout}) {
        if (++places % one_in != 0) continue;
        INFO(story.name << " at " << place << ", mode " << static_cast<int>(mode));
        World world(setup_of(story));
        auto blow = std::make_shared<Blow>();
        blow->place = place;
        blow->mode = mode;
        blow->world = &world;
        on_failpoint = [blow](std::string name) { return fall(blow, std::move(name)); };
        tell(world, story);
        if (mode == Mode::timeout) world.advance(61min);
        world.restart();
        check_end(world);
        ++scenes;
      }
    }
  }
  std::cout << scenes << " scenes of a service that was cut off\n";
  CHECK(places > 100);
}

}  // namespace tally::lifecycle::failpoints_test
