// Short scenes: a small world, one thing that happens, what must hold.
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>
#include <map>

#include "tests/fakes/fake_account.hpp"
#include "tests/fakes/fold.hpp"
#include "tests/fakes/rows.hpp"
#include "tests/fakes/sync_world.hpp"

namespace tally::scenes_test {
using namespace tally::fakes;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

ProviderDescription provider_of(ApiType api_type) {
  ProviderDescription provider;
  provider.name = provider.provider_id = "fake";
  provider.api_type = api_type;
  return provider;
}

Error error_of(Errc kind) {
  Error error;
  error.kind = kind;
  error.message = "an outage";
  return error;
}

/// Counts passes by syncer and how they ended.
class CountedPasses final : public WorkObserver {
 public:
  void see_poll(const std::string& credential, SyncerKind syncer, std::string_view result,
                std::chrono::nanoseconds) override {
    ++counts[credential + " " + std::string(to_string(syncer)) + " " + std::string(result)];
  }
  void see_request(const std::string&, std::string_view, int, bool, std::chrono::nanoseconds) override {}
  void see_probe(const std::string&, std::string_view, bool, std::chrono::nanoseconds) override {}
  void see_commit(std::chrono::nanoseconds) override {}
  void see_notification(const std::string&, std::string_view) override {}
  void see_reload(bool) override {}

  std::map<std::string, int> counts;
};

/// Each region sells one type and runs one machine.
struct Scene : SyncWorld {
  explicit Scene(std::vector<std::string> regions, ApiType api_type = ApiType::locational)
      : SyncWorld(provider_of(api_type), Timestamp(std::chrono::hours(480'000))) {
    spdlog::set_level(spdlog::level::off);
    for (const std::string& region : regions) {
      cloud.regions.rows.push_back(row(make_location(region)));
      cloud.types.rows.push_back(row(make_type(region, "t1")));
      cloud.machines.rows.push_back(row(make_instance("vm-" + region, region, "t1")));
    }
  }
  ~Scene() {
    stop();
    spdlog::set_level(spdlog::level::info);
  }
  /// Asks until everything has been listed.
  void begin() {
    start(cloud);
    clock.advance(10s);
  }
  void close(const std::string& region) {
    for (Row<Location>& location : cloud.regions.rows) {
      if (location->name != region) continue;
      Location closed = *location;
      closed.is_available = false;
      location = row(closed);
    }
  }
  void remove_machine(const std::string& id) {
    std::erase_if(cloud.machines.rows, [&](const Row<Instance>& one) { return one->cloud_id.str() == id; });
  }
  void fail(const std::string& call, const std::string& region, Errc kind, int times = FakeAccount::for_ever) {
    cloud.faults.push_back({call, region, error_of(kind), times});
  }
  void hang(const std::string& call, const std::string& region, int times = FakeAccount::for_ever) {
    cloud.faults.push_back({call, region, std::nullopt, times});
  }
  std::int64_t events(const std::string& kind, const std::string& subject = "%") {
    return count("SELECT count(*) FROM events WHERE kind = '" + kind + "' AND subject_id LIKE '" + subject + "'");
  }
  std::int64_t live() { return count("SELECT count(*) FROM instances WHERE is_ended = 0"); }
  std::string health() { return sql_text(reader().query("SELECT health FROM credentials").rows.at(0).at(0)); }
  std::vector<std::string> fold() {
    Reader view = reader();
    return fold_differences(view);
  }
  /// Runs it to its end.
  template <class T>
  T run(asio::awaitable<T> work) {
    std::optional<T> result;
    asio::co_spawn(context, std::move(work),
                   [&result](const std::exception_ptr&, T value) { result = std::move(value); });
    clock.run_ready();
    return result.value();
  }
  bool tell(InstanceNews news) { return run(syncer->tell(std::move(news))); }

  FakeAccount cloud;
};

std::vector<std::string> many_regions(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back("r" + std::to_string(100 + i));
  return names;
}

InstanceNews created(const std::string& listing, const std::string& id) {
  InstanceNews news;
  news.location = listing;
  news.what = row(make_instance(id, "east", "t1", LifecycleStatus::pending));
  return news;
}

InstanceNews gone(const std::string& region, const std::string& id) {
  InstanceNews news;
  news.location = region;
  news.what = InstanceGone{CloudId(id), "terminated by an operation"};
  return news;
}

}  // namespace

TEST_CASE("each pass is told to whoever counts, with how it ended", "[syncers]") {
  Scene scene({"east"});
  CountedPasses passes;
  scene.watch(passes);
  scene.begin();
  CHECK(passes.counts["cred instances success"] > 0);
  CHECK(passes.counts["cred instance_types success"] > 1);  // of the locations, too
  CHECK(passes.counts.size() == 2);
}

TEST_CASE("of thirty regions one hangs, one is forbidden, one answers garbage: the others are asked on time",
          "[syncers]") {
  Scene scene(many_regions(30));
  std::map<std::string, std::vector<TimePoint>> asked;
  scene.cloud.on_call = [&](const std::string& call, const std::string& region) {
    if (call == "instances") asked[region].push_back(scene.clock.now());
  };
  scene.begin();
  scene.hang("instances", "r100");
  scene.hang("types", "r100");
  scene.fail("instances", "r101", Errc::forbidden);
  scene.fail("types", "r102", Errc::service_unavailable);
  scene.fail("instances", "r102", Errc::service_unavailable);
  asked.clear();
  scene.clock.advance(10min);
  for (const std::string& region : many_regions(30)) {
    if (region <= "r102") continue;
    INFO(region);
    CHECK(asked[region].size() == 120);
    for (std::size_t i = 1; i < asked[region].size(); ++i) CHECK(asked[region][i] - asked[region][i - 1] == 5s);
  }
  CHECK(asked["r100"].size() < 20);
  CHECK(asked["r101"].size() <= 3);
  CHECK(scene.live() == 30);
  CHECK(scene.count("SELECT count(*) FROM sync_states WHERE failing_since_ms IS NOT NULL AND syncer = 'instances'") ==
        3);
  CHECK(scene.count("SELECT count(*) FROM sync_states WHERE skipped_ticks > 0 AND location > 'r102'") == 0);
  CHECK(scene.fold().empty());
}

TEST_CASE("five regions that hang delay nobody once they have been late", "[syncers]") {
  Scene scene(many_regions(12));
  scene.begin();
  for (int i = 0; i < 5; ++i) scene.hang("instances", "r10" + std::to_string(i));
  scene.clock.advance(3min);
  std::map<std::string, int> asked;
  scene.cloud.on_call = [&](const std::string& call, const std::string& region) { ++asked[call + " " + region]; };
  scene.clock.advance(5min);
  CHECK(asked["instances r111"] == 60);
  CHECK(asked["instances r105"] == 60);
}

TEST_CASE("a region that hung and answers again is asked as before", "[syncers]") {
  Scene scene({"east", "west"});
  scene.begin();
  scene.hang("instances", "west", 2);
  scene.clock.advance(3min);
  CHECK(scene.count("SELECT count(*) FROM sync_states WHERE failing_since_ms IS NOT NULL") == 0);
  const auto before = scene.cloud.calls["instances"];
  scene.clock.advance(1min);
  CHECK(scene.cloud.calls["instances"] == before + 24);
}

TEST_CASE("a region that is forbidden from the first attempt on is closed: one event, and no failure", "[syncers]") {
  Scene scene({"east", "west"});
  scene.fail("instances", "west", Errc::forbidden);
  scene.fail("types", "west", Errc::forbidden);
  scene.begin();
  scene.clock.advance(1h);
  CHECK(scene.events("location_forbidden", "west") == 1);
  CHECK(scene.events("credential_failing") == 0);
  CHECK(scene.health() != "failing");
  scene.start(scene.cloud);  // a restart says nothing new
  scene.clock.advance(10min);
  CHECK(scene.events("location_forbidden", "west") == 1);
  scene.cloud.faults.clear();
  scene.clock.advance(6min);
  CHECK(scene.events("problem_ended", "west") == 1);
  CHECK(scene.live() == 2);
}

TEST_CASE("a key that is forbidden in every region fails", "[syncers]") {
  Scene scene({"east", "west"});
  for (const char* region : {"east", "west"}) scene.fail("instances", region, Errc::forbidden);
  scene.begin();
  scene.clock.advance(1min);
  CHECK(scene.events("credential_failing") == 1);
}

TEST_CASE("a region that is forbidden after it has answered fails, and keeps its rows", "[syncers]") {
  Scene scene({"east", "west"});
  scene.begin();
  scene.fail("instances", "west", Errc::forbidden);
  scene.clock.advance(1min);
  CHECK(scene.events("credential_failing") == 1);
  CHECK(scene.events("location_forbidden") == 0);
  CHECK(scene.live() == 2);
}

TEST_CASE("a region that closes is asked for its instances until they have ended", "[syncers]") {
  Scene scene({"east", "west"});
  scene.begin();
  scene.close("west");
  scene.clock.advance(2min);
  const auto count = [&](const std::string& wanted) {
    int asked = 0;
    scene.cloud.on_call = [&](const std::string& call, const std::string& region) {
      asked += call + " " + region == wanted;
    };
    scene.clock.advance(1min);
    scene.cloud.on_call = nullptr;
    return asked;
  };
  CHECK(count("types west") == 0);
  CHECK(count("instances west") == 12);
  scene.remove_machine("vm-west");
  scene.clock.advance(3min);
  CHECK(scene.events("instance_ended", "vm-west") == 1);
  CHECK(count("instances west") == 0);
  CHECK(count("instances east") == 12);
}

TEST_CASE("a region that opens is asked soon after it is listed", "[syncers]") {
  Scene scene({"east"});
  scene.begin();
  scene.cloud.regions.rows.push_back(row(make_location("west")));
  scene.cloud.machines.rows.push_back(row(make_instance("new", "west", "t1")));
  scene.clock.advance(65s);
  CHECK(scene.live() == 2);
}

TEST_CASE("a list of locations that fails keeps no region from being asked", "[syncers]") {
  Scene scene({"east", "west"});
  scene.begin();
  scene.fail("locations", "", Errc::service_unavailable);
  const auto before = scene.cloud.calls["instances"];
  scene.clock.advance(10min);
  CHECK(scene.cloud.calls["instances"] == before + 240);
}

TEST_CASE("what a create answered is known at once, and young", "[syncers]") {
  Scene scene({"east"}, ApiType::global);
  scene.begin();
  CHECK(scene.tell(created("", "new")));
  CHECK(scene.state->known().instances->find(CloudId("new")) != nullptr);
  CHECK(scene.count("SELECT count(*) FROM instances WHERE cloud_id = 'new' AND is_ended = 0") == 1);
  scene.clock.advance(40s);  // the listing does not have it yet
  CHECK(scene.events("instance_ended", "new") == 0);
  scene.clock.advance(1min);
  CHECK(scene.events("instance_ended", "new") == 1);
  CHECK(scene.events("instance_added", "new") == 1);
  CHECK(scene.fold().empty());
}

TEST_CASE("what is told while the catalog fails is not known, and the next listing brings it", "[syncers]") {
  Scene scene({"east"}, ApiType::global);
  scene.begin();
  bool refuses = true;
  scene.catalog.on_commit([](void* flag) { return *static_cast<bool*>(flag) ? 1 : 0; }, &refuses);
  scene.cloud.machines.rows.push_back(row(make_instance("new", "east", "t1")));
  CHECK_FALSE(scene.tell(created("", "new")));
  CHECK(scene.state->known().instances->find(CloudId("new")) == nullptr);
  refuses = false;
  scene.clock.advance(6s);
  CHECK(scene.live() == 2);
  CHECK(scene.events("instance_added", "new") == 1);
}

TEST_CASE("a deletion is known at once, and a listing that began before does not undo it", "[syncers]") {
  Scene scene({"east"});
  scene.begin();
  CHECK(scene.tell(gone("east", "vm-east")));
  CHECK(scene.live() == 0);
  scene.remove_machine("vm-east");
  scene.clock.advance(1min);
  CHECK(scene.events("instance_ended", "vm-east") == 1);
  CHECK(scene.tell(gone("east", "vm-east")));  // told again: nothing
  CHECK(scene.events("instance_ended", "vm-east") == 1);
  CHECK(scene.fold().empty());
}

TEST_CASE("who waits for a list that began after now gets it by a poke, and not an older one", "[syncers]") {
  Scene scene({"east"});
  scene.begin();
  scene.fail("instances", "east", Errc::service_unavailable, 3);
  scene.clock.advance(1min);
  scene.hang("instances", "east", 1);
  const TimePoint now = scene.clock.now();
  CHECK_FALSE(scene.run(scene.syncer->is_listed_since("east", now, now)));
  scene.cloud.faults.clear();
  std::optional<bool> listed;
  asio::co_spawn(scene.context, scene.syncer->is_listed_since("east", now, now + 1min),
                 [&listed](const std::exception_ptr&, bool is) { listed = is; });
  scene.clock.run_ready();
  CHECK_FALSE(listed);
  scene.clock.advance(1ms);
  scene.syncer->poke("east");
  scene.clock.run_ready();
  CHECK(listed == true);
}

TEST_CASE("a failure of one region's types unlists nothing, there or elsewhere", "[syncers]") {
  Scene scene({"east", "west"});
  scene.begin();
  scene.fail("types", "west", Errc::service_unavailable);
  std::erase_if(scene.cloud.types.rows, [](const auto& type) { return type->location == "west"; });
  scene.clock.advance(10min);
  CHECK(scene.count("SELECT count(*) FROM instance_types WHERE is_listed = 1") == 2);
  CHECK(scene.events("type_unlisted") == 0);
}

TEST_CASE("a region that is gone unlists its types, and an answer that began before does not list them again",
          "[syncers]") {
  Scene scene({"east", "west"});
  scene.begin();
  scene.cloud.regions.rows.pop_back();
  scene.clock.advance(4min);
  CHECK(scene.events("type_unlisted", "west%") == 1);
  scene.clock.advance(10min);
  CHECK(scene.events("type_relisted") == 0);
  CHECK(scene.count("SELECT count(*) FROM instance_types WHERE is_listed = 1") == 1);
}

TEST_CASE("an outage of one call is over with the next one", "[syncers]") {
  Scene scene({"east"});
  scene.begin();
  scene.fail("instances", "east", Errc::service_unavailable, 1);
  scene.clock.advance(30s);
  CHECK(scene.events("credential_failing") == 1);
  CHECK(scene.events("credential_recovered") == 1);
  CHECK(scene.live() == 1);
}

TEST_CASE("an unchanged cloud of many regions writes no rows", "[syncers]") {
  Scene scene(many_regions(30));
  scene.begin();
  scene.clock.advance(2min);
  const auto events = scene.count("SELECT max(id) FROM events");
  bool has_written = false;
  scene.catalog.on_row_written(
      [](void* flag, int, const char*, const char* table, long long) {
        if (std::string_view(table) != "listing") *static_cast<bool*>(flag) = true;
      },
      &has_written);
  scene.clock.advance(30min);
  CHECK_FALSE(has_written);
  CHECK(scene.count("SELECT max(id) FROM events") == events);
}

namespace {

/// How many rows a version does not share with another.
template <class Known>
std::size_t rows_copied(const KnownRows<Known>& before, const KnownRows<Known>& after) {
  std::size_t copied = 0;
  for (const auto& [key, listing] : after.listings()) {
    if (listing != before.share(key)) copied += listing->size();
  }
  return copied;
}

}  // namespace

TEST_CASE("a change in one of thirty regions copies no other region's rows", "[syncers]") {
  Scene scene(many_regions(30));
  scene.begin();
  scene.clock.advance(2min);
  const KnownAccount before = scene.state->known();
  REQUIRE(before.types->size() == 30);
  scene.cloud.types.rows[7] = row(make_type("r107", "t1", 500));
  scene.clock.advance(2min);
  CHECK(rows_copied(*before.types, *scene.state->known().types) == 1);
  CHECK(scene.state->known().instances == before.instances);
  scene.remove_machine("vm-r109");
  scene.clock.advance(2min);
  CHECK(rows_copied(*before.types, *scene.state->known().types) == 1);
  CHECK(rows_copied(*before.instances, *scene.state->known().instances) == 1);
}

TEST_CASE("a machine that two regions list stays that of the first, and the other's claim is told", "[syncers]") {
  Scene scene({"east", "west"});
  scene.begin();
  scene.clock.advance(2min);
  scene.cloud.machines.rows.push_back(row(make_instance("vm-east", "west", "t1", LifecycleStatus::stopped)));
  scene.clock.advance(1min);
  CHECK(scene.events("duplicate_id", "vm-east") == 1);
  CHECK(scene.count("SELECT count(*) FROM instances WHERE cloud_id = 'vm-east' AND location = 'east' AND status = "
                    "'running'") == 1);
  std::erase_if(scene.cloud.machines.rows, [](const auto& one) { return one->location == "east"; });
  scene.clock.advance(1min);  // the owner loses it
  CHECK(scene.events("instance_ended", "vm-east") == 1);
  CHECK(scene.events("id_changed", "vm-east") == 1);
  scene.start(scene.cloud);  // a restart says nothing new
  scene.clock.advance(1min);
  CHECK(scene.events("id_changed", "vm-east") == 1);
  scene.cloud.machines.rows.push_back(row(make_instance("vm-east", "east", "t1")));
  scene.clock.advance(1min);  // and has it again
  CHECK(scene.live() == 2);
  CHECK(scene.events("duplicate_id", "vm-east") == 2);
  CHECK(scene.fold().empty());
}

TEST_CASE("a stop while a region hangs is over at once", "[syncers]") {
  Scene scene({"east", "west"});
  scene.begin();
  scene.hang("instances", "west");
  scene.clock.advance(10s);
  scene.stop();
  CHECK(scene.clock.sleeper_count() == 0);
}

}  // namespace tally::scenes_test
