// One account in three regions of FluidStack, of which one is dead and one slow: nobody else is later for it.
#include <catch2/catch.hpp>

#include "store/housekeeper.hpp"
#include "tests/daemon/provider_cloud.hpp"
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

}  // namespace

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
  CHECK(site.text("SELECT count(*)" + state_of("instances", well) + " AND failing_since_ms IS NULL") == "1");
  CHECK(site.text("SELECT count(*)" + state_of("instance_types", well) + " AND last_success_at_ms IS NOT NULL") == "1");
  CHECK(site.text("SELECT count(last_success_at_ms)" + state_of("instances", dead)) == "0");
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
}

}  // namespace tally::regions_test
