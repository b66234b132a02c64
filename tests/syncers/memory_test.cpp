// What memory has forgotten, or the catalog has, comes back as what it was; an answer too large for one commit.
#include <spdlog/spdlog.h>

#include <catch2/catch.hpp>

#include "syncers/diff/diff.hpp"
#include "tests/fakes/fake_account.hpp"
#include "tests/fakes/fold.hpp"
#include "tests/fakes/money.hpp"
#include "tests/fakes/rows.hpp"
#include "tests/fakes/sync_world.hpp"

namespace tally::memory_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

ProviderDescription provider_of(ApiType api_type) {
  ProviderDescription provider;
  provider.name = provider.provider_id = "fake";
  provider.api_type = api_type;
  return provider;
}

struct World : SyncWorld {
  explicit World(ApiType api_type = ApiType::global)
      : SyncWorld(provider_of(api_type), Timestamp(std::chrono::hours(480'000))) {
    spdlog::set_level(spdlog::level::off);
    account.regions.rows = {row(make_location("east"))};
    account.types.rows = {row(make_type("east", "t1"))};
  }
  ~World() {
    stop();
    spdlog::set_level(spdlog::level::info);
  }
  void begin() {
    start(account);
    clock.advance(65s);
  }
  std::int64_t events(const std::string& kind, const std::string& id) {
    return count("SELECT count(*) FROM events WHERE kind = '" + kind + "' AND subject_id = '" + id + "'");
  }
  std::vector<std::string> fold() {
    Reader view = reader();
    return fold_differences(view);
  }

  FakeAccount account;
};

}  // namespace

TEST_CASE("an instance that ended and returns to the list long after is the one that it was", "[syncers]") {
  World world;
  Instance machine = make_instance("a", "east", "t1", LifecycleStatus::terminated);
  world.account.machines.rows = {row(make_instance("a", "east", "t1")), row(make_instance("b", "east", "t1"))};
  world.begin();
  world.account.machines.rows[0] = row(machine);
  world.clock.advance(10s);
  world.account.machines.rows.erase(world.account.machines.rows.begin());
  const auto ended = world.count("SELECT ended_at_ms FROM instances WHERE cloud_id = 'a'");
  world.clock.advance(25h);
  REQUIRE(world.state->known().instances->find(CloudId("a")) == nullptr);
  machine.price = fakes::cents(999);
  world.account.machines.rows.push_back(row(machine));
  world.clock.advance(10s);
  CHECK(world.events("instance_added", "a") == 1);
  CHECK(world.events("instance_ended", "a") == 1);
  CHECK(world.count("SELECT ended_at_ms FROM instances WHERE cloud_id = 'a'") == ended);
  CHECK(world.count("SELECT price_nanos FROM instances WHERE cloud_id = 'a'") == fakes::cents(199).nanos);
  CHECK(world.fold().empty());
}

TEST_CASE("a type that retention took while memory knew it is new when it returns", "[syncers]") {
  World world;
  world.account.types.rows.push_back(row(make_type("east", "t2")));
  world.begin();
  world.account.types.rows.pop_back();
  world.clock.advance(30h);
  RetentionLimits limits;
  limits.age = std::chrono::days(1);
  RetentionCursor cursor;
  while (cursor.stage != RetentionCursor::Stage::done) world.catalog.prune(limits, world.clock.wall_now(), cursor);
  REQUIRE(world.count("SELECT count(*) FROM instance_types") == 1);
  world.account.types.rows.push_back(row(make_type("east", "t2")));
  world.clock.advance(2min);
  CHECK(world.events("type_added", "east-noSub-t2") == 1);
  CHECK(world.count("SELECT count(*) FROM price_history WHERE instance_type_id = 'east-noSub-t2'") == 1);
  CHECK(world.fold().empty());
}

TEST_CASE("of a large answer what is committed is known when the rest fails, and nothing is told twice", "[syncers]") {
  World world;
  for (int i = 0; i < 500; ++i) world.account.types.rows.push_back(row(make_type("east", "x" + std::to_string(i))));
  int commits_left = GENERATE(1, 3, 5, 8);
  world.catalog.on_commit(
      [](void* left) {
        int& more = *static_cast<int*>(left);
        return more > 0 && --more == 0 ? 1 : 0;
      },
      &commits_left);
  world.begin();
  CHECK(commits_left == 0);
  CHECK(world.count("SELECT count(*) FROM instance_types") == 501);
  CHECK(world.count("SELECT count(*) FROM events WHERE kind = 'type_added'") == 501);
  CHECK(world.count("SELECT count(*) FROM price_history") == 501);
  CHECK(world.state->known().types->size() == 501);
  CHECK(world.fold().empty());
  const auto before = world.count("SELECT max(id) FROM events");
  world.clock.advance(10min);
  CHECK(world.count("SELECT max(id) FROM events") == before);
}

TEST_CASE("a closed location whose last attempt failed keeps no credential waiting", "[syncers]") {
  World world(ApiType::locational);
  world.account.regions.rows.push_back(row(make_location("west")));
  world.begin();
  CHECK(world.state->has_outlived_its_instances());
  world.account.fault = [](const std::string& call) {
    Error error;
    error.kind = Errc::service_unavailable;
    return call == "instances" ? std::optional(error) : std::nullopt;
  };
  world.clock.advance(6min);
  CHECK_FALSE(world.state->has_outlived_its_instances());
  Location closed = *world.account.regions.rows[1];
  closed.is_available = false;
  world.account.regions.rows[1] = row(closed);
  world.clock.advance(6min);
  world.account.fault = [](const std::string&) { return std::optional<Error>(); };
  world.clock.advance(20min);
  CHECK(world.count("SELECT count(*) FROM sync_states WHERE failing_since_ms IS NOT NULL") == 1);
  CHECK(world.state->has_outlived_its_instances());
}

TEST_CASE("a comparison that throws leaves its caller to be cancelled as before", "[syncers]") {
  World world;
  world.begin();
  Comparison<KnownTypes> answer;
  answer.listing = {SyncerKind::instance_types, ""};
  answer.attempt = world.state->begin();
  answer.compare = [](const std::shared_ptr<const KnownTypes>&) -> Result<Diff<KnownTypes>> { throw std::bad_alloc(); };
  bool was_cancelled = false;
  Tasks tasks(world.context.get_executor(), nullptr);
  struct Caller {
    static boost::asio::awaitable<void> run(World& world, Comparison<KnownTypes> answer, bool& was_cancelled) {
      try {
        co_await world.state->take(std::move(answer));
      } catch (const std::bad_alloc&) {
      }
      try {
        for (;;) co_await world.clock.sleep_until(world.clock.now() + 1h);
      } catch (const boost::system::system_error&) {
        was_cancelled = true;
      }
    }
  };
  tasks.spawn("caller", Caller::run(world, std::move(answer), was_cancelled));
  world.clock.run_ready();
  tasks.cancel();
  world.clock.run_ready();
  CHECK(was_cancelled);
}

}  // namespace tally::memory_test
