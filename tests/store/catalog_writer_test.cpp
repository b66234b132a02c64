// The loop's door to the catalog, on a store whose commits can be refused.
#include "store/catalog_writer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>

#include "runtime/tasks.hpp"
#include "store/error.hpp"
#include "store/housekeeper.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/store/catalog_world.hpp"

using namespace tally;
using namespace tally::store_tests;
namespace asio = boost::asio;

namespace {

/// A catalog's writer on virtual time; everything runs on one context.
struct Desk : World {
  asio::io_context context;
  ManualClock clock{context};
  CatalogWriter writer{catalog, context.get_executor(), context.get_executor(), clock};
  Tasks tasks{context.get_executor(), nullptr};
  int refused = 0;  // so many of the next commits

  Desk() {
    catalog.on_commit(
        [](void* self) {
          int& left = static_cast<Desk*>(self)->refused;
          return left > 0 ? left-- : 0;
        },
        this);
  }
  ~Desk() {
    tasks.cancel();
    clock.run_ready();
  }

  /// Runs it to its end; whether it threw.
  template <class T>
  bool fails(asio::awaitable<T> work) {
    std::exception_ptr failure;
    const auto keep = [&failure](std::exception_ptr end, auto&&...) { failure = std::move(end); };
    asio::co_spawn(context, std::move(work), keep);
    clock.run_ready();
    return failure != nullptr;
  }
  void run() { tasks.spawn("writer", writer.run()); }
  [[nodiscard]] bool is_failing() const { return writer.failure().has_value(); }
  std::int64_t types() { return integer("SELECT count(*) FROM instance_types"); }
  std::int64_t listings() { return integer("SELECT count(*) FROM sync_states"); }

  asio::awaitable<std::vector<KnownInstance>> commit(const std::string& type) {
    return writer.commit(cred, addition(make_type("east", type), Timestamp(2h)), state(types_listing, Timestamp(2h)));
  }
};

ChangeSet an_event() {
  ChangeSet changes;
  changes.at = Timestamp(2h);
  changes.events.push_back({"credential_failing", "credential", "cred", {}, {}, {}, {}});
  return changes;
}

SshChanges a_probe() {
  SshChanges changes;
  changes.at = Timestamp(2h);
  return changes;
}

}  // namespace

TEST_CASE("whatever cannot be written shows until it could be", "[syncers]") {
  Desk desk;
  const int door = GENERATE(range(0, 7));
  CAPTURE(door);
  const auto write = [&desk, door] {
    switch (door) {
      case 0: return desk.fails(desk.commit("a100"));
      case 1: return desk.fails(desk.writer.commit(cred, an_event()));
      case 2: return desk.fails(desk.writer.commit(cred, a_probe()));
      case 3: return desk.fails(desk.writer.commit({{cred, a_probe()}}));
      case 4: return desk.fails(desk.writer.save_cache(cred, "prices", "1"));
      case 5: return desk.fails(desk.writer.set_credentials({}, Timestamp(2h)));
      default: desk.writer.record(cred, state(types_listing, Timestamp(2h))); return desk.fails(desk.writer.flush());
    }
  };
  desk.refused = 1;
  CHECK(write());
  REQUIRE(desk.is_failing());
  CHECK(desk.writer.failure()->since == desk.clock.wall_now());
  CHECK_FALSE(desk.writer.last_failure().empty());
  CHECK_FALSE(write());
  CHECK_FALSE(desk.is_failing());
}

TEST_CASE("a flush that has nothing to write says nothing of a failure", "[syncers]") {
  Desk desk;
  desk.refused = 1;
  CHECK(desk.fails(desk.commit("a100")));
  CHECK_FALSE(desk.fails(desk.writer.flush()));
  CHECK(desk.is_failing());
}

TEST_CASE("a failure that nobody tries again ends by a real write, once the cause has gone", "[syncers]") {
  Desk desk;
  desk.run();
  desk.refused = 10;
  CHECK(desk.fails(desk.writer.save_cache(cred, "prices", "1")));
  desk.clock.advance(8s);
  CHECK(desk.is_failing());
  CHECK(desk.writer.last_failure().find("cache") != std::string::npos);
  desk.clock.advance(4s);
  CHECK_FALSE(desk.is_failing());
  CHECK(desk.refused == 0);
}

TEST_CASE("a locked catalog shows, and is well again soon after the lock has gone", "[syncers]") {
  Desk desk;
  desk.run();
  sqlite::Connection holder(desk.file.string(), SQLITE_OPEN_READWRITE);
  holder.execute("BEGIN IMMEDIATE");
  desk.writer.record(cred, state(types_listing, Timestamp(2h)));
  desk.clock.advance(2s);
  CHECK(desk.writer.last_failure() == "listing states: catalog: database is locked");
  holder.execute("ROLLBACK");
  desk.clock.advance(1s);
  CHECK_FALSE(desk.is_failing());
  CHECK(desk.listings() == 1);
}

TEST_CASE("what is tried again each second and fails does not look well in between", "[syncers]") {
  Desk desk;
  desk.run();
  for (int second = 0; second < 10; ++second) {
    desk.refused = 1;
    CHECK(desk.fails(desk.commit("a100")));
    CHECK_FALSE(desk.fails(desk.writer.save_cache(cred, "prices", "1")));
    desk.clock.advance(1s);
    CHECK(desk.is_failing());
  }
  CHECK_FALSE(desk.fails(desk.commit("a100")));
  CHECK_FALSE(desk.is_failing());
}

TEST_CASE("a state that was recorded outlives the commit that fails", "[syncers]") {
  Desk desk;
  desk.writer.record(cred, state(types_listing, Timestamp(1h)));
  desk.refused = 2;
  CHECK(desk.fails(desk.commit("a100")));
  CHECK(desk.fails(desk.writer.flush()));
  CHECK(desk.listings() == 0);
  CHECK_FALSE(desk.fails(desk.writer.flush()));
  CHECK(desk.integer("SELECT last_success_at_ms FROM sync_states") == Timestamp(1h).time_since_epoch().count());
}

TEST_CASE("an older recorded state is not written after the commit of a newer one", "[syncers]") {
  Desk desk;
  desk.writer.record(cred, state(types_listing, Timestamp(1h)));
  CHECK_FALSE(desk.fails(desk.commit("a100")));
  CHECK_FALSE(desk.fails(desk.writer.flush()));
  CHECK(desk.integer("SELECT last_success_at_ms FROM sync_states") == Timestamp(2h).time_since_epoch().count());
}

TEST_CASE("a write begins when it is called, also for a caller who never waits", "[syncers]") {
  Desk desk;
  {
    const auto forgotten = desk.commit("a100");
  }
  desk.clock.run_ready();
  CHECK(desk.types() == 1);
}

TEST_CASE("the end waits for what was begun", "[syncers]") {
  Desk desk;
  {
    const auto forgotten = desk.commit("a100");
  }
  desk.writer.record(cred, state(instances_listing, Timestamp(2h)));
  CHECK_FALSE(desk.fails(desk.writer.finish()));
  CHECK(desk.types() == 1);
  CHECK(desk.listings() == 2);
}

TEST_CASE("nothing is written into a catalog that was replaced, and whoever must know hears of it once", "[syncers]") {
  Desk desk;
  int told = 0;
  desk.writer.on_lost([&told](const std::string&) { ++told; });
  desk.run();
  std::filesystem::rename(desk.file, desk.directory / "aside.db");
  SECTION("noticed by a write") { CHECK(desk.fails(desk.commit("a100"))); }
  SECTION("noticed while nothing is written") { desk.clock.advance(1s); }
  CHECK(told == 1);
  CHECK(desk.fails(desk.commit("h100")));
  desk.clock.advance(10s);
  CHECK(told == 1);
  CHECK(desk.is_failing());
  CHECK(Reader(desk.directory / "aside.db").query("SELECT * FROM instance_types").rows.empty());
}

TEST_CASE("retention that fails goes on where it was", "[syncers]") {
  Desk desk;
  desk.run();
  for (int day = 1; day < 5; ++day) {
    ChangeSet changes = addition(make_type("east", "a100", 100 + day), Timestamp(24h * day));
    desk.catalog.apply(cred, changes, state(types_listing, changes.at));
  }
  RetentionLimits limits;
  limits.age = std::chrono::days(1);
  Housekeeper housekeeper(desk.writer, desk.clock, limits);
  desk.tasks.spawn("housekeeper", housekeeper.run());
  const std::int64_t before = desk.integer("SELECT count(*) FROM price_history");
  desk.refused = 1000;
  desk.clock.advance(3min);
  CHECK(desk.is_failing());
  CHECK(desk.integer("SELECT count(*) FROM price_history") == before);
  desk.refused = 0;
  desk.clock.advance(10s);
  CHECK_FALSE(desk.is_failing());
  CHECK(desk.integer("SELECT count(*) FROM price_history") < before);
  desk.tasks.cancel();
  desk.clock.run_ready();
}
