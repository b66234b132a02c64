#include "store/catalog.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <random>

#include "cloud/limits.hpp"
#include "store/error.hpp"
#include "store/reader.hpp"
#include "store/schema.hpp"
#include "tests/fakes/files.hpp"
#include "tests/fakes/money.hpp"
#include "tests/store/catalog_world.hpp"

namespace tally::catalog_test {
using namespace tally::store_tests;

namespace {

int exit_code_of(const std::filesystem::path& file) {
  try {
    const Catalog catalog(file);
    return 0;
  } catch (const StoreError& error) {
    return error.exit_code();
  }
}

}  // namespace

TEST_CASE("a type comes back from the catalog as it went in", "[store]") {
  World world;
  const InstanceType type = GENERATE(full_type(), make_type("east", "plain"));
  world.catalog.apply(cred, addition(type, Timestamp(2h)), state(types_listing, Timestamp(2h)));
  const KnownAccount known = world.catalog.load(cred);
  REQUIRE(known.types->size() == 1);
  CHECK(*known.types->find(type.id)->row == type);
  CHECK(known.types->find(type.id)->first_seen_at == Timestamp(2h));
  CHECK(known.listings.at(types_listing) == state(types_listing, Timestamp(2h)));
}

TEST_CASE("an instance comes back from the catalog as it went in", "[store]") {
  World world;
  const Instance instance = GENERATE(full_instance(), make_instance("i-2"));
  world.catalog.apply(cred, addition(instance, Timestamp(2h)), state(instances_listing, Timestamp(2h)));
  const KnownAccount known = world.catalog.load(cred);
  CHECK(*known.instances->find(instance.cloud_id)->row == instance);
}

TEST_CASE("an instance that ended comes back while it is known, and stays in the catalog then", "[store]") {
  World world;
  ChangeSet changes = addition(make_instance("i-1"), Timestamp(2h));
  changes.instances.at(0).ended_at = Timestamp(3h);
  world.catalog.apply(cred, changes, state(instances_listing, Timestamp(3h)));
  CHECK(world.catalog.load(cred).instances->size() == 1);
  changes.instances.at(0).is_confirmed = false;
  changes.statuses.clear();
  world.catalog.apply(cred, changes, state(instances_listing, Timestamp(4h)));
  CHECK(world.catalog.load(cred).instances->size() == 0);
  CHECK(world.integer("SELECT count(*) FROM instances WHERE is_ended = 1 AND is_stale = 0") == 1);
}

TEST_CASE("what the breaker holds back in a location comes back to the listing of its rows", "[store]") {
  World world;
  ChangeSet changes;
  changes.at = Timestamp(2h);
  changes.problem_listing = GENERATE(types_listing, instances_listing);
  const ProblemKey held{"mass_change_held", "location", "eu-nörd \"1\"", ""};
  changes.problems_started.push_back({held, "9 of 10 rows are absent"});
  world.catalog.apply(cred, changes, state(changes.problem_listing, Timestamp(2h)));
  const KnownAccount known = world.catalog.load(cred);
  const bool is_of_types = changes.problem_listing == types_listing;
  CHECK(known.types->of(types_listing).problems == (is_of_types ? std::set{held} : std::set<ProblemKey>()));
  CHECK(known.instances->of(instances_listing).problems == (is_of_types ? std::set<ProblemKey>() : std::set{held}));
  CHECK(known.locations->problems.empty());
}

TEST_CASE("of unlisted locations the newest are loaded, up to their bound", "[store]") {
  World world;
  ChangeSet changes;
  changes.at = Timestamp(2h);
  for (std::size_t i = 0; i < limits::locations_per_account + 5; ++i) {
    KnownLocation gone;
    gone.row = row(make_location("r" + std::to_string(i)));
    gone.is_listed = false;
    gone.seen_at = Timestamp(std::chrono::milliseconds(i));
    changes.locations.push_back(gone);
  }
  world.catalog.apply(cred, changes, state(types_listing, Timestamp(2h)));
  const KnownAccount known = world.catalog.load(cred);
  CHECK(known.locations->rows.size() == limits::locations_per_account);
  CHECK_FALSE(known.locations->rows.contains("r4"));
}

TEST_CASE("problems come back to the listing that shows them", "[store]") {
  World world;
  ChangeSet changes;
  changes.at = Timestamp(2h);
  changes.problem_listing = instances_listing;
  const ProblemKey key{"row_rejected", "instance", "i-1", ""};
  changes.problems_started.push_back({key, "raw"});
  world.catalog.apply(cred, changes, state(instances_listing, Timestamp(2h)));
  CHECK(world.catalog.load(cred).instances->of(instances_listing).problems == std::set<ProblemKey>{key});
  CHECK(world.integer("SELECT count(*) FROM id_problems WHERE ended_at_ms IS NULL AND kind = 'row_rejected'") == 1);
  changes.problems_started.clear();
  changes.problems_ended.push_back(key);
  world.catalog.apply(cred, changes, state(instances_listing, Timestamp(3h)));
  CHECK(world.catalog.load(cred).instances->listings().empty());
  CHECK(world.integer("SELECT count(*) FROM id_problems WHERE ended_at_ms IS NOT NULL") == 1);
}

TEST_CASE("history intervals are half-open, and closed ones say when they were last vouched for", "[store]") {
  World world;
  InstanceType type = make_type("east", "a100", 199);
  world.catalog.apply(cred, addition(type, Timestamp(2h)), state(types_listing, Timestamp(2h)));
  world.catalog.record({{cred, state(types_listing, Timestamp(3h))}});
  type.prices[0].amount = fakes::cents(149);
  ChangeSet cheaper = addition(type, Timestamp(4h));
  cheaper.availability.clear();
  world.catalog.apply(cred, cheaper, state(types_listing, Timestamp(4h)));
  const auto rows = Reader(world.file)
                        .query("SELECT from_ms, to_ms, confirmed_ms, price_nanos FROM price_history ORDER BY from_ms")
                        .rows;
  const auto hour = [](int n) { return SqlValue(std::int64_t{n} * 3'600'000); };
  REQUIRE(rows.size() == 2);
  CHECK(rows[0] == std::vector<SqlValue>{hour(2), hour(4), hour(3), std::int64_t{1'990'000'000}});
  CHECK(rows[1] == std::vector<SqlValue>{hour(4), std::monostate(), hour(4), std::int64_t{1'490'000'000}});
}

TEST_CASE("a row is stale when its listing fails, is late, or did not confirm it", "[store]") {
  World world;
  const InstanceType type = make_type("east", "a100");
  const auto stale = [&world] { return world.integer("SELECT is_stale FROM instance_types"); };
  const Timestamp at = now();
  world.catalog.apply(cred, addition(type, at), state(types_listing, at));
  CHECK(stale() == 0);
  CHECK(world.one("SELECT health FROM credentials") == SqlValue("fresh"));

  ListingState failing = state(types_listing, at);
  failing.failing_since = at;
  world.catalog.record({{cred, failing}});
  CHECK(stale() == 1);
  CHECK(world.one("SELECT health FROM credentials") == SqlValue("failing"));

  world.catalog.record({{cred, state(types_listing, at - 181s)}});
  CHECK(stale() == 1);
  world.catalog.record({{cred, state(types_listing, at)}});
  ChangeSet unconfirmed = addition(type, at);
  unconfirmed.types[0].is_confirmed = false;
  unconfirmed.types[0].seen_at = at - 5min;
  world.catalog.apply(cred, unconfirmed, state(types_listing, at));
  CHECK(stale() == 1);
  CHECK(world.integer("SELECT seen_at_ms FROM offers") == (at - 5min).time_since_epoch().count());

  world.catalog.apply(cred, addition(type, at), state(types_listing, at));
  world.catalog.set_credentials({}, at);
  CHECK(stale() == 1);
  CHECK(world.one("SELECT health FROM credentials") == SqlValue("removed"));
}

TEST_CASE("recording how listings are doing changes no other row", "[store]") {
  World world;
  world.catalog.apply(cred, addition(make_type("east", "a100"), Timestamp(2h)), state(types_listing, Timestamp(2h)));
  const auto dump = [&world] {
    std::string all;
    Reader reader(world.file);
    for (const char* table : {"instance_type", "price", "event", "problem", "price_change", "availability_change"}) {
      for (const auto& row : reader.query(std::string("SELECT * FROM ") + table).rows) {
        for (const SqlValue& value : row) {
          std::visit(
              [&all](const auto& v) {
                if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::string>)
                  all += v + "|";
                else if constexpr (!std::is_same_v<std::decay_t<decltype(v)>, std::monostate>)
                  all += std::to_string(v) + "|";
              },
              value);
        }
      }
    }
    return all;
  };
  const std::string before = dump();
  world.catalog.record({{cred, state(types_listing, Timestamp(3h))}});
  CHECK(dump() == before);
  CHECK(world.integer("SELECT last_success_at_ms FROM sync_states") == 3 * 3'600'000);
}

TEST_CASE("the views have every column of the contract", "[store]") {
  const std::map<std::string, std::string> contract = {
      {"credentials",
       "credential, provider, tenant_id, api_type, capabilities, is_read_only, health, first_seen_at_ms, "
       "removed_at_ms"},
      {"locations",
       "credential, name, description, is_available, endpoint, priority, country, is_listed, "
       "first_seen_at_ms, seen_at_ms, is_stale"},
      {"instance_types",
       "credential, instance_type_id, provider, cloud, type, location, sub_location, available_azs, vcpu, "
       "memory_bytes, "
       "architectures, base_price_nanos, base_price_per_hour, currency, is_available, availability_reason, is_listed, "
       "is_stoppable, is_rebootable, attributes, first_seen_at_ms, changed_at_ms, seen_at_ms, is_stale"},
      {"instance_type_prices",
       "credential, instance_type_id, usage_class, price_nanos, price_per_hour, currency, "
       "price_source, price_at_ms"},
      {"instance_type_gpus",
       "credential, instance_type_id, position, count, name, type, memory_bytes, memory_gb, "
       "memory_details, network_details, manufacturer"},
      {"instance_type_storage",
       "credential, instance_type_id, position, count, type, size_bytes, min_size_bytes, "
       "max_size_bytes, price_per_gb_hr_nanos, currency, is_ephemeral, is_elastic"},
      {"instances",
       "credential, cloud_id, provider, cloud, tenant_id, ref_id, cloud_cred_ref_id, is_ours, name, status, "
       "provider_status, status_message, is_ended, location, sub_location, type, instance_type_id, gpu_name, "
       "gpu_count, "
       "public_ip, public_dns, private_ip, hostname, ssh_user, ssh_port, is_reachable, image_id, disk_size_bytes, "
       "is_stoppable, is_rebootable, is_spot, price_nanos, price_per_hour, currency, attributes, created_at_ms, "
       "first_seen_at_ms, status_since_ms, ended_at_ms, seen_at_ms, is_stale"},
      {"instance_tags", "credential, cloud_id, key, value"},
      {"offers",
       "credential, provider, cloud, instance_type_id, usage_class, type, location, country, gpu_name, gpu_count, "
       "gpu_memory_gb, gpu_manufacturer, vcpu, memory_bytes, price_nanos, price_per_hour, price_per_gpu_hour, "
       "currency, "
       "is_available, availability_reason, available_since_ms, seen_at_ms, age_s, is_stale"},
      {"price_history",
       "credential, instance_type_id, usage_class, from_ms, to_ms, confirmed_ms, price_nanos, "
       "price_per_hour, currency"},
      {"availability_history",
       "credential, instance_type_id, from_ms, to_ms, confirmed_ms, is_available, "
       "availability_reason"},
      {"instance_history", "credential, cloud_id, from_ms, to_ms, confirmed_ms, status"},
      {"events", "id, at_ms, at, credential, kind, subject_kind, subject_id, field, old, new, detail"},
      {"sync_states",
       "credential, syncer, location, last_attempt_at_ms, last_success_at_ms, failing_since_ms, "
       "last_error_kind, last_error, duration_ms, items, skipped_ticks"},
      {"quotas", "credential, location, quota_id, name, maximum, current, unit, seen_at_ms, is_stale"},
      {"images",
       "credential, image_id, name, location, architecture, description, created_at_ms, is_default, seen_at_ms, "
       "is_stale"},
      {"list_states",
       "credential, syncer, location, last_attempt_at_ms, last_success_at_ms, failing_since_ms, last_error_kind, "
       "last_error, duration_ms, items, interval_ms, is_stale"},
      {"problems", "credential, kind, subject_kind, subject_id, detail, started_at_ms, ended_at_ms"},
      {"id_problems", "credential, kind, subject_id, detail, started_at_ms, ended_at_ms"},
  };
  World world;
  world.catalog.apply(cred, addition(full_type(), now()), state(types_listing, now()));
  world.catalog.apply(cred, addition(full_instance(), now()), state(instances_listing, now()));
  Reader reader(world.file);
  for (const auto& [view, columns] : contract) {
    INFO(view);
    CHECK_NOTHROW(reader.query("SELECT " + columns + " FROM " + view));
  }
  CHECK(reader.query("SELECT * FROM instance_type_gpus WHERE memory_gb = 40 AND name = 'A100'").rows.size() == 1);
  CHECK(reader.query("SELECT * FROM instance_type_storage WHERE price_per_gb_hr_nanos = 1 AND is_elastic = 1")
            .rows.size() == 1);
  CHECK(reader.query("SELECT * FROM instance_tags WHERE key = 'team'").rows.size() == 1);
  CHECK(reader.query("SELECT * FROM offers").rows.size() == 2);
  CHECK(reader.query("SELECT at FROM events").rows.at(0).at(0).index() == 3);
}

TEST_CASE("nothing in the file needs an SQLite newer than 3.31", "[store]") {
  World world;
  const auto rows = Reader(world.file).query("SELECT coalesce(sql, '') FROM sqlite_master").rows;
  CHECK(rows.size() > 20);
  for (const auto& row : rows) {
    const auto& sql = std::get<std::string>(row.at(0));
    for (const char* token : {" STRICT", "->", "iif(", "RETURNING", "MATERIALIZED", "GENERATED", "IIF(", "unixepoch()",
                              " FULL JOIN", " RIGHT JOIN", "IS DISTINCT", "string_agg", "concat("}) {
      INFO(token << " in " << sql);
      CHECK(sql.find(token) == std::string::npos);
    }
  }
  CHECK(world.integer("PRAGMA application_id") == 0x74616C79);
  CHECK(world.one("PRAGMA journal_mode") == SqlValue("wal"));
}

TEST_CASE("a file that is newer, damaged or not ours is refused with what to do, and stays as it is", "[store]") {
  TemporaryDirectory directory;
  const auto file = directory / "catalog.db";
  SECTION("newer") {
    {
      const Catalog catalog(file);
    }
    sqlite::Connection(file.string(), SQLITE_OPEN_READWRITE).execute("PRAGMA user_version = 99; PRAGMA wal_checkpoint");
  }
  SECTION("another program's") {
    sqlite::Connection(file.string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE).execute("CREATE TABLE t (x)");
  }
  SECTION("no SQLite file") { std::ofstream(file) << std::string(5000, 'x'); }
  SECTION("a few bytes") { std::ofstream(file) << "hello"; }
  SECTION("damaged") {
    {
      const Catalog catalog(file);
    }
    std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
    for (int page = 1; page < 12; ++page) {
      out.seekp(page * 4096);
      out << std::string(2000, '\x7f');
    }
  }
  const std::string before = fakes::text_of(file);
  CHECK(exit_code_of(file) == 65);
  CHECK(fakes::text_of(file) == before);
}

TEST_CASE("the group may read the catalog, others may not, whatever the umask", "[store]") {
  TemporaryDirectory directory;
  const mode_t umask_before = umask(0077);
  {
    Catalog catalog(directory / "catalog.db");
    catalog.set_credentials({record()}, Timestamp(1h));
  }
  umask(umask_before);
  for (const char* name : {"catalog.db", "catalog.db-wal", "catalog.db-shm"}) {
    struct stat status{};
    INFO(name);
    REQUIRE(stat((directory / name).c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0640U);
  }
}

TEST_CASE("a writer killed at any moment leaves a whole catalog", "[store]") {
  TemporaryDirectory directory;
  const auto file = directory / "catalog.db";
  std::mt19937 random(3);
  for (int round = 0; round < 10; ++round) {
    int ready[2];
    REQUIRE(pipe(ready) == 0);
    const pid_t child = fork();
    if (child == 0) {
      Catalog catalog(file);
      catalog.set_credentials({record()}, Timestamp(1h));
      for (int i = 0;; ++i) {
        const Timestamp at{std::chrono::hours(2 + i)};
        catalog.apply(cred, addition(make_type("east", "t" + std::to_string(i)), at), state(types_listing, at));
        if (write(ready[1], "x", 1) != 1) _exit(1);
      }
    }
    close(ready[1]);
    char byte = 0;
    for (unsigned i = 0; i < 1 + random() % 40; ++i) REQUIRE(read(ready[0], &byte, 1) == 1);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    close(ready[0]);
    Reader reader(file);
    CHECK(reader.query("PRAGMA integrity_check").rows.at(0).at(0) == SqlValue("ok"));
    CHECK(reader.query("SELECT count(*) FROM instance_types").rows ==
          reader.query("SELECT count(DISTINCT subject_id) FROM events").rows);
  }
}

TEST_CASE("what a provider remembers survives a restart, each credential's by itself", "[store]") {
  World world;
  CHECK(world.catalog.load_cache(cred).empty());
  world.catalog.save_cache(cred, "prices", "1");
  world.catalog.save_cache(cred, "prices", "2");
  CHECK(world.catalog.load_cache(cred) == std::map<std::string, std::string, std::less<>>{{"prices", "2"}});
}

TEST_CASE("a reader cannot write, and says so", "[store]") {
  World world;
  Reader reader(world.file);
  CHECK_THROWS_AS(reader.query("DELETE FROM event"), StoreError);
  CHECK_THROWS_AS(reader.query("SELECT nothing FROM nowhere"), StoreError);
  CHECK_THROWS_AS(reader.query(""), StoreError);
  CHECK_THROWS_AS(Reader(world.directory / "none.db"), StoreError);
}

TEST_CASE("a reader runs one statement, and refuses text that holds more", "[store]") {
  World world;
  Reader reader(world.file);
  CHECK(reader.query("; SELECT 1; -- the end\n ; /* no more */").rows.size() == 1);
  for (const char* sql : {"SELECT 1; SELECT 2", "SELECT 1;; SELECT 2", "SELECT 1; nonsense"}) {
    CAPTURE(sql);
    try {
      static_cast<void>(reader.query(sql));
      FAIL("ran");
    } catch (const StoreError& error) {
      CHECK(error.exit_code() == EX_DATAERR);
    }
  }
}

}  // namespace tally::catalog_test
