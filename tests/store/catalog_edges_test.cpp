// What the catalog promises at its edges: exactness of what is read back, silence when nothing changed, and files that
// are not ours.
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <random>
#include <set>
#include <thread>

#include "store/error.hpp"
#include "store/json_columns.hpp"
#include "tests/fakes/files.hpp"
#include "tests/store/catalog_world.hpp"

namespace tally::catalog_edges_test {
using namespace tally::store_tests;

namespace {

std::int64_t ms(Timestamp time) { return time.time_since_epoch().count(); }

/// Rows that a catalog writes, counted by table.
struct WrittenRows {
  explicit WrittenRows(Catalog& catalog) { catalog.on_row_written(&count, this); }
  static void count(void* self, int, const char*, const char* table, long long) {
    ++static_cast<WrittenRows*>(self)->by_table[table];
  }
  std::map<std::string, int> by_table;
};

std::set<std::string> files_in(const std::filesystem::path& directory) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) names.insert(entry.path().filename());
  return names;
}

int exit_code_of(const std::filesystem::path& file) {
  try {
    const Catalog catalog(file);
    return 0;
  } catch (const StoreError& error) {
    return error.exit_code();
  }
}

}  // namespace

TEST_CASE("every kind of price comes back as it went in", "[store]") {
  World world;
  InstanceType type = make_type("east", "a100");
  Price& price = type.prices[0];
  price.source = GENERATE(PriceSource::api, PriceSource::list, PriceSource::estimate);
  price.listed_at = GENERATE(std::optional<Timestamp>(), std::optional<Timestamp>(Timestamp(7h)));
  price.amount = GENERATE(std::optional<Money>(), Money{std::numeric_limits<std::int64_t>::max(), {}});
  world.catalog.apply(cred, addition(type, Timestamp(9h)), state(types_listing, Timestamp(9h)));
  CHECK(*world.catalog.load(cred).types->find(type.id)->row == type);
  CHECK(world.integer("SELECT price_at_ms FROM instance_type_prices") == ms(price.listed_at.value_or(Timestamp(9h))));
}

TEST_CASE("a location comes back as it went in, absences included", "[store]") {
  World world;
  ChangeSet changes;
  changes.at = Timestamp(2h);
  KnownLocation known;
  Location location = make_location("eu-nörd");
  location.priority = -7;
  location.endpoint = "https://eu.example";
  known.row = row(location);
  known.is_confirmed = false;
  known.absences = 1;
  known.first_seen_at = Timestamp(1h);
  known.seen_at = Timestamp(2h);
  changes.locations.push_back(known);
  world.catalog.apply(cred, changes, state(types_listing, Timestamp(2h)));
  const KnownLocation loaded = world.catalog.load(cred).locations->rows.at("eu-nörd");
  CHECK(*loaded.row == location);
  CHECK(loaded.absences == 1);
  CHECK_FALSE(loaded.is_confirmed);
  CHECK(loaded.first_seen_at == Timestamp(1h));
  CHECK(loaded.seen_at == Timestamp(2h));
}

TEST_CASE("numbers in JSON columns are exact to the last bit", "[store]") {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> speed(0, 10);
  for (int i = 0; i < 2000; ++i) {
    TypeAttributes attributes;
    attributes.clock_speed_ghz = speed(random);
    attributes.estimated_deploy_time_s = static_cast<std::int64_t>(random());
    REQUIRE(from_json_text<TypeAttributes>(to_json_text(attributes)) == attributes);
  }
  for (const double extreme : {0.0, -0.0, 5e-324, 1.7976931348623157e308, 2.2250738585072014e-308, 1e22, 0.1 + 0.2}) {
    TypeAttributes attributes;
    attributes.clock_speed_ghz = extreme;
    CHECK(from_json_text<TypeAttributes>(to_json_text(attributes)) == attributes);
  }
}

TEST_CASE("text that is not the JSON of a column is an error, not a guess", "[store]") {
  for (const char* text : {"", "{", "[]", "null", "{\"clock_speed_ghz\": \"fast\"}", "{\"default_cores\": 99999999999}",
                           "{} {}", "{\"quota_spot\": {\"maximum\": 1e30}}"}) {
    INFO(text);
    CHECK_THROWS_AS(from_json_text<TypeAttributes>(text), std::exception);
  }
}

TEST_CASE("credentials that did not change are not written", "[store]") {
  World world;
  WrittenRows written(world.catalog);
  world.catalog.set_credentials({record()}, Timestamp(2h));
  CHECK(written.by_table.empty());
  CredentialRecord changed = record();
  changed.is_read_only = true;
  world.catalog.set_credentials({changed}, Timestamp(3h));
  CHECK(written.by_table == std::map<std::string, int>{{"credential", 1}});
  world.catalog.set_credentials({}, Timestamp(4h));
  world.catalog.set_credentials({}, Timestamp(5h));
  CHECK(world.integer("SELECT removed_at_ms FROM credentials") == ms(Timestamp(4h)));
  world.catalog.set_credentials({changed}, Timestamp(6h));
  CHECK(world.integer("SELECT count(*) FROM credentials WHERE removed_at_ms IS NULL AND first_seen_at_ms = 3600000") ==
        1);
}

TEST_CASE("recording a thousand listings writes those rows and no other", "[store]") {
  World world;
  std::vector<std::pair<CredentialRef, ListingState>> states;
  for (int i = 0; i < 1000; ++i) {
    states.emplace_back(cred, state({SyncerKind::instances, "place-" + std::to_string(i)}, Timestamp(2h)));
  }
  world.catalog.record(states);
  WrittenRows written(world.catalog);
  world.catalog.record(states);
  CHECK(written.by_table == std::map<std::string, int>{{"listing", 1000}});
}

TEST_CASE("a problem that two listings show lasts until both are rid of it", "[store]") {
  World world;
  const ProblemKey key{"unknown_gpu", "credential", "cred", "B9000"};
  ChangeSet changes;
  changes.at = Timestamp(2h);
  changes.problems_started.push_back({key, "first seen"});
  const ListingKey east{SyncerKind::instance_types, "east"};
  const ListingKey west{SyncerKind::instance_types, "west"};
  for (const ListingKey& listing : {east, west}) {
    changes.problem_listing = listing;
    world.catalog.apply(cred, changes, state(listing, Timestamp(2h)));
  }
  ChangeSet end;
  end.at = Timestamp(3h);
  end.problem_listing = east;
  end.problems_ended.push_back(key);
  world.catalog.apply(cred, end, state(east, Timestamp(3h)));
  const KnownAccount known = world.catalog.load(cred);
  CHECK(known.types->of(east).problems.empty());
  CHECK(known.types->of(west).problems == std::set<ProblemKey>{key});
}

TEST_CASE("a location that is gone does not make its credential fail for ever", "[store]") {
  World world;
  ChangeSet changes;
  changes.at = now();
  KnownLocation west;
  west.row = row(make_location("west"));
  changes.locations.push_back(west);
  world.catalog.apply(cred, changes, state(types_listing, now()));
  const ListingKey west_types{SyncerKind::instance_types, "west"};
  const ListingKey west_instances{SyncerKind::instances, "west"};
  world.catalog.record({{cred, state(west_types, now() - 1h)}, {cred, state(west_instances, now() - 1h)}});
  CHECK(world.one("SELECT health FROM credentials") == SqlValue("stale"));

  changes.locations[0].is_listed = false;
  world.catalog.apply(cred, changes, state(types_listing, now()));
  CHECK(world.one("SELECT health FROM credentials") == SqlValue("fresh"));

  ChangeSet live = addition(make_instance("i-1", "west"), now());
  live.instances[0].listing = west_instances;
  world.catalog.apply(cred, live, state(types_listing, now()));
  CHECK(world.one("SELECT health FROM credentials") == SqlValue("stale"));
  live.instances[0].ended_at = now();
  world.catalog.apply(cred, live, state(types_listing, now()));
  CHECK(world.one("SELECT health FROM credentials") == SqlValue("fresh"));
}

TEST_CASE("the same change set twice is no error and opens one interval", "[store]") {
  World world;
  const ChangeSet changes = addition(full_type(), Timestamp(2h));
  world.catalog.apply(cred, changes, state(types_listing, Timestamp(2h)));
  world.catalog.apply(cred, changes, state(types_listing, Timestamp(2h)));
  CHECK(world.integer("SELECT count(*) FROM availability_history") == 1);
  CHECK(world.integer("SELECT count(*) FROM price_history") == 2);
}

TEST_CASE("a type without any price is on offer, its price unknown", "[store]") {
  World world;
  InstanceType type = make_type("east", "a100");
  type.prices.clear();
  world.catalog.apply(cred, addition(type, now()), state(types_listing, now()));
  CHECK(world.integer("SELECT count(*) FROM offers WHERE usage_class = 'on-demand' AND price_nanos IS NULL "
                      "AND price_per_hour IS NULL AND currency IS NULL") == 1);
}

TEST_CASE("unlisted and ended rows are not stale and keep their own last-seen time", "[store]") {
  World world;
  ChangeSet types = addition(make_type("east", "a100"), Timestamp(2h));
  types.types[0].is_listed = false;
  world.catalog.apply(cred, types, state(types_listing, Timestamp(3h)));
  ChangeSet instances = addition(make_instance("i-1"), Timestamp(2h));
  instances.instances[0].ended_at = Timestamp(3h);
  world.catalog.apply(cred, instances, state(instances_listing, Timestamp(4h)));
  for (const char* view : {"instance_types", "instances"}) {
    CHECK(world.integer(std::string("SELECT is_stale FROM ") + view) == 0);
    CHECK(world.integer(std::string("SELECT seen_at_ms FROM ") + view) == ms(Timestamp(2h)));
  }
}

TEST_CASE("a write that is interrupted is undone, and the catalog goes on", "[store]") {
  World world;
  ChangeSet large;
  large.at = Timestamp(2h);
  for (int i = 0; i < 20000; ++i) {
    const ChangeSet one = addition(make_type("east", "t" + std::to_string(i)), Timestamp(2h));
    large.types.push_back(one.types[0]);
    large.events.push_back(one.events[0]);
  }
  std::atomic<bool> is_done{false};
  bool is_interrupted = false;
  std::thread interrupter([&] {
    while (!is_done) world.catalog.interrupt();
  });
  try {
    world.catalog.apply(cred, large, state(types_listing, Timestamp(2h)));
  } catch (const StoreError&) {
    is_interrupted = true;
  }
  is_done = true;
  interrupter.join();
  CHECK(is_interrupted);
  CHECK(world.integer("SELECT count(*) FROM instance_types") == 0);
  CHECK(world.integer("SELECT count(*) FROM events") == 0);
  world.catalog.apply(cred, large, state(types_listing, Timestamp(2h)));
  CHECK(world.integer("SELECT count(*) FROM instance_types") == 20000);
}

TEST_CASE("a refused file gets no files beside it", "[store]") {
  TemporaryDirectory directory;
  const auto file = directory / "catalog.db";
  SECTION("a damaged one") {
    {
      const Catalog catalog(file);
    }
    std::filesystem::remove(directory / "catalog.db-wal");
    std::filesystem::remove(directory / "catalog.db-shm");
    std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
    for (int page = 1; page < 12; ++page) {
      out.seekp(page * 4096);
      out << std::string(2000, '\x7f');
    }
  }
  SECTION("another program's in WAL mode") {
    sqlite::Connection(file.string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
        .execute("PRAGMA journal_mode = WAL; CREATE TABLE t (x)");
  }
  SECTION("another program's in the middle of a write") {
    sqlite::Connection(file.string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE).execute("CREATE TABLE t (x)");
    std::ofstream(directory / "catalog.db-journal") << "whatever it keeps there";
  }
  SECTION("no SQLite file") { std::ofstream(file) << std::string(5000, 'x'); }
  const std::string before = fakes::text_of(file);
  const std::set<std::string> names = files_in(directory.path());
  CHECK(exit_code_of(file) == 65);
  CHECK(fakes::text_of(file) == before);
  CHECK(files_in(directory.path()) == names);
}

TEST_CASE("a newer version that only the write-ahead log tells of is refused as well", "[store]") {
  TemporaryDirectory directory;
  const auto file = directory / "catalog.db";
  {
    const Catalog catalog(file);
  }
  const pid_t child = fork();
  if (child == 0) {
    sqlite::Connection connection(file.string(), SQLITE_OPEN_READWRITE);
    connection.execute("PRAGMA user_version = 99");
    kill(getpid(), SIGKILL);
  }
  waitpid(child, nullptr, 0);
  const std::string before = fakes::text_of(file);
  const std::string log_before = fakes::text_of(directory / "catalog.db-wal");
  CHECK(exit_code_of(file) == 65);
  CHECK(fakes::text_of(file) == before);
  CHECK(fakes::text_of(directory / "catalog.db-wal") == log_before);
}

TEST_CASE("what a deleted catalog left beside it does not end up in the new one", "[store]") {
  TemporaryDirectory directory;
  const auto file = directory / "catalog.db";
  {
    Catalog catalog(file);
    catalog.set_credentials({record()}, Timestamp(1h));
  }
  std::filesystem::remove(file);
  std::ofstream(directory / "catalog.db.new") << "half of one";
  const Catalog catalog(file);
  Reader reader(file);
  CHECK(reader.query("SELECT * FROM credentials").rows.empty());
  CHECK(reader.query("PRAGMA integrity_check").rows.at(0).at(0) == SqlValue("ok"));
  CHECK(files_in(directory.path()) == std::set<std::string>{"catalog.db", "catalog.db-shm", "catalog.db-wal"});
}

TEST_CASE("a member of the group reads while the writer is open, stopped or killed", "[store]") {
  if (geteuid() != 0) {
    WARN("skipped: only root can be another user");
    return;
  }
  constexpr gid_t group = 12345;
  constexpr uid_t someone = 65534;
  TemporaryDirectory directory;
  const auto file = directory / "catalog.db";
  REQUIRE(chown(directory.path().c_str(), 0, group) == 0);
  REQUIRE(chmod(directory.path().c_str(), 02750) == 0);
  const auto credentials_seen_by_member = [&file] {
    const pid_t child = fork();
    if (child == 0) {
      if (setgroups(0, nullptr) != 0 || setgid(group) != 0 || setuid(someone) != 0) _exit(100);
      try {
        _exit(static_cast<int>(Reader(file).query("SELECT * FROM credentials").rows.size()));
      } catch (...) {
        _exit(101);
      }
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
  };
  const auto named = [](const char* ref) {
    CredentialRecord credential = record();
    credential.ref = CredentialRef(ref);
    return credential;
  };
  {
    Catalog catalog(file);
    catalog.set_credentials({named("one")}, Timestamp(1h));
    CHECK(credentials_seen_by_member() == 1);
  }
  CHECK(credentials_seen_by_member() == 1);
  CHECK(credentials_seen_by_member() == 1);
  const pid_t child = fork();
  if (child == 0) {
    Catalog catalog(file);
    catalog.set_credentials({named("one"), named("two")}, Timestamp(2h));
    kill(getpid(), SIGKILL);
  }
  waitpid(child, nullptr, 0);
  CHECK(credentials_seen_by_member() == 2);
  {
    const Catalog catalog(file);
  }
  CHECK(credentials_seen_by_member() == 2);
}

}  // namespace tally::catalog_edges_test
