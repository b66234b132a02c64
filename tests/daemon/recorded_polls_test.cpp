// The recorded replies of Lambda through provider, syncers and catalog, on virtual time: what the second poll changes,
// and that a third, identical one changes nothing.
#include <spdlog/spdlog.h>
#include <sqlite3.h>

#include <catch2/catch.hpp>

#include "tests/fakes/fold.hpp"
#include "tests/fakes/sync_world.hpp"
#include "tests/providers/lambda/account.hpp"

namespace tally::recorded_polls_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

/// 2026-08-22, a day after the replies were made.
const Timestamp august = Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 8 / 22));

struct World {
  SyncWorld sync{find_provider("lambda")->description, august};
  LambdaAccount account{sync.context};

  World() {
    spdlog::set_level(spdlog::level::off);
    sync.start(*account.operator->());
    sync.clock.advance(10s);
  }
  ~World() {
    sync.stop();  // before the account goes
    spdlog::set_level(spdlog::level::info);
  }

  void second_poll() {
    account.http.reply("/instance-types", 200, LambdaAccount::recorded("instance-types_poll2.json"));
    account.http.reply("/instances", 200, LambdaAccount::recorded("instances_poll2.json"));
    account.http.reply("/instances/3d5f7b9c1e2a4d4fab6c8eaf2f4d6b81", 404,
                       LambdaAccount::recorded("errors/404_instance.json"));
  }
  std::vector<std::string> events_since(std::int64_t id) const {
    std::vector<std::string> lines;
    const auto rows =
        sync.reader().query("SELECT kind, subject_id, field, old, new FROM events WHERE id > ? ORDER BY id", {id});
    for (const auto& row : rows.rows) {
      lines.push_back(sql_text(row[0]) + " " + sql_text(row[1]) + " " + sql_text(row[2]) + " " + sql_text(row[3]) +
                      ">" + sql_text(row[4]));
    }
    return lines;
  }
};

std::size_t count_with(const std::vector<std::string>& lines, const std::string& start) {
  return static_cast<std::size_t>(
      std::count_if(lines.begin(), lines.end(), [&start](const std::string& line) { return line.starts_with(start); }));
}

bool has(const std::vector<std::string>& lines, const std::string& line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

}  // namespace

TEST_CASE("the first poll fills the catalog", "[daemon]") {
  World world;
  CHECK(world.sync.count("SELECT count(*) FROM instance_types") == 520);
  CHECK(world.sync.count("SELECT count(*) FROM instances") == 9);
  CHECK(world.sync.count("SELECT count(*) FROM locations") == 20);
  CHECK(world.sync.count("SELECT count(*) FROM instances WHERE is_ours = 1") == 7);
  CHECK(world.sync.count("SELECT count(*) FROM events WHERE kind = 'type_added'") == 520);
  Reader reader = world.sync.reader();
  CHECK(fold_differences(reader) == std::vector<std::string>());
}

TEST_CASE("the second poll gives exactly its changes and their history", "[daemon]") {
  World world;
  const auto last = world.sync.count("SELECT max(id) FROM events");
  world.second_poll();
  world.sync.clock.advance(5min + 5s);
  const auto events = world.events_since(last);

  // 20 regions each: a price, a memory size, a vanished type, a new one; and the regions that gained or lost capacity.
  const auto in_types = [&](const std::string& sql) {
    return world.sync.count("SELECT count(*) FROM events WHERE id > " + std::to_string(last) + " AND " + sql);
  };
  CHECK(in_types("kind = 'type_changed' AND field = 'price_nanos'") == 20);
  CHECK(in_types("kind = 'type_changed' AND field = 'price_nanos' AND old = '4290000000' AND new = '3990000000' AND "
                 "subject_id LIKE '%-noSub-gpu_1x_h100_sxm5'") == 20);
  CHECK(
      in_types("kind = 'type_changed' AND field = 'memory_bytes' AND old = '463856467968' AND new = '498216206336' AND "
               "subject_id LIKE '%gpu_1x_gh200'") == 20);
  CHECK(in_types("kind = 'type_unlisted' AND subject_id LIKE '%gpu_8x_v100_n'") == 20);
  CHECK(in_types("kind = 'type_unlisted'") == 20);
  CHECK(in_types("kind = 'type_added' AND subject_id LIKE '%gpu_8x_b300_sxm6'") == 20);
  CHECK(in_types("kind = 'type_added'") == 20);
  CHECK(has(events, "type_changed us-southeast-1-noSub-gpu_8x_b200_sxm6 is_available 0>1"));
  CHECK(world.sync.count("SELECT count(*) FROM instance_types WHERE type = 'gpu_1x_a10' AND is_available = 1") == 0);
  CHECK(world.sync.count("SELECT count(*) FROM price_history WHERE to_ms IS NOT NULL") == 20);

  CHECK(has(events, "instance_changed 1b3d5f7a9c0e4b6d8f1a3c5e7092b4d6 status pending>running"));
  CHECK(has(events, "instance_ended 3d5f7b9c1e2a4d4fab6c8eaf2f4d6b81 status terminating>terminated"));
  CHECK(count_with(events, "instance_added") == 0);
  Reader reader = world.sync.reader();
  CHECK(fold_differences(reader) == std::vector<std::string>());
}

TEST_CASE("a poll that finds no change writes nothing but the sync state", "[daemon]") {
  World world;
  world.second_poll();
  world.sync.clock.advance(6min);
  const auto before = world.sync.count("SELECT max(id) FROM events");
  std::map<std::string, int> written;
  const auto hook = [](void* tables, int, const char*, const char* table, sqlite3_int64) {
    ++(*static_cast<std::map<std::string, int>*>(tables))[table];
  };
  world.sync.catalog.on_row_written(hook, &written);
  world.sync.clock.advance(std::chrono::hours(1));
  CHECK(written["listing"] > 100);
  CHECK(written["list"] <= 2);  // images are asked for once an hour
  written.erase("list");
  CHECK(written.size() == 1);
  CHECK(world.sync.count("SELECT max(id) FROM events") == before);
}

TEST_CASE("a restart on an unchanged cloud changes nothing", "[daemon]") {
  World world;
  const auto before = world.sync.count("SELECT max(id) FROM events");
  LambdaAccount again(world.sync.context);
  world.sync.start(*again.operator->());
  world.sync.clock.advance(11min);
  CHECK(world.sync.count("SELECT max(id) FROM events") == before);
}

TEST_CASE("a malformed row and a duplicate, for three polls: nobody dies", "[daemon]") {
  World world;
  std::string body = LambdaAccount::recorded("instances.json");
  const std::string id = "\"id\": \"0920582c7ff041399e34823a0be62549\"";
  const auto at = body.find(id);
  REQUIRE(at != std::string::npos);
  body.insert(at, "\"region\": 17, ");
  const auto list = body.find("[");
  body.insert(list + 1, R"({"id":"1b3d5f7a9c0e4b6d8f1a3c5e7092b4d6","status":"active","ssh_key_names":[]},)");
  world.account.http.reply("/instances", 200, body);
  const auto live = world.sync.count("SELECT count(*) FROM instances WHERE is_ended = 0");
  world.sync.clock.advance(60s);
  CHECK(world.sync.count("SELECT count(*) FROM instances WHERE is_ended = 0") == live);
  CHECK(world.sync.count("SELECT count(*) FROM events WHERE kind = 'row_rejected'") == 1);
  CHECK(world.sync.count("SELECT count(*) FROM events WHERE kind = 'duplicate_id'") == 1);
  CHECK(world.sync.count("SELECT count(*) FROM id_problems WHERE ended_at_ms IS NULL") == 2);
  CHECK(world.sync.count(
            "SELECT count(*) FROM events WHERE kind = 'row_rejected' AND detail LIKE '%jupyter%0920582c%'") == 0);
  CHECK(world.sync.count("SELECT count(*) FROM instances WHERE is_stale = 1 AND is_ended = 0") >= 2);
}

TEST_CASE("a body that is no list keeps every row and shows in the state", "[daemon]") {
  World world;
  const auto body = GENERATE(std::string("{\"data\":null}"), std::string("<html>"), std::string("{\"data\":["),
                             std::string(R"({"error":{"code":"x","message":"y"}})"));
  world.account.http.reply("/instances", 200, body);
  world.sync.clock.advance(60s);
  CHECK(world.sync.count("SELECT count(*) FROM instances") == 9);
  CHECK(world.sync.count(
            "SELECT count(*) FROM sync_states WHERE syncer = 'instances' AND failing_since_ms IS NOT NULL AND "
            "last_error_kind = 'service_unavailable'") == 1);
  CHECK(world.sync.count("SELECT count(*) FROM events WHERE kind = 'credential_failing'") == 1);
  world.account.http.reply("/instances", 200, LambdaAccount::recorded("instances.json"));
  world.sync.clock.advance(6min);
  CHECK(world.sync.count("SELECT count(*) FROM events WHERE kind = 'credential_recovered'") == 1);
}

}  // namespace tally::recorded_polls_test
