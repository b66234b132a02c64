// The recorded replies of Shadeform through provider, syncers and catalog, on virtual time: what the second poll
// changes, and that the same poll again changes nothing.
#include <spdlog/spdlog.h>

#include <catch2/catch.hpp>

#include "tests/fakes/fold.hpp"
#include "tests/fakes/sync_world.hpp"
#include "tests/providers/recorded_account.hpp"

namespace tally::recorded_shadeform_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

/// 2026-08-22, a day after the replies were made.
const Timestamp august = Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 8 / 22));

struct World {
  const Provider& provider = *find_provider("shadeform");
  SyncWorld sync{provider.description, august};
  RecordedAccount account{provider, sync.context};

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
    account.http.reply("/instances/types", 200, account.file("instances_types_poll2.json"));
    account.http.reply("/instances", 200, account.file("instances_poll2.json"));
    sync.clock.advance(70s);
  }
};

}  // namespace

TEST_CASE("a first poll of Shadeform fills the catalog, every instance linked to its type where there is one",
          "[daemon]") {
  World world;
  CHECK(world.sync.count("SELECT count(*) FROM instance_types") == 308);
  CHECK(world.sync.count("SELECT count(*) FROM instance_types WHERE is_available = 1") == 167);
  CHECK(world.sync.count("SELECT count(*) FROM locations") == 67);
  CHECK(world.sync.count("SELECT count(*) FROM locations WHERE country IS NULL") == 0);
  CHECK(world.sync.count("SELECT count(*) FROM instances") == 10);
  CHECK(world.sync.count("SELECT count(*) FROM instances WHERE is_ours = 0") == 2);
  CHECK(world.sync.count("SELECT count(*) FROM instances WHERE instance_type_id IS NULL") == 0);
  CHECK(world.sync.count("SELECT count(*) FROM instances JOIN instance_types USING (credential, instance_type_id)") ==
        10 - world.sync.count("SELECT count(*) FROM id_problems WHERE kind = 'unknown_type_id'"));
  CHECK(world.sync.count("SELECT count(DISTINCT provider) FROM instance_types") == 1);
  CHECK(world.sync.count("SELECT count(DISTINCT cloud) FROM instance_types") > 10);
  Reader reader = world.sync.reader();
  CHECK(fold_differences(reader) == std::vector<std::string>());
}

TEST_CASE("a second poll of Shadeform gives exactly its changes and their history", "[daemon]") {
  World world;
  const auto last = world.sync.count("SELECT max(id) FROM events");
  world.second_poll();
  const auto in_events = [&](const std::string& sql) {
    return world.sync.count("SELECT count(*) FROM events WHERE id > " + std::to_string(last) + " AND " + sql);
  };
  CHECK(in_events("kind = 'type_changed' AND field = 'price_nanos' AND old = '570000000' AND new = '610000000' AND "
                  "subject_id LIKE 'massedcompute_A6000\\_%' ESCAPE '\\'") == 2);
  CHECK(in_events("kind = 'type_changed' AND field = 'price_nanos' AND old = '4900000000' AND new = '4750000000'") > 0);
  CHECK(in_events("kind = 'type_changed' AND field = 'price_nanos' AND old = '5990000000' AND new = '6000000000'") > 0);
  CHECK(in_events("kind = 'type_changed' AND field = 'is_available' AND new = '0' AND subject_id LIKE "
                  "'massedcompute_H100%'") > 0);
  CHECK(in_events("kind = 'type_changed' AND field = 'is_available' AND new = '1' AND subject_id = "
                  "'nebius_H200_sxm5_kansascity-usa-3'") == 1);
  CHECK(in_events("kind = 'type_added' AND subject_id = 'massedcompute_L40S_wichita-usa-1'") == 1);
  CHECK(in_events("kind = 'type_added' AND subject_id LIKE 'verda_B300%'") > 0);
  CHECK(in_events("kind = 'type_unlisted' AND subject_id = 'scaleway_L4_paris-france-1'") == 1);
  CHECK(in_events("kind = 'type_unlisted' AND subject_id LIKE 'evergreen_RTX4090x8%'") > 0);
  CHECK(in_events("kind = 'type_changed' AND field = 'memory_bytes' AND old = '24000000000' AND new = '32000000000'") >
        0);
  CHECK(in_events("kind = 'type_changed' AND field = 'attributes'") > 0);
  CHECK(in_events("kind = 'id_changed'") == 0);
  Reader reader = world.sync.reader();
  CHECK(fold_differences(reader) == std::vector<std::string>());

  const auto settled = world.sync.count("SELECT max(id) FROM events");
  world.sync.clock.advance(10min);
  CHECK(world.sync.count("SELECT count(*) FROM events WHERE id > " + std::to_string(settled) +
                         " AND kind <> 'location_unlisted' AND kind <> 'instance_ended'") == 0);
}

}  // namespace tally::recorded_shadeform_test
