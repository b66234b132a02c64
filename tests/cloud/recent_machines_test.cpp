#include "cloud/recent_machines.hpp"

#include <catch2/catch.hpp>

#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/memory_cache.hpp"

namespace tally::recent_machines_test {
using namespace std::chrono_literals;

TEST_CASE("a machine is remembered for a while, over a restart too", "[cloud]") {
  fakes::MemoryCache cache;
  boost::asio::io_context context;
  fakes::ManualClock clock(context);
  RecentMachines machines(cache, clock, "made", 60s);
  machines.note(CloudId("i-1"));
  machines.note(CloudId("i-2"));
  machines.forget(CloudId("i-2"));
  const RecentMachines restarted(cache, clock, "made", 60s);
  CHECK(restarted.contains(CloudId("i-1")));
  CHECK(!restarted.contains(CloudId("i-2")));
  clock.advance(61s);
  CHECK(!restarted.contains(CloudId("i-1")));
}

}  // namespace tally::recent_machines_test
