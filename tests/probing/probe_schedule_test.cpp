#include "probing/probe_schedule.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "tests/fakes/rows.hpp"

namespace tally::probe_schedule_test {
using namespace std::chrono_literals;

TEST_CASE("the back-off grows from a second to half a minute, with jitter", "[probing]") {
  Rng rng(1);
  for (int round = 0; round < 100; ++round) {
    CHECK(probe_backoff(1, rng) >= 1s);
    CHECK(probe_backoff(1, rng) <= 2s);
    CHECK(probe_backoff(4, rng) >= 6s);
    CHECK(probe_backoff(4, rng) <= 10s);
    CHECK(probe_backoff(1000, rng) >= 24s);
    CHECK(probe_backoff(1000, rng) <= 30s);
  }
  CHECK(probe_backoff(5, rng) != probe_backoff(5, rng));
}

TEST_CASE("after the window a host that fails is asked as seldom as one that answers", "[probing]") {
  Rng rng(1);
  const ProbePace pace;
  const TimePoint now(1h);
  CHECK(due_after_failure(pace, now + 1min, 1, now, rng) <= now + 2s);
  for (const TimePoint due : {due_after_failure(pace, now + 500ms, 1, now, rng), due_after_success(pace, now, rng)}) {
    CHECK(due >= now + 9min);
    CHECK(due <= now + 11min);
  }
}

TEST_CASE("a type's own pace replaces only what it names", "[probing]") {
  ProbeSettings settings;
  settings.pace.recheck_interval = 7min;
  ProbePaceOverride slow;
  slow.first_window = 30min;
  settings.pace_of_type["metal"] = slow;
  CHECK(pace_of(fakes::make_instance("a", "east", "metal"), settings).first_window == 30min);
  CHECK(pace_of(fakes::make_instance("a", "east", "metal"), settings).recheck_interval == 7min);
  CHECK(pace_of(fakes::make_instance("a", "east", "vm"), settings).first_window == 10min);
}

TEST_CASE("the queue gives out what is due, the earliest first, each once", "[probing]") {
  DueQueue queue;
  CHECK_FALSE(queue.next());
  queue.put(1, TimePoint(3s));
  queue.put(2, TimePoint(1s));
  queue.put(3, TimePoint(1s));
  queue.put(4, TimePoint(2s));
  queue.put(4, TimePoint(9s));
  queue.erase(5);
  CHECK(queue.next() == TimePoint(1s));
  CHECK_FALSE(queue.take_due(TimePoint(999ms)));
  CHECK(queue.take_due(TimePoint(3s)) == 2U);
  CHECK(queue.take_due(TimePoint(3s)) == 3U);
  CHECK(queue.take_due(TimePoint(3s)) == 1U);
  CHECK_FALSE(queue.take_due(TimePoint(3s)));
  queue.erase(4);
  CHECK(queue.size() == 0);
}

TEST_CASE("a queue that anything is done to stays in order", "[probing]") {
  Rng rng(7);
  DueQueue queue;
  std::map<DueQueue::Id, TimePoint> model;
  for (int step = 0; step < 20'000; ++step) {
    const auto id = static_cast<DueQueue::Id>(rng.below(200ms).count());
    const TimePoint at(rng.below(1000ms));
    switch (rng.below(3ms).count()) {
      case 0:
        queue.put(id, at);
        model[id] = at;
        break;
      case 1:
        queue.erase(id);
        model.erase(id);
        break;
      default: {
        const auto taken = queue.take_due(at);
        const auto first = std::min_element(model.begin(), model.end(),
                                            [](const auto& a, const auto& b) { return a.second < b.second; });
        REQUIRE(taken.has_value() == (first != model.end() && first->second <= at));
        if (!taken) break;
        REQUIRE(model.at(*taken) == first->second);
        model.erase(*taken);
      }
    }
    REQUIRE(queue.size() == model.size());
  }
}

}  // namespace tally::probe_schedule_test
