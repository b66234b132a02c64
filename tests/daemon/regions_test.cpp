// One account in three regions of FluidStack, of which one is dead and one slow, and one in thirty of AWS, of which
// four are not well: nobody else is later for it. And AWS without its price list.
#include <catch2/catch.hpp>

#include "store/housekeeper.hpp"
#include "tests/daemon/provider_cloud.hpp"
#include "tests/daemon/recorded_aws.hpp"
#include "tests/daemon/world_site.hpp"
#include "tests/fakes/manual_clock.hpp"

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

/// An account at AWS on virtual time.
struct AwsWorld {
  AwsWorld(int regions, std::chrono::seconds instance_interval) {
    AwsSite::tell(catalog, clock.wall_now());
    tasks.spawn("writer", writer.run());
    site = std::make_unique<AwsSite>(aws_regions(regions), instance_interval, catalog, writer, clock,
                                     loop.get_executor(), tasks);
  }
  ~AwsWorld() {
    tasks.cancel();
    clock.run_ready();
  }
  AwsWorld(const AwsWorld&) = delete;
  AwsWorld& operator=(const AwsWorld&) = delete;

  std::int64_t number(const std::string& sql) const {
    const auto rows = Reader(directory / "catalog.db").query(sql).rows;
    return rows.empty() ? -1 : std::get<std::int64_t>(rows.at(0).at(0));
  }

  TemporaryDirectory directory;
  boost::asio::io_context loop;
  ManualClock clock{loop, Timestamp(std::chrono::sys_days(std::chrono::year(2027) / 1 / 1))};
  Catalog catalog{directory / "catalog.db"};
  CatalogWriter writer{catalog, loop.get_executor(), loop.get_executor(), clock};
  Tasks tasks{loop.get_executor(), nullptr};
  std::unique_ptr<AwsSite> site;
};

}  // namespace

TEST_CASE("of thirty regions of AWS one is forbidden, one slow, one silent, one throttled: no other is late for it",
          "[daemon]") {
  using Mood = RecordedAws::Mood;
  AwsWorld world(30, AwsSite::description.instance_interval);
  const std::map<std::string, Mood> moods = {{"aa-north-3", Mood::forbidden},
                                             {"aa-north-12", Mood::slow},
                                             {"aa-north-13", Mood::silent},
                                             {"aa-north-21", Mood::throttled}};
  world.site->http.moods = moods;
  world.site->start();
  world.clock.advance(20min);
  const std::int64_t now = world.clock.wall_now().time_since_epoch() / 1ms;
  for (const std::string& region : aws_regions(30)) {
    CAPTURE(region);
    const auto mood = moods.find(region);
    const bool is_well = mood == moods.end();
    const bool answers = is_well || mood->second == Mood::slow;
    const int asked = world.site->http.asked[{"DescribeInstances", region}];
    for (const std::string syncer : {"instances", "instance_types"}) {
      CAPTURE(syncer);
      const std::string of = state_of(syncer, region);
      const std::chrono::seconds interval =
          syncer == "instances" ? AwsSite::description.instance_interval : AwsSite::description.instance_type_interval;
      if (answers) {
        const std::chrono::seconds more = is_well ? 1s : 8 * RecordedAws::slow_answer;  // a type pass asks eight times
        CHECK(world.number("SELECT last_success_at_ms" + of) > now - (interval + more) / 1ms);
        CHECK(world.number("SELECT count(failing_since_ms)" + of) == 0);
      } else {
        CHECK(world.number("SELECT count(last_success_at_ms)" + of) == 0);
        CHECK(world.number("SELECT count(failing_since_ms)" + of) == 1);
      }
      if (is_well) CHECK(world.number("SELECT skipped_ticks" + of) == 0);
    }
    if (is_well) CHECK(asked >= 20 * 12 - 2);
    if (!answers) CHECK(asked <= 45);  // what it is asked for is asked less and less
    const bool has_machine = world.number("SELECT count(*) FROM instances WHERE location = '" + region + "'") == 1;
    CHECK(has_machine == answers);
  }
}

TEST_CASE("while AWS's prices cannot be had for two days the last ones hold, and nothing else is late for it",
          "[daemon]") {
  AwsWorld world(1, 5min);
  RecordedAws& aws = world.site->http;
  const std::string of_p4d = " WHERE instance_type_id = 'aa-north-1-aa-north-1a-p4d.24xlarge'";
  const std::string price = "SELECT price_nanos FROM instance_type_prices" + of_p4d + " AND usage_class = 'on-demand'";
  world.site->start();
  world.clock.advance(10min);
  CHECK(world.number(price) == 21'957'642'000);
  aws.has_prices = false;
  const auto asked = [&] { return aws.asked[{"GetProducts", "aa-north-1"}]; };
  const int before = asked();
  world.clock.advance(23h);
  CHECK(asked() == before);  // the list is of today
  world.clock.advance(25h);
  CHECK(asked() > before + 20);
  CHECK(asked() <= before + 25 * 4 + 1);
  CHECK(world.number(price) == 21'957'642'000);
  CHECK(world.number("SELECT is_available FROM instance_types" + of_p4d) == 1);
  CHECK(world.number("SELECT count(*) FROM price_history" + of_p4d + " AND usage_class = 'on-demand'") == 1);
  CHECK(world.number("SELECT count(*) FROM events WHERE kind = 'odd_field'") == 1);
  const std::int64_t now = world.clock.wall_now().time_since_epoch() / 1ms;
  CHECK(world.number("SELECT last_success_at_ms" + state_of("instance_types", "aa-north-1")) > now - 301'000);
  CHECK(world.number("SELECT count(failing_since_ms)" + state_of("instance_types", "aa-north-1")) == 0);
  aws.has_prices = true;
  aws.price_of_p4d = "20.0000000000";
  world.clock.advance(30min);
  CHECK(world.number(price) == 20'000'000'000);
  CHECK(world.number("SELECT count(*) FROM price_history" + of_p4d + " AND usage_class = 'on-demand'") == 2);
}

TEST_CASE("a dead region of FluidStack and a slow one make no other one late, on virtual time", "[daemon]") {
  const TemporaryDirectory directory;
  boost::asio::io_context loop;
  ManualClock clock(loop, Timestamp(std::chrono::hours(24 * 365 * 56)));
  Catalog catalog(directory / "catalog.db");
  CatalogWriter writer(catalog, loop.get_executor(), loop.get_executor(), clock);
  Tasks tasks(loop.get_executor(), nullptr);
  tasks.spawn("writer", writer.run());
  const Provider& provider = *find_provider("fluidstack");
  CredentialRecord record;
  record.ref = ref_of(provider, 1);
  record.provider_id = provider.description.provider_id;
  record.api_type = provider.description.api_type;
  catalog.set_credentials({record}, clock.wall_now());
  WorldSite site(provider, 1, catalog, writer, clock, loop.get_executor(), tasks, 3);
  site.http.mood_of_part = {{path_of(dead), Mood::silent}, {path_of(slow), Mood::slow}};
  site.start();
  clock.advance(1h);
  tasks.cancel();
  clock.run_ready();

  Reader reader(directory / "catalog.db");
  const std::int64_t now = clock.wall_now().time_since_epoch() / 1ms;
  const auto number = [&reader](const std::string& column, const std::string& of) {
    const auto value = reader.query("SELECT coalesce(" + column + ", 0)" + of).rows.at(0).at(0);
    return std::get<std::int64_t>(value);
  };
  for (const std::string syncer : {"instances", "instance_types"}) {
    CAPTURE(syncer);
    const std::chrono::seconds interval =
        syncer == "instances" ? provider.description.instance_interval : provider.description.instance_type_interval;
    CHECK(number("skipped_ticks", state_of(syncer, well)) == 0);
    CHECK(number("last_success_at_ms", state_of(syncer, well)) > now - 2 * (interval / 1ms));
    CHECK(number("failing_since_ms", state_of(syncer, well)) == 0);
    CHECK(number("last_success_at_ms", state_of(syncer, dead)) == 0);
    CHECK(number("failing_since_ms", state_of(syncer, dead)) != 0);
    CHECK(number("last_success_at_ms", state_of(syncer, slow)) > now - (interval + 6 * slow_answer) / 1ms);
    CHECK(number("failing_since_ms", state_of(syncer, slow)) == 0);
  }
  CHECK(site.http.asked[path_of(well) + "instances"] >= 60 * 12 - 2);
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

}  // namespace tally::regions_test
