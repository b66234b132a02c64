// Random walks: creates, terminates, restarts and a vendor that goes wrong at random; in the end world and catalog
// agree. TALLY_LIFECYCLE_WALKS: how many (default 20, 4 in a slow build). Faults that are planted in the service are
// each found by some walk.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>

#include "tests/fakes/slow_build.hpp"
#include "tests/lifecycle/lifecycle_world.hpp"

namespace tally::lifecycle::walk_test {
using namespace test;
using fakes::CreateFault;
using fakes::EndFault;

namespace {

/// What does not agree in the end; "" when all does.
std::string walk(unsigned seed, const std::string& fault) {
  std::mt19937 random(seed);
  const auto below = [&random](unsigned limit) { return static_cast<unsigned>(random() % limit); };
  Setup setup;
  setup.create.is_idempotent = below(2) == 0;
  setup.options.conclude_after = 3min;
  World world(setup);
  planted_fault = fault;
  world.vendor.next_create_fault = [&below] {
    return below(2) == 0 ? CreateFault::none : static_cast<CreateFault>(below(13));
  };
  world.vendor.next_end_fault = [&below] { return below(2) == 0 ? EndFault::none : static_cast<EndFault>(below(4)); };
  std::vector<Answered> asked;
  for (int step = 0; step < 30; ++step) {
    const unsigned what = below(10);
    const std::vector<CloudId> alive = world.alive();
    if (what < 5) asked.push_back(world.ask(world.create("job-" + std::to_string(below(4)))));
    if (what >= 5 && what < 8 && !alive.empty()) {
      asked.push_back(world.ask(Terminate{World::machine(alive[below(static_cast<unsigned>(alive.size()))])}));
    }
    if (what == 8) world.restart();
    world.advance(std::chrono::seconds(below(90)));
  }
  world.vendor.next_create_fault = nullptr;
  world.vendor.next_end_fault = nullptr;
  world.restart();
  world.advance(2h);
  planted_fault.clear();

  for (int job = 0; job < 4; ++job) {
    if (world.vendor.alive_of(RefId("job-" + std::to_string(job))) > 1) return "two machines of one RefID";
  }
  if (world.count("operations WHERE finished_at_ms IS NULL") != 0) return "an operation that is not over";
  for (const CloudId& id : world.alive()) {
    const int known = world.count(
        "operations WHERE kind = 'create' AND state IN ('succeeded', 'adopted') AND "
        "cloud_id = '" +
        id.str() + "'");
    if (known != 1) return "a machine that the journal does not know";
    if (world.count("operations WHERE kind = 'terminate' AND state = 'succeeded' AND cloud_id = '" + id.str() + "'") !=
        0)
      return "a machine that lives although it was ended";
  }
  for (const fakes::FakeVendor::Part& part : world.vendor.parts) {
    const auto machine = world.vendor.machines.find(part.machine);
    if (machine != world.vendor.machines.end() && !machine->second.ended) continue;
    // Of a call whose answer nobody got, no handle is known (see the head of lifecycle/creating.cpp).
    if (world.count("operation_resources WHERE vendor_id = '" + part.handle.vendor_id + "'") != 0 ||
        part.machine.empty())
      return "a part that was left";
  }
  return "";
}

int walks() {
  const char* wanted = std::getenv("TALLY_LIFECYCLE_WALKS");
  const int usual = fakes::is_slow_build ? 4 : 20;
  return wanted != nullptr ? std::atoi(wanted) : usual;
}

}  // namespace

TEST_CASE("whatever goes wrong on the way, world and catalog agree in the end", "[lifecycle]") {
  for (int seed = 0; seed < walks(); ++seed) {
    INFO("seed " << seed);
    CHECK(walk(static_cast<unsigned>(seed), "") == "");
  }
}

TEST_CASE("a fault that is planted is found by a walk", "[.planted]") {  // takes minutes
  for (const char* fault : {"no record before the call", "new token on retry", "clean-up forgotten",
                            "lost answer taken for a refusal", "not there concluded early", "stray left alone",
                            "terminate asked once", "same request not joined", "recovery forgotten"}) {
    INFO(fault);
    bool is_found = false;
    for (unsigned seed = 0; seed < 40 && !is_found; ++seed) is_found = !walk(seed, fault).empty();
    CHECK(is_found);
  }
}

}  // namespace tally::lifecycle::walk_test
