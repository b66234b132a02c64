// Random walks: creates and terminates at a vendor that goes wrong at random, by a process that is killed at random,
// also in the middle of a call or a commit. Laws hold all the way, and in the end world and catalog agree. Faults that
// are planted in the service are each found. TALLY_LIFECYCLE_WALKS: how many walks (default 14, 3 in a slow build).
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <random>

#include "tests/fakes/slow_build.hpp"
#include "tests/lifecycle/lifecycle_world.hpp"

namespace tally::lifecycle::walk_test {
using namespace test;
using fakes::CreateFault;
using fakes::EndFault;

namespace {

constexpr int steps = 60;
constexpr unsigned jobs = 4;  // RefIDs
constexpr unsigned create_faults = 14;
constexpr unsigned end_faults = 5;

class Walk {
 public:
  Walk(unsigned seed, const std::string& fault)
      : random_(seed), favourite_(static_cast<CreateFault>(seed / 2 % create_faults)), world_(setup_of(seed)) {
    planted_fault = fault;
    world_.vendor.next_create_fault = [this] {
      if (is_one_in(3)) return CreateFault::none;
      return is_one_in(2) ? favourite_ : static_cast<CreateFault>(below(create_faults));
    };
    world_.vendor.next_end_fault = [this] {
      return is_one_in(2) ? EndFault::none : static_cast<EndFault>(below(end_faults));
    };
    world_.vendor.on_create = [this](const CreateRequest& request) {
      require(world_.count("operation_attempt WHERE token = '" + request.token + "'") == 1,
              "a create was asked for that is not in the journal");
    };
    world_.vendor.on_terminate = [this](const CloudId& machine) {
      require(world_.count("operation_attempt JOIN operation USING (operation_key) WHERE kind = 'terminate' AND "
                           "cloud_id = '" +
                           machine.str() + "'") != 0,
              "a terminate was asked for that is not in the journal");
    };
    on_failpoint = [this](std::string /*place*/) { return die_at_times(); };
  }
  ~Walk() {
    on_failpoint = nullptr;
    planted_fault.clear();
  }
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;

  /// The first law that was broken; "" when all held.
  std::string run() {
    for (int step = 0; step < steps && broken_.empty(); ++step) {
      const unsigned what = below(10);
      const std::vector<CloudId> alive = world_.alive();
      if (what < 6) {
        const std::string job = "job-" + std::to_string(below(jobs));
        for (unsigned clients = is_one_in(3) ? 2 : 1; clients > 0; --clients) {
          asked_.push_back(world_.ask(world_.create(job)));
        }
      }
      if (what >= 6 && !alive.empty()) {
        const CloudId& one = alive[below(static_cast<unsigned>(alive.size()))];
        asked_.push_back(world_.ask(Terminate{World::machine(one)}));
      }
      world_.advance(std::chrono::seconds(below(90)));
      if (world_.process->is_dead || is_one_in(25)) world_.restart();
      check_no_machine_of_a_create_that_failed();
    }
    settle();
    if (broken_.empty()) check_agreement();
    return broken_;
  }
  [[nodiscard]] std::size_t operations() const { return asked_.size(); }

 private:
  static Setup setup_of(unsigned seed) {
    Setup setup;
    setup.create.is_idempotent = seed % 2 == 0;
    setup.options.conclude_after = 3min;
    return setup;
  }
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
  bool is_one_in(unsigned several) { return below(several) == 0; }
  void require(bool holds, const std::string& otherwise) {
    if (!holds && broken_.empty()) broken_ = otherwise;
  }

  boost::asio::awaitable<void> die_at_times() {
    if (world_.process == nullptr) co_return;  // it is about to start
    if (is_dying_ && !world_.process->is_dead && is_one_in(100)) world_.process->cut_off();
    if (!world_.process->is_dead) co_return;
    Clock& clock = world_.process->clock;
    co_await clock.sleep_until(clock.now() + std::chrono::hours(24 * 365));
  }

  /// No more faults; half of the walks end without another start.
  void settle() {
    is_dying_ = false;
    world_.vendor.next_create_fault = nullptr;
    world_.vendor.next_end_fault = nullptr;
    if (world_.process->is_dead || is_one_in(2)) world_.restart();
    world_.advance(2h);
  }

  void check_no_machine_of_a_create_that_failed() {
    for (const CloudId& id : world_.alive()) {
      const fakes::FakeVendor::Machine& machine = world_.vendor.machines.at(id);
      if (machine.fault == CreateFault::forgotten) continue;  // longer than anybody waits
      const int failed = world_.count(
          "operation_attempt JOIN operation USING (operation_key) WHERE state IN ('failed', 'cleaned_up') AND token = "
          "'" +
          machine.token + "'");
      const int ends = world_.count("operations WHERE kind = 'terminate' AND cloud_id = '" + id.str() + "'");
      require(failed == 0 || ends > 0, "a create came to nothing, and its machine lives");
    }
  }

  void check_agreement() {
    for (unsigned job = 0; job < jobs; ++job) {
      require(world_.vendor.alive_of(RefId("job-" + std::to_string(job))) <= 1, "two machines of one RefID");
    }
    require(world_.count("operations WHERE finished_at_ms IS NULL") == 0, "an operation that is not over");
    for (const CloudId& id : world_.alive()) {
      const std::string of_it = "cloud_id = '" + id.str() + "'";
      require(world_.count("operations WHERE kind = 'create' AND state IN ('succeeded', 'adopted') AND " + of_it) == 1,
              "a machine that the journal does not know");
      require(world_.count("operations WHERE kind = 'terminate' AND state = 'succeeded' AND " + of_it) == 0,
              "a machine that lives although it was ended");
    }
    for (const fakes::FakeVendor::Part& part : world_.vendor.parts) {
      const auto machine = world_.vendor.machines.find(part.machine);
      const bool is_used = machine != world_.vendor.machines.end() && !machine->second.ended;
      require(is_used || is_kept_for_a_live_machine(part), "a part that was left");
    }
  }

  /// A create may adopt what an earlier one of its RefID made, and its own machine come later and be ended: nobody can
  /// tell whose parts are whose then, and they all go when the one that was adopted goes.
  [[nodiscard]] bool is_kept_for_a_live_machine(const fakes::FakeVendor::Part& part) const {
    const std::string machine = world_.text(
        "SELECT cloud_id FROM operation_resource JOIN operation USING (operation_key) WHERE operation.state = "
        "'adopted' AND operation_resource.state = 'in_use' AND name = '" +
        part.handle.name + "'");
    const auto at = world_.vendor.machines.find(CloudId(machine));
    return at != world_.vendor.machines.end() && !at->second.ended;
  }

  std::mt19937 random_;
  const CreateFault favourite_;
  World world_;
  std::vector<Answered> asked_;
  std::string broken_;
  bool is_dying_ = true;
};

unsigned walks() {
  const char* wanted = std::getenv("TALLY_LIFECYCLE_WALKS");
  const int usual = fakes::is_slow_build ? 3 : 14;
  return static_cast<unsigned>(wanted != nullptr ? std::atoi(wanted) : usual);
}

}  // namespace

TEST_CASE("whatever goes wrong on the way, world and catalog agree in the end", "[lifecycle]") {
  std::size_t operations = 0;
  for (unsigned seed = 0; seed < walks(); ++seed) {
    INFO("seed " << seed);
    Walk walk(seed, "");
    CHECK(walk.run() == "");
    operations += walk.operations();
  }
  std::cout << operations << " operations in " << walks() << " walks\n";
}

TEST_CASE("each fault that is planted is found by a walk", "[lifecycle]") {
  const std::vector<std::string> faults = {
      "no record before the call", "new token on retry",        "clean-up forgotten", "lost answer taken for a refusal",
      "late answer dropped",       "not there concluded early", "stray left alone",   "terminate asked once",
      "same request not joined",   "recovery forgotten"};
  for (std::size_t i = 0; i < faults.size(); i += fakes::is_slow_build ? 8 : 1) {
    const std::string& fault = faults[i];
    INFO(fault);
    std::string found;
    unsigned seed = 0;
    while (found.empty() && seed < 10 * create_faults) found = Walk(seed++, fault).run();
    std::cout << fault << ": found by walk " << seed << ": " << found << '\n';
    CHECK(found != "");
  }
}

}  // namespace tally::lifecycle::walk_test
