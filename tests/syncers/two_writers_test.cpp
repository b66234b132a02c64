// A poll of a listing and an operation on it at once: whatever the order of their steps on the loop, the workers and
// the writer, no update is lost and the events fold.
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>
#include <deque>
#include <functional>
#include <memory>

#include "syncers/instance_syncer.hpp"
#include "tests/fakes/fake_account.hpp"
#include "tests/fakes/fold.hpp"
#include "tests/fakes/interleaving.hpp"
#include "tests/fakes/rows.hpp"
#include "tests/fakes/slow_build.hpp"
#include "tests/fakes/sync_world.hpp"

namespace tally::two_writers_test {
using namespace tally::fakes;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

constexpr int interruptions = is_slow_build ? 1 : 2;
constexpr int races_a_world = 30;

ProviderDescription provider() {
  ProviderDescription provider;
  provider.name = provider.provider_id = "fake";
  provider.api_type = ApiType::locational;
  return provider;
}

std::string old_machine(int race) { return "old-" + std::to_string(race); }

using Queues = std::vector<StepQueue>;  // the loop, the workers and the writer

SyncWorld::MakeExecutors put_into(Queues& queues) {
  return [&queues](asio::io_context& context) {
    for (int i = 0; i < 3; ++i) queues.emplace_back(context);
    return SyncWorld::Executors{queues[0], queues[1], queues[2]};
  };
}

/// One region, with an old machine for each race.
class World : private Queues, public SyncWorld {
 public:
  World() : SyncWorld(provider(), Timestamp(std::chrono::hours(480'000)), {}, put_into(*this)) {
    spdlog::set_level(spdlog::level::off);
    cloud.regions.rows.push_back(row(make_location("east")));
    cloud.types.rows.push_back(row(make_type("east", "t1")));
    for (int i = 0; i < races_a_world; ++i) {
      cloud.machines.rows.push_back(row(make_instance(old_machine(i), "east", "t1")));
    }
    cloud.answers_at_once = false;
    start(cloud);
    clock.advance(3min);
    listing_ = std::make_unique<InstanceSyncer>(*state, cloud, settings(), clock, "east");
  }
  ~World() {
    for (StepQueue& queue : queues()) queue.let_go();
    stop();
    spdlog::set_level(spdlog::level::info);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// A poll of the region, and an operation that changes the cloud and then tells of it.
  void race(Orders& orders, std::function<void()> change, InstanceNews news) {
    std::vector<Stepper> steppers;
    for (StepQueue& queue : queues()) {
      queue.hold();
      steppers.push_back(stepper(queue));
    }
    over_ = 0;
    asio::co_spawn(executors.loop, listing_->pass(0), [this](const std::exception_ptr& failure, const Outcome& why) {
      if (!failure && !why) ++over_;
    });
    std::deque<std::function<void()>> operation{std::move(change), [this, &news] { begin_to_tell(std::move(news)); }};
    steppers.push_back({[&operation] { return !operation.empty(); },
                        [&operation] {
                          operation.front()();
                          operation.pop_front();
                        }});
    orders.run(steppers, [this] {
      clock.pass(1ms);
      context.restart();
      context.poll();  // what waited for this step has work now
    });
    CHECK(over_ == 2);
    for (StepQueue& queue : queues()) queue.let_go();
    clock.advance(10s);
  }
  void tell(InstanceNews news) {
    begin_to_tell(std::move(news));
    clock.advance(10s);
  }
  void remove(const std::string& id) {
    std::erase_if(cloud.machines.rows, [&](const Row<Instance>& one) { return one->cloud_id.str() == id; });
  }

  /// What its events say, and how it is now: "instance_added; running".
  [[nodiscard]] std::string story(const std::string& id) {
    const std::string sql =
        "SELECT (SELECT group_concat(kind, ', ') FROM events WHERE subject_id = cloud_id) || '; ' || status "
        "FROM instances WHERE cloud_id = '" +
        id + "'";
    return sql_text(view_.query(sql).rows.at(0).at(0));
  }
  [[nodiscard]] std::vector<std::string> fold() { return fold_differences(view_); }

  FakeAccount cloud;

 private:
  Queues& queues() { return *this; }

  void begin_to_tell(InstanceNews news) {
    asio::co_spawn(executors.loop, syncer->tell(std::move(news)), [this](const std::exception_ptr& failure, bool is) {
      if (!failure && is) ++over_;
    });
  }

  std::unique_ptr<InstanceSyncer> listing_;
  int over_ = 0;  // how many of a race's two have succeeded
  Reader view_{file()};
};

InstanceNews gone(const std::string& id) { return {"east", InstanceGone{CloudId(id), "terminated"}}; }

/// One race after the other until all orders have been tried; answers how many those were.
template <class Race>
int race_in_all_orders(Race race) {
  Orders orders(interruptions);
  int tried = 0;
  std::unique_ptr<World> world;
  do {
    if (tried % races_a_world == 0) {
      if (world) CHECK(world->fold().empty());
      world = nullptr;
      world = std::make_unique<World>();
    }
    race(*world, orders, tried % races_a_world);
    ++tried;
  } while (orders.next());
  CHECK(world->fold().empty());
  return tried;
}

}  // namespace

TEST_CASE("a poll and a create lose no update, in whatever order their steps come", "[syncers]") {
  const int orders = race_in_all_orders([](World& world, Orders& each, int number) {
    const std::string id = "new-" + std::to_string(number);
    const Row<Instance> made = row(make_instance(id, "east", "t1"));
    const auto change = [&] { world.cloud.machines.rows.push_back(made); };
    world.race(each, change, {"east", made});
    REQUIRE(world.story(id) == "instance_added; running");
    world.remove(id);
    world.tell(gone(id));
  });
  CHECK(orders > 100);
}

TEST_CASE("a poll and a deletion end a machine once, in whatever order their steps come", "[syncers]") {
  const int orders = race_in_all_orders([](World& world, Orders& each, int number) {
    const std::string id = old_machine(number);
    const auto change = [&] { world.remove(id); };
    world.race(each, change, gone(id));
    REQUIRE(world.story(id) == "instance_added, instance_ended; terminated");
  });
  CHECK(orders > 100);
}

TEST_CASE("a poll and a stop leave a machine stopped, in whatever order their steps come", "[syncers]") {
  const int orders = race_in_all_orders([](World& world, Orders& each, int number) {
    const std::string id = old_machine(number);
    const Row<Instance> stopped = row(make_instance(id, "east", "t1", LifecycleStatus::stopped));
    const auto change = [&] {
      world.remove(id);
      world.cloud.machines.rows.push_back(stopped);
    };
    world.race(each, change, {"east", stopped});
    REQUIRE(world.story(id) == "instance_added, instance_changed, instance_changed; stopped");
  });
  CHECK(orders > 100);
}

}  // namespace tally::two_writers_test
