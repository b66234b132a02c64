// A day of machines that vanish, return, change their keys, and take over each other's addresses, with outages of the
// cloud's API, of the catalog, and restarts. An oracle that knows which machine is which compares.
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "tests/fakes/slow_build.hpp"
#include "tests/probing/probe_world.hpp"

namespace tally::probe_day_test {
using namespace tally::fakes;

namespace {

/// A machine as it is, whatever the catalog thinks.
struct Machine {
  std::string id;
  std::string address;
  HostKey key;
  std::set<std::string> all_keys;  // fingerprints it ever had
  bool is_running = true;
  bool is_up = true;
  std::set<std::string> scripts;  // that ran on it
};

class MovingHosts {
 public:
  MovingHosts(ProbeWorld& world, unsigned seed) : world_(world), random_(seed) {
    for (int i = 0; i < 60; ++i) free_.push_back("192.0.2." + std::to_string(i));
    for (int i = 0; i < 25; ++i) boot();
    BootstrapRule rule;
    rule.plan.agent_script = "install";
    world_.settings.bootstraps = {rule};
    world_.on_bootstrap = [this](const SshTarget& target, const BootstrapPlan& plan) {
      return bootstrap(target, plan);
    };
  }

  void move() {
    if (one_in(3)) boot();
    if (one_in(4)) end();
    if (one_in(3)) stop_or_start();
    if (one_in(4)) change_address();
    if (one_in(12)) change_key();
    if (one_in(3)) up_or_down();
    if (one_in(25)) swap_addresses();
    if (one_in(60)) trust_one();
    if (!is_silent_ && one_in(40)) is_silent_ = true;
    if (is_silent_ && one_in(4)) is_silent_ = false;
    if (!is_broken_ && one_in(150)) world_.break_catalog(is_broken_ = true);
    if (is_broken_ && one_in(5)) world_.break_catalog(is_broken_ = false);
    if (one_in(200)) world_.start();
    tell();
  }

  /// Everything answers again.
  void calm() {
    is_silent_ = false;
    if (is_broken_) world_.break_catalog(is_broken_ = false);
    for (auto& [id, machine] : machines_) machine.is_up = true;
    tell();
  }

  [[nodiscard]] const std::map<std::string, Machine>& machines() const { return machines_; }
  /// Machines that ended, too.
  [[nodiscard]] const std::set<std::string>& keys_of(const std::string& id) const { return all_keys_.at(id); }
  [[nodiscard]] std::chrono::milliseconds pause() { return std::chrono::milliseconds(below(40'000)); }
  [[nodiscard]] int key_changes() const { return key_changes_; }
  [[nodiscard]] int scripts_run() const { return scripts_run_; }
  [[nodiscard]] int wrong_logins() const { return wrong_logins_; }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  bool one_in(std::size_t chance) { return below(chance) == 0; }
  Machine* any() {
    if (machines_.empty()) return nullptr;
    return &std::next(machines_.begin(), static_cast<std::ptrdiff_t>(below(machines_.size())))->second;
  }
  /// Mostly the address that came free last: clouds do that.
  std::string take_address() {
    const std::size_t at = one_in(3) ? below(free_.size()) : free_.size() - 1;
    std::string address = free_[at];
    free_.erase(free_.begin() + static_cast<std::ptrdiff_t>(at));
    return address;
  }
  void new_key(Machine& machine) {
    machine.key = make_key("key" + std::to_string(keys_made_++));
    machine.all_keys.insert(machine.key.fingerprint);
    all_keys_[machine.id].insert(machine.key.fingerprint);
  }

  void boot() {
    if (free_.empty()) return;
    Machine machine;
    machine.id = "i" + std::to_string(born_++);
    machine.address = take_address();
    new_key(machine);
    machines_[machine.id] = machine;
  }
  void end() {
    Machine* machine = any();
    if (machine == nullptr) return;
    if (machine->is_running) free_.push_back(machine->address);
    machines_.erase(machine->id);
  }
  void stop_or_start() {
    Machine* machine = any();
    if (machine == nullptr || (!machine->is_running && free_.empty())) return;
    if (machine->is_running) {
      free_.push_back(machine->address);
      machine->address.clear();
    } else {
      machine->address = take_address();
    }
    machine->is_running = !machine->is_running;
  }
  void change_address() {
    Machine* machine = any();
    if (machine == nullptr || !machine->is_running || free_.empty()) return;
    const std::string before = machine->address;
    machine->address = take_address();
    free_.push_back(before);
  }
  void swap_addresses() {
    Machine* one = any();
    Machine* other = any();
    if (one == nullptr || !one->is_running || !other->is_running) return;
    std::swap(one->address, other->address);
  }
  void change_key() {
    Machine* machine = any();
    if (machine == nullptr) return;
    new_key(*machine);
    ++key_changes_;
  }
  void up_or_down() {
    if (Machine* machine = any()) machine->is_up = !machine->is_up;
  }
  void trust_one() {
    if (is_broken_) return;
    const auto rows = world_.sync.reader().query("SELECT cloud_id FROM host_keys WHERE state = 'changed'").rows;
    if (!rows.empty()) (void)world_.trust(sql_text(rows[below(rows.size())][0]));
  }

  BootstrapReport bootstrap(const SshTarget& target, const BootstrapPlan& plan) {
    BootstrapReport report;
    report.failure = world_.prober.meet(target).failure;
    if (target.expected.empty() || target.key == nullptr) ++wrong_logins_;
    if (report.failure) return report;
    for (auto& [id, machine] : machines_) {
      if (machine.address != target.host) continue;
      report.was_done_before = !machine.scripts.insert(plan.agent_script).second;
      if (!report.was_done_before) ++scripts_run_;
      report.exit_status = 0;
    }
    return report;
  }

  /// What the cloud and the network say now.
  void tell() {
    world_.account.fault = [this](const std::string&) { return is_silent_ ? std::optional(Error()) : std::nullopt; };
    world_.account.machines.rows.clear();
    world_.prober.network.clear();
    for (const auto& [id, machine] : machines_) {
      Instance instance = ProbeWorld::machine(id, machine.address);
      instance.status = machine.is_running ? LifecycleStatus::running : LifecycleStatus::stopped;
      world_.put(instance);
      if (machine.is_running && machine.is_up) world_.prober.network[machine.address] = FakeHost{{machine.key}};
    }
  }

  ProbeWorld& world_;
  std::mt19937 random_;
  std::map<std::string, Machine> machines_;
  std::map<std::string, std::set<std::string>> all_keys_;
  std::vector<std::string> free_;
  int born_ = 0;
  int keys_made_ = 0;
  int key_changes_ = 0;
  int scripts_run_ = 0;
  int wrong_logins_ = 0;
  bool is_silent_ = false;
  bool is_broken_ = false;
};

/// Every alarm is about a machine that did change its key, from a key of its own to another of its own.
int false_alarms(const ProbeWorld& world, const MovingHosts& hosts) {
  int count = 0;
  for (const auto& event :
       world.sync.reader().query("SELECT subject_id, old, new FROM events WHERE kind = 'hostkey_changed'").rows) {
    const auto& keys = hosts.keys_of(sql_text(event[0]));
    if (!keys.contains(sql_text(event[1])) || !keys.contains(sql_text(event[2]))) ++count;
  }
  return count;
}

/// What the catalog says of each machine in a calm world, as differences to the truth.
std::vector<std::string> differences(const ProbeWorld& world, const MovingHosts& hosts) {
  std::vector<std::string> lines;
  Reader reader = world.sync.reader();
  for (const auto& [id, machine] : hosts.machines()) {
    const std::string of_it = " FROM host_keys WHERE cloud_id = '" + id + "'";
    const auto has = [&](const std::string& where) {
      return std::get<std::int64_t>(reader.query("SELECT count(*)" + of_it + where).rows.at(0).at(0)) != 0;
    };
    const std::string now = " AND fingerprint_sha256 = '" + machine.key.fingerprint + "'";
    const std::string reachable = world.reachable(id);
    if (!machine.is_running) {
      if (!reachable.empty()) lines.push_back(id + " is stopped, but is_reachable is " + reachable);
      continue;
    }
    const bool is_alarmed = has(" AND state = 'changed'");
    if (!is_alarmed && !has(now + " AND state IN ('pinned', 'trusted')")) lines.push_back(id + ": a missed change");
    if (reachable != (is_alarmed ? "0" : "1")) lines.push_back(id + ": is_reachable is " + reachable);
    const bool is_done =
        !reader.query("SELECT 1 FROM bootstraps WHERE state = 'done' AND cloud_id = '" + id + "'").rows.empty();
    if (!is_alarmed && !is_done) lines.push_back(id + ": not bootstrapped");
  }
  for (const char* view : {"host_keys", "ssh_probes", "bootstraps"}) {
    for (const auto& row : reader.query(std::string("SELECT DISTINCT cloud_id FROM ") + view).rows) {
      if (!hosts.machines().contains(sql_text(row[0]))) lines.push_back(sql_text(row[0]) + " is kept in " + view);
    }
  }
  return lines;
}

}  // namespace

TEST_CASE("a day of moving machines: no false alarm, no missed one, nobody logs in to a stranger", "[probing]") {
  const auto seed = GENERATE(1U, 2U);
  if (fakes::is_slow_build && seed == 2U) return;
  ProbeWorld world;
  world.prober.takes = 700ms;
  world.bootstrap_takes = 3s;
  MovingHosts hosts(world, seed);
  world.start();
  const TimePoint end = world.clock.now() + (fakes::is_slow_build ? 12h : 24h);
  while (world.clock.now() < end) {
    world.clock.advance(hosts.pause());
    hosts.move();
  }
  CHECK(false_alarms(world, hosts) == 0);
  hosts.calm();
  world.clock.advance(45min);
  CHECK(differences(world, hosts) == std::vector<std::string>{});
  CHECK(false_alarms(world, hosts) == 0);
  CHECK(hosts.wrong_logins() == 0);
  CHECK(hosts.key_changes() > 50);
  CHECK(hosts.scripts_run() > 50);
  CHECK(world.count("SELECT count(*) FROM events WHERE kind = 'hostkey_changed'") > 15);
  // Logging in takes an expected key, and first contacts are made without ours.
  for (const SshTarget& target : world.prober.contacts) {
    if (target.key != nullptr && target.expected.empty()) FAIL("a login to whoever answers");
  }
  Reader reader = world.sync.reader();
  CHECK(fold_differences(reader) == std::vector<std::string>());
}

}  // namespace tally::probe_day_test
