// One account in three regions of FluidStack, of which one is dead and one slow, and one in thirty of AWS, of which
// four are not well: nobody else is later for it. AWS without its price list. And thirty regions over real sockets.
#include <catch2/catch.hpp>
#include <set>

#include "simcloud/catalog.hpp"
#include "tests/daemon/provider_cloud.hpp"
#include "tests/daemon/recorded_aws.hpp"
#include "tests/daemon/world_site.hpp"

namespace tally::regions_test {
using namespace fakes;
using namespace std::chrono_literals;

namespace {

const std::string dead = "us-east-1";
const std::string slow = "us-south-1";
const std::string well = "us-west-1";

std::string path_of(const std::string& region) { return "/regions/" + region + "/"; }

std::string state_of(const std::string& syncer, const std::string& region) {
  return " FROM sync_states WHERE syncer = '" + syncer + "' AND location = '" + region + "'";
}

/// "aa-north-1" to "aa-north-30"
std::vector<std::string> aws_regions(int count) {
  std::vector<std::string> names;
  for (int i = 1; i <= count; ++i) names.push_back("aa-north-" + std::to_string(i));
  return names;
}

const std::string hanging = "sim-20";  // of the simulated cloud's thirty
const std::string forbidden = "sim-21";
const std::string garbled = "sim-22";
const std::string is_broken = "location IN ('" + hanging + "', '" + forbidden + "', '" + garbled + "')";

/// The other regions of the thirty.
std::set<std::string> sound_regions() {
  std::set<std::string> names;
  for (const simcloud::Region& region : simcloud::make_regions(30)) names.insert(region.name);
  for (const std::string& broken : {hanging, forbidden, garbled}) names.erase(broken);
  return names;
}

void break_regions(const ProviderCloud& site) {
  site.fault({{"kind", "hang"}, {"path", path_of(hanging)}, {"count", -1}});
  site.fault({{"kind", "status"},
              {"path", path_of(forbidden)},
              {"count", -1},
              {"status", 403},
              {"body", R"({"error":{"code":"forbidden","message":"no"}})"}});
  site.fault({{"kind", "bad_json"}, {"path", path_of(garbled)}, {"count", -1}});
}

/// Once each sound region has been asked for its instances so many more times than `before`.
void await_polls(const ProviderCloud& site, const boost::json::object& before, int more) {
  for (const std::string& region : sound_regions()) {
    const std::string path = "/v1" + path_of(region) + "instances";
    const auto* asked = before.if_contains(path);
    await_count(site.cloud, "counters", path, (asked == nullptr ? 0 : asked->to_number<int>()) + more);
  }
}

/// "sim-12 5d1a7c40…": what runs where, in the sound regions.
std::set<std::string> machines_of(const ProviderCloud& site) {
  const std::set<std::string> sound = sound_regions();
  std::set<std::string> machines;
  const boost::json::value truth = look(site.cloud, "truth");
  for (const boost::json::value& machine : truth.at("instances").as_array()) {
    const std::string region(machine.at("region").as_string());
    if (sound.contains(region)) machines.insert(region + " " + std::string(machine.at("id").as_string()));
  }
  return machines;
}
std::set<std::string> machines_known(const ProviderCloud& site) {
  std::set<std::string> machines;
  Reader reader(site.state / "catalog.db");
  for (const auto& row : reader.query("SELECT location || ' ' || cloud_id FROM instances WHERE is_ended = 0").rows) {
    machines.insert(sql_text(row.at(0)));
  }
  return machines;
}

}  // namespace

TEST_CASE("of thirty regions of AWS one is forbidden, one slow, one silent, one throttled: no other is late for it",
          "[daemon]") {
  AwsSite site(aws_regions(30), AwsSite::description.instance_interval);
  const std::map<std::string, Mood> moods = {{"aa-north-3", Mood::forbidden},
                                             {"aa-north-12", Mood::slow},
                                             {"aa-north-13", Mood::silent},
                                             {"aa-north-21", Mood::throttled}};
  site.aws().moods = moods;
  site.start();
  site.advance(20min);
  const std::int64_t now = site.now_ms();
  for (const std::string& region : aws_regions(30)) {
    CAPTURE(region);
    const auto mood = moods.find(region);
    const bool is_well = mood == moods.end();
    const bool answers = is_well || mood->second == Mood::slow;
    const int asked = site.aws().asked[{"DescribeInstances", region}];
    for (const std::string syncer : {"instances", "instance_types"}) {
      CAPTURE(syncer);
      const std::string of = state_of(syncer, region);
      const std::chrono::seconds interval =
          syncer == "instances" ? AwsSite::description.instance_interval : AwsSite::description.instance_type_interval;
      if (answers) {
        const std::chrono::seconds more = is_well ? 1s : 8 * slow_answer;  // a type pass asks eight times
        CHECK(site.number("SELECT last_success_at_ms" + of) > now - (interval + more) / 1ms);
        CHECK(site.number("SELECT count(failing_since_ms)" + of) == 0);
      } else {
        CHECK(site.number("SELECT count(last_success_at_ms)" + of) == 0);
        CHECK(site.number("SELECT count(failing_since_ms)" + of) == 1);
      }
      if (is_well) CHECK(site.number("SELECT skipped_ticks" + of) == 0);
    }
    if (is_well) CHECK(asked >= 20 * 12 - 2);
    if (!answers) CHECK(asked <= 45);  // what it is asked for is asked less and less
    const bool has_machine = site.number("SELECT count(*) FROM instances WHERE location = '" + region + "'") == 1;
    CHECK(has_machine == answers);
  }
}

TEST_CASE("while AWS's prices cannot be had for two days the last ones hold, and nothing else is late for it",
          "[daemon]") {
  AwsSite site(aws_regions(1), 5min);
  RecordedAws& aws = site.aws();
  const std::string of_p4d = " WHERE instance_type_id = 'aa-north-1-aa-north-1a-p4d.24xlarge'";
  const std::string price = "SELECT price_nanos FROM instance_type_prices" + of_p4d + " AND usage_class = 'on-demand'";
  site.start();
  site.advance(10min);
  CHECK(site.number(price) == 21'957'642'000);
  aws.has_prices = false;
  const auto asked = [&] { return aws.asked[{"GetProducts", "aa-north-1"}]; };
  const int before = asked();
  site.advance(23h);
  CHECK(asked() == before);  // the list is of today
  site.advance(25h);
  CHECK(asked() > before + 20);
  CHECK(asked() <= before + 25 * 4 + 1);
  CHECK(site.number(price) == 21'957'642'000);
  CHECK(site.number("SELECT is_available FROM instance_types" + of_p4d) == 1);
  CHECK(site.number("SELECT count(*) FROM price_history" + of_p4d + " AND usage_class = 'on-demand'") == 1);
  CHECK(site.number("SELECT count(*) FROM events WHERE kind = 'odd_field'") == 1);
  const std::int64_t now = site.now_ms();
  CHECK(site.number("SELECT last_success_at_ms" + state_of("instance_types", "aa-north-1")) > now - 301'000);
  CHECK(site.number("SELECT count(failing_since_ms)" + state_of("instance_types", "aa-north-1")) == 0);
  aws.has_prices = true;
  aws.price_of_p4d = "20.0000000000";
  site.advance(30min);
  CHECK(site.number(price) == 20'000'000'000);
  CHECK(site.number("SELECT count(*) FROM price_history" + of_p4d + " AND usage_class = 'on-demand'") == 2);
}

TEST_CASE("a dead region of FluidStack and a slow one make no other one late, on virtual time", "[daemon]") {
  const WorldAccount account(*find_provider("fluidstack"), 1, 3);
  WorldSite site({account});
  WorldHttp& cloud = site.cloud(account);
  cloud.mood_of_part = {{path_of(dead), Mood::silent}, {path_of(slow), Mood::slow}};
  site.start();
  site.advance(1h);
  site.stop();

  const std::int64_t now = site.now_ms();
  const auto number = [&site](const std::string& column, const std::string& of) {
    return site.number("SELECT coalesce(" + column + ", 0)" + of);
  };
  for (const std::string syncer : {"instances", "instance_types"}) {
    CAPTURE(syncer);
    const std::chrono::seconds interval =
        syncer == "instances" ? account.description.instance_interval : account.description.instance_type_interval;
    CHECK(number("skipped_ticks", state_of(syncer, well)) == 0);
    CHECK(number("last_success_at_ms", state_of(syncer, well)) > now - 2 * (interval / 1ms));
    CHECK(number("failing_since_ms", state_of(syncer, well)) == 0);
    CHECK(number("last_success_at_ms", state_of(syncer, dead)) == 0);
    CHECK(number("failing_since_ms", state_of(syncer, dead)) > 0);
    CHECK(number("last_success_at_ms", state_of(syncer, slow)) > now - (interval + 6 * slow_answer) / 1ms);
    CHECK(number("failing_since_ms", state_of(syncer, slow)) == 0);
  }
  CHECK(cloud.answered[path_of(well) + "instances"] >= 60 * 12 - 2);
}

TEST_CASE("a dead region of FluidStack and a slow one keep no other one waiting, over real sockets", "[daemon]") {
  const ProviderCloud site("fluidstack");
  site.fault({{"kind", "hang"}, {"path", path_of(dead)}, {"count", -1}});
  site.fault({{"kind", "latency"}, {"path", path_of(slow)}, {"ms", 1500}, {"count", -1}});
  Process daemon(site.daemon());
  site.await("count(*) = 1 FROM sync_states WHERE syncer = 'instances' AND location = '" + slow +
             "' AND last_success_at_ms IS NOT NULL");
  const std::string path = "/api/v1alpha1" + path_of(well) + "instances";
  await_count(site.cloud, "counters", path.c_str(), 10);
  // The catalog has what came of an answer a while after the cloud has been asked.
  site.await("count(*) = 1" + state_of("instance_types", well) + " AND last_success_at_ms IS NOT NULL");
  site.await("count(*) = 1" + state_of("instances", well) + " AND last_success_at_ms IS NOT NULL");
  CHECK(site.text("SELECT count(failing_since_ms)" + state_of("instances", well)) == "0");
  CHECK(site.text("SELECT count(last_success_at_ms)" + state_of("instances", dead)) == "0");
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
}

TEST_CASE("of thirty regions one hangs, one is forbidden and one answers garbage: all others go on, over real sockets",
          "[daemon]") {
  const ProviderCloud site("template", 30, 120);
  break_regions(site);
  Process daemon(site.daemon());
  await_polls(site, {}, 3);
  const std::string listings = " FROM sync_states WHERE location <> '' AND syncer IN ('instances', 'instance_types')";
  site.await("count(*) = 2 * 27" + listings + " AND NOT " + is_broken +
             " AND last_success_at_ms IS NOT NULL AND failing_since_ms IS NULL");
  site.await("count(*) = 2 * 3" + listings + " AND " + is_broken +
             " AND last_success_at_ms IS NULL AND failing_since_ms IS NOT NULL");
  site.await("count(*) = 1 FROM problems WHERE kind = 'location_forbidden' AND ended_at_ms IS NULL");
  CHECK(site.text("SELECT subject_id FROM problems WHERE kind = 'location_forbidden'") == forbidden);
  CHECK(machines_known(site) == machines_of(site));
  CHECK(site.text("SELECT count(DISTINCT location) FROM instance_types") == "27");
  // All that is broken has come to light: it keeps nobody from being asked on.
  await_polls(site, look(site.cloud, "counters").as_object(), 3);
  CHECK(site.text("SELECT count(last_success_at_ms)" + listings + " AND " + is_broken) == "0");
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
}

}  // namespace tally::regions_test
