// The loop's door to the catalog, on a store whose commits can be refused.
#include "store/catalog_writer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>

#include "runtime/tasks.hpp"
#include "store/error.hpp"
#include "store/housekeeper.hpp"
#include "tally/pieces.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/store/catalog_world.hpp"

namespace tally::catalog_writer_test {
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

  asio::awaitable<void> commit(const std::string& type) {
    return store(writer.commit(cred, pieces_of(addition(make_type("east", type), Timestamp(2h))),
                               state(types_listing, Timestamp(2h))));
  }
  static std::shared_ptr<const std::vector<ChangeSet>> pieces_of(ChangeSet changes) {
    return std::make_shared<const std::vector<ChangeSet>>(in_pieces(std::move(changes)));
  }
  static asio::awaitable<void> store(asio::awaitable<PiecesWritten> work) {
    const PiecesWritten written = co_await std::move(work);
    if (written.failure) std::rethrow_exception(written.failure);
  }
};

ChangeSet an_event() {
  ChangeSet changes;
  changes.at = Timestamp(2h);
  changes.events.push_back({"credential_failing", "credential", "cred", {}, {}, {}, {}});
  return changes;
}

void try_it(Catalog& catalog) { catalog.try_commit(); }

SshChanges a_probe() {
  SshChanges changes;
  changes.at = Timestamp(2h);
  return changes;
}

}  // namespace

TEST_CASE("whatever cannot be written shows until it could be", "[store]") {
  Desk desk;
  const int door = GENERATE(range(0, 8));
  CAPTURE(door);
  const auto write = [&desk, door] {
    switch (door) {
      case 0: return desk.fails(desk.commit("a100"));
      case 1: return desk.fails(desk.writer.commit(cred, an_event()));
      case 2: return desk.fails(desk.writer.commit(cred, a_probe()));
      case 3: return desk.fails(desk.writer.commit({{cred, a_probe()}}));
      case 4: return desk.fails(desk.writer.save_cache(cred, "prices", "1"));
      case 5: return desk.fails(desk.writer.set_credentials({}, Timestamp(2h)));
      case 6: return desk.fails(desk.writer.write(WritePriority::journal, "operations", try_it));
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

TEST_CASE("a flush that has nothing to write says nothing of a failure", "[store]") {
  Desk desk;
  desk.refused = 1;
  CHECK(desk.fails(desk.commit("a100")));
  CHECK_FALSE(desk.fails(desk.writer.flush()));
  CHECK(desk.is_failing());
}

TEST_CASE("a failure that nobody tries again ends by a real write, once the cause has gone", "[store]") {
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

TEST_CASE("a locked catalog shows, and is well again soon after the lock has gone", "[store]") {
  Desk desk;
  desk.run();
  sqlite::Connection holder(desk.file.string(), SQLITE_OPEN_READWRITE);
  holder.execute("BEGIN IMMEDIATE");
  desk.writer.record(cred, state(types_listing, Timestamp(2h)));
  desk.clock.advance(2s);
  CHECK(desk.writer.last_failure() == "listing states: database is locked");
  holder.execute("ROLLBACK");
  desk.clock.advance(1s);
  CHECK_FALSE(desk.is_failing());
  CHECK(desk.listings() == 1);
}

TEST_CASE("what is tried again each second and fails does not look well in between", "[store]") {
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

TEST_CASE("a state that was recorded outlives the commit that fails", "[store]") {
  Desk desk;
  desk.writer.record(cred, state(types_listing, Timestamp(1h)));
  desk.refused = 2;
  CHECK(desk.fails(desk.commit("a100")));
  CHECK(desk.fails(desk.writer.flush()));
  CHECK(desk.listings() == 0);
  CHECK_FALSE(desk.fails(desk.writer.flush()));
  CHECK(desk.integer("SELECT last_success_at_ms FROM sync_states") == Timestamp(1h).time_since_epoch().count());
}

TEST_CASE("an older recorded state is not written after the commit of a newer one", "[store]") {
  Desk desk;
  desk.writer.record(cred, state(types_listing, Timestamp(1h)));
  CHECK_FALSE(desk.fails(desk.commit("a100")));
  CHECK_FALSE(desk.fails(desk.writer.flush()));
  CHECK(desk.integer("SELECT last_success_at_ms FROM sync_states") == Timestamp(2h).time_since_epoch().count());
}

TEST_CASE("a write begins when it is called, also for a caller who never waits", "[store]") {
  Desk desk;
  {
    const auto forgotten = desk.commit("a100");
  }
  desk.clock.run_ready();
  CHECK(desk.types() == 1);
}

TEST_CASE("a journal record goes before all that waits, and is on the disk when it is written", "[store]") {
  Desk desk;
  std::vector<std::string> order;
  std::vector<bool> durable;
  const auto note = [&](const char* name) {
    return [&, name](Catalog& catalog) {
      order.emplace_back(name);
      durable.push_back(catalog.commits_durably());
      return order.size();
    };
  };
  const auto first = desk.writer.write(WritePriority::tally, "first", note("first"));
  const auto second = desk.writer.write(WritePriority::tally, "second", note("second"));
  const auto record = desk.writer.write(WritePriority::journal, "operations", note("record"));
  desk.clock.run_ready();
  CHECK(order == std::vector<std::string>{"record", "first", "second"});
  CHECK(durable == std::vector<bool>{true, false, false});
}

TEST_CASE("a journal record waits for one piece of a large answer, and another account's answer, too", "[store]") {
  Desk desk;
  ChangeSet large;
  for (int i = 0; i < 2000; ++i) {
    ChangeSet one = addition(make_type("east", "t" + std::to_string(i)), Timestamp(2h));
    large.at = one.at;
    large.types.push_back(one.types.at(0));
    large.prices.push_back(one.prices.at(0));
    large.availability.push_back(one.availability.at(0));
    large.events.push_back(one.events.at(0));
  }
  std::vector<std::int64_t> seen;  // types there when the records were written
  const auto count = [&](Catalog&) { seen.push_back(desk.types()); };
  const auto answer = desk.writer.commit(cred, Desk::pieces_of(large), state(types_listing, Timestamp(2h)));
  bool is_asked = false;
  desk.catalog.on_row_written(
      [](void* asked, int, const char*, const char*, long long) { *static_cast<bool*>(asked) = true; }, &is_asked);
  while (!is_asked) desk.context.run_one();
  const auto record = desk.writer.write(WritePriority::journal, "operations", count);
  desk.clock.run_ready();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0] > 0);
  CHECK(seen[0] <= 200);
  CHECK(desk.types() == 2000);
  CHECK(desk.integer("SELECT count(*) FROM price_history") == 2000);
  CHECK(desk.listings() == 1);
}

TEST_CASE("the end waits for what was begun", "[store]") {
  Desk desk;
  {
    const auto forgotten = desk.commit("a100");
  }
  desk.writer.record(cred, state(instances_listing, Timestamp(2h)));
  CHECK_FALSE(desk.fails(desk.writer.finish()));
  CHECK(desk.types() == 1);
  CHECK(desk.listings() == 2);
}

TEST_CASE("nothing is written into a catalog that was replaced, and whoever must know hears of it once", "[store]") {
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

TEST_CASE("retention that fails goes on where it was", "[store]") {
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

TEST_CASE("what is in use is looked at each minute, and comes back within its bound", "[store]") {
  Desk desk;
  desk.run();
  RetentionLimits limits;
  limits.bytes = std::int64_t{24} << 20U;
  Housekeeper housekeeper(desk.writer, desk.clock, limits);
  desk.tasks.spawn("housekeeper", housekeeper.run());
  desk.clock.advance(2min);  // the daily pass is over
  std::int64_t most = 0;
  for (int minute = 0; minute < 20; ++minute) {
    ChangeSet changes;
    changes.at = desk.clock.wall_now();
    for (int i = 0; i < 1500; ++i) {
      const std::string text(1000, static_cast<char>('a' + minute));
      changes.events.push_back(
          {"instance_changed", "instance", "i-" + std::to_string(i), "status_message", text, text, {}});
    }
    desk.catalog.apply(cred, changes);
    desk.clock.advance(1min);
    most = std::max(most, desk.catalog.checkpoint().used);
  }
  desk.clock.advance(5min);
  CHECK(most < 2 * limits.bytes);  // without retention it would be five times as much
  CHECK(desk.catalog.checkpoint().used <= limits.bytes);
  CHECK(desk.integer("SELECT count(*) FROM events") > 100);
  desk.tasks.cancel();
  desk.clock.run_ready();
}

TEST_CASE("a bound that what is known now exceeds is not tried for each minute", "[store]") {
  Desk desk;
  desk.run();
  ChangeSet changes;
  for (int i = 0; i < 300; ++i) desk.catalog.apply(cred, addition(make_type("east", "t" + std::to_string(i)), now()));
  RetentionLimits limits;
  limits.bytes = 1;
  Housekeeper housekeeper(desk.writer, desk.clock, limits);
  desk.tasks.spawn("housekeeper", housekeeper.run());
  desk.clock.advance(10min);
  const std::uint64_t commits = desk.writer.commits();
  desk.clock.advance(20min);
  CHECK(desk.writer.commits() - commits < 40);
  CHECK(desk.types() == 300);
  desk.tasks.cancel();
  desk.clock.run_ready();
}

}  // namespace tally::catalog_writer_test
