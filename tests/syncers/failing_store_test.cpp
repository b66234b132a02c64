// An hour of both syncers over a catalog that refuses one commit, or all for a while: afterwards the tally is the
// cloud's, its events fold to it, and nobody was ended who was not gone. Which commit it is goes over all that a whole
// hour makes; [.all] takes each of them.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>

#include "tests/fakes/fake_account.hpp"
#include "tests/fakes/fold.hpp"
#include "tests/fakes/money.hpp"
#include "tests/fakes/rows.hpp"
#include "tests/fakes/sync_world.hpp"

namespace tally::failing_store_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

ProviderDescription provider_of(ApiType api_type) {
  ProviderDescription provider;
  provider.name = provider.provider_id = "fake";
  provider.api_type = api_type;
  return provider;
}

std::optional<Error> failure(Errc kind) {
  Error error;
  error.kind = kind;
  error.message = "an outage";
  return error;
}

/// Counts the catalog's commits, knows which of them only said how listings are doing, and refuses some.
class Refusal {
 public:
  explicit Refusal(Catalog& catalog) {
    catalog.on_commit([](void* self) { return static_cast<Refusal*>(self)->on_commit(); }, this);
    catalog.on_row_written(
        [](void* self, int, const char*, const char* table, long long) {
          if (std::string_view(table) != "listing") static_cast<Refusal*>(self)->is_change_ = true;
        },
        this);
  }

  std::size_t first = SIZE_MAX;  // the first commit that is refused, counted from 0
  std::size_t last = SIZE_MAX;   // and the last
  std::vector<bool> changes;     // of each commit: whether it was more than a heartbeat

 private:
  int on_commit() {
    const std::size_t number = changes.size();
    changes.push_back(std::exchange(is_change_, false));
    return number >= first && number <= last ? 1 : 0;
  }
  bool is_change_ = false;
};

/// The scene: what happens in which minute. Add to it what else commits.
class Hour {
 public:
  explicit Hour(ApiType api_type) : world_(provider_of(api_type), Timestamp(std::chrono::hours(480'000))) {
    for (const char* name : {"east", "west", "north"}) account_.regions.rows.push_back(row(make_location(name)));
    for (int i = 0; i < 9; ++i) {
      const char* region = i < 3 ? "east" : (i < 6 ? "west" : "north");
      account_.types.rows.push_back(row(make_type(region, "t" + std::to_string(i))));
    }
    for (int i = 0; i < 7; ++i) boot("old-" + std::to_string(i));
    on(2, [this] { boot("new"); });
    on(4, [this] { change_machine("new", LifecycleStatus::running); });
    on(6, [this] { change_price(3, 250); });
    on(8, [this] { account_.fault = [](const std::string&) { return failure(Errc::service_unavailable); }; });
    on(11, [this] { account_.fault = nullptr; });
    on(22, [this] { end("old-1"); });
    on(24, [this] { change_machine("old-2", LifecycleStatus::terminated), ended_.insert("old-2"); });
    on(26, [this] { account_.types.rejected.push_back({account_.types.rows[0]->id.str(), "no price", "{}"}); });
    on(28, [this] { account_.types.rejected.clear(); });
    on(30, [this] { std::swap(held_, account_.machines); });  // an empty answer
    on(30, [this] { world_.clock.advance(6s), std::swap(held_, account_.machines); });
    on(32, [this] { away_ = account_.types.rows.back(), account_.types.rows.pop_back(); });
    on(35, [this] { account_.types.rows.push_back(away_); });
    on(37, [this] { account_.regions.rows.pop_back(); });
    on(41, [this] { account_.regions.rows.push_back(row(make_location("north"))); });
    on(44, [this] { world_.start(account_); });
    on(46, [this] { account_.fault = [](const std::string&) { return failure(Errc::auth); }; });
    on(47, [this] { account_.fault = nullptr; });
    on(54, [this] { end("new"); });
  }

  /// Whether the catalog's trouble was told at any time.
  bool run() {
    bool was_told = false;
    world_.start(account_);
    for (int minute = 0; minute < 60; ++minute) {
      for (auto [at, end] = scene_.equal_range(minute); at != end; ++at) at->second();
      for (int half = 0; half < 120; ++half) {
        world_.clock.advance(500ms);
        was_told = was_told || !world_.writer.last_failure().empty();
      }
    }
    world_.clock.advance(6min);  // the longest back-off
    return was_told;
  }

  /// The tally is the cloud's, the events' and memory's.
  void check() {
    Reader reader = world_.reader();
    CHECK(fold_differences(reader) == std::vector<std::string>());
    std::set<std::string> ended;
    for (const auto& line : reader.query("SELECT subject_id FROM events WHERE kind = 'instance_ended'").rows) {
      CHECK(ended.insert(sql_text(line[0])).second);
    }
    CHECK(ended == ended_);
    CHECK(world_.count("SELECT count(*) FROM instances WHERE is_ended = 0") == 5);
    CHECK(world_.count("SELECT count(*) FROM instance_types WHERE is_listed = 1") == 9);
    CHECK(world_.count("SELECT count(*) FROM sync_states WHERE failing_since_ms IS NOT NULL") == 0);
    CHECK(world_.count("SELECT count(*) FROM events WHERE kind = 'credential_failing'") ==
          world_.count("SELECT count(*) FROM events WHERE kind = 'credential_recovered'"));
    CHECK(world_.count("SELECT count(*) FROM events WHERE kind = 'credential_failing'") >= 1);
    const KnownAccount stored = world_.catalog.load(world_.credential);
    const KnownAccount& known = world_.state->known();
    CHECK(stored.credential_problems == known.credential_problems);
    for (const KnownInstance& instance : known.instances->of({SyncerKind::instances, ""})) {
      const KnownInstance& in_catalog = *stored.instances->find(id_of(instance));
      Instance row = *in_catalog.row;
      row.status = instance.row->status;  // the vendor's last word; what is known of it is the status below
      CHECK(row == *instance.row);
      CHECK(in_catalog.status == instance.status);
    }
    for (const KnownType& type : known.types->of({SyncerKind::instance_types, ""})) {
      CHECK(*stored.types->find(id_of(type))->row == *type.row);
    }
  }

  Refusal& refusal() { return refusal_; }

 private:
  void on(int minute, std::function<void()> what) { scene_.emplace(minute, std::move(what)); }

  Row<Instance>& machine(const std::string& id) {
    return *std::find_if(account_.machines.rows.begin(), account_.machines.rows.end(),
                         [&id](const Row<Instance>& one) { return one->cloud_id.str() == id; });
  }
  void boot(const std::string& id) {
    account_.machines.rows.push_back(row(make_instance(id, "east", "t0", LifecycleStatus::pending)));
  }
  void change_machine(const std::string& id, LifecycleStatus status) {
    Instance copy = *machine(id);
    copy.status = status;
    copy.provider_status = to_string(status);
    machine(id) = row(copy);
  }
  void end(const std::string& id) {
    account_.machines.rows.erase(account_.machines.rows.begin() + (&machine(id) - account_.machines.rows.data()));
    ended_.insert(id);
  }
  void change_price(std::size_t type, std::int64_t cents) {
    InstanceType copy = *account_.types.rows.at(type);
    copy.prices.at(0).amount = fakes::cents(cents);
    account_.types.rows.at(type) = row(copy);
  }

  FakeAccount account_;
  SyncWorld world_;
  Refusal refusal_{world_.catalog};
  std::multimap<int, std::function<void()>> scene_;
  std::set<std::string> ended_;  // those that really did
  Answer<Instance> held_;
  Row<InstanceType> away_;
};

/// The commits of an undisturbed hour that are worth refusing: all that change something, every 100th heartbeat.
std::vector<std::size_t> commits_of(ApiType api_type) {
  Hour hour(api_type);
  CHECK_FALSE(hour.run());
  hour.check();
  std::vector<std::size_t> numbers;
  std::size_t heartbeats = 0;
  const std::vector<bool>& changes = hour.refusal().changes;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (changes[i] || ++heartbeats % 100 == 0) numbers.push_back(i);
  }
  return numbers;
}

void refuse_every(std::size_t step) {
  spdlog::set_level(spdlog::level::off);
  const ApiType api_type = GENERATE(ApiType::global, ApiType::locational);
  const std::vector<std::size_t> numbers = commits_of(api_type);
  CHECK(numbers.size() > 20);
  for (std::size_t i = 0; i < numbers.size(); i += step) {
    INFO("commit " << numbers[i]);
    Hour hour(api_type);
    hour.refusal().first = hour.refusal().last = numbers[i];
    hour.run();
    hour.check();
  }
  spdlog::set_level(spdlog::level::info);
}

}  // namespace

TEST_CASE("a commit that is refused once loses nothing and ends nobody", "[syncers]") { refuse_every(20); }

TEST_CASE("whichever commit is refused, nothing is lost and nobody ended", "[.all]") { refuse_every(1); }

TEST_CASE("a catalog that takes nothing for minutes has it all afterwards", "[syncers]") {
  spdlog::set_level(spdlog::level::off);
  const ApiType api_type = GENERATE(ApiType::global, ApiType::locational);
  const std::size_t first = GENERATE(0U, 12U, 40U, 100U);
  Hour hour(api_type);
  hour.refusal().first = first;
  hour.refusal().last = first + 200;
  CHECK(hour.run());
  hour.check();
  spdlog::set_level(spdlog::level::info);
}

}  // namespace tally::failing_store_test
