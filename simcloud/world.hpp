// The simulated world: what is on sale and what runs, moving on a seed. Deterministic: one seed and number of steps
// give one state, byte for byte. No sockets and no clock.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "runtime/timestamp.hpp"
#include "simcloud/catalog.hpp"
#include "simcloud/ssh_fault.hpp"

namespace tally::simcloud {

struct WorldOptions {
  std::uint64_t seed = 1;
  std::string owner = "demo";  // the credential that made the machines
  std::size_t types = 24;
  std::size_t regions = 8;
  std::size_t instances = 12;                                                // about this many are kept up
  Timestamp start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);  // when the world begins
  std::uint16_t ssh_port = 22;                                               // of every machine, as rows tell it
  bool has_ssh_trouble = false;  // of eight machines one never answers over SSH, one is set up anew after a while
};

enum class MachineStatus { booting, active, unhealthy, terminating, terminated };
std::string_view to_string(MachineStatus status);

struct Machine {
  std::string id;
  Timestamp created_at{};
  std::string name;
  std::string ssh_key;  // carries the RefID of machines of ours
  std::size_t shape = 0;
  std::size_t region = 0;
  MachineStatus status = MachineStatus::booting;
  int age = 0;            // steps in this status
  std::string address;    // loopback, its own; once booted
  int installations = 0;  // how often it was set up anew, which changes its host key
  bool is_to_be_reinstalled = false;
  SshFault ssh_fault = SshFault::none;
};

struct SaleItem {
  Shape shape;
  bool is_listed = true;
  std::set<std::size_t> regions_with_capacity;
};

class World {
 public:
  explicit World(WorldOptions options);

  /// A little later: prices, stock and types move, machines take a step of their life.
  void step();

  [[nodiscard]] const std::vector<SaleItem>& sale() const { return sale_; }
  [[nodiscard]] const std::string& owner() const { return options_.owner; }
  [[nodiscard]] const std::vector<Region>& regions() const { return regions_; }
  [[nodiscard]] bool is_region_listed(std::size_t region) const { return hidden_region_ != region; }
  [[nodiscard]] const std::map<std::string, Machine>& machines() const { return machines_; }
  [[nodiscard]] std::uint16_t ssh_port() const { return options_.ssh_port; }

  /// For what is done to machines from outside; nullptr when there is none of that ID.
  Machine* find_machine(const std::string& id);

 private:
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }
  bool one_in(std::size_t chance) { return below(chance) == 0; }
  void move_sale();
  void move_machines();
  void boot();
  void move(Machine& machine);
  std::string hex(std::size_t digits);

  WorldOptions options_;
  std::mt19937_64 random_;
  std::vector<SaleItem> sale_;
  std::vector<Region> regions_;
  std::map<std::string, Machine> machines_;
  std::size_t hidden_region_ = SIZE_MAX;
  std::uint32_t born_ = 0;
  std::uint64_t steps_ = 0;
};

}  // namespace tally::simcloud
