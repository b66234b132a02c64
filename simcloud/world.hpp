// The simulated world: what is on sale and what runs, moving on a seed, and what accounts do there. Deterministic: one
// seed, and the same steps and calls in the same order, give one state, byte for byte. Knows no vendor, no sockets and
// no clock.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "runtime/timestamp.hpp"
#include "simcloud/belongings.hpp"
#include "simcloud/machine.hpp"
#include "simcloud/market.hpp"
#include "simcloud/random.hpp"

namespace tally::simcloud {

struct WorldOptions {
  std::uint64_t seed = 1;
  std::string owner = "demo";  // the credential that made the machines
  std::size_t types = 24;
  std::size_t regions = 8;
  std::size_t instances = 12;                                                // about this many are kept up unasked
  Timestamp start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);  // when the world begins
  std::uint16_t ssh_port = 22;                                               // of every machine, as rows tell it
  bool has_ssh_trouble = false;  // of eight machines one never answers over SSH, one is set up anew after a while
  int gpu_quota = 100'000;       // of an account, over all its machines
};

/// Why the world does not do what it is asked to.
enum class Denial {
  no_such_machine,
  out_of_stock,
  out_of_quota,
  token_reused,  // for another order, or its machine is gone
  wrong_state,   // of the machine, such as starting one that runs
  smaller,       // disks only grow
  name_taken,    // of a key, where names are unique
};

/// What goes wrong with what is asked of the world.
struct Trouble {
  bool is_out_of_stock = false;
  bool is_out_of_quota = false;
  bool is_failing_later = false;   // what is launched never comes up
  bool is_doubled = false;         // a launch makes two
  bool is_key_name_taken = false;  // by somebody who was there just before
  int steps_unseen = 0;            // of what is launched
  int more_steps_to_end = 0;       // of what is terminated
};

template <class T = void>
using Done = tl::expected<T, Denial>;

class World {
 public:
  explicit World(WorldOptions options);

  /// A little later: prices, stock and types move, machines take a step of their life.
  void step();

  [[nodiscard]] Market& market() { return market_; }
  [[nodiscard]] const Market& market() const { return market_; }
  [[nodiscard]] const std::vector<SaleItem>& sale() const { return market_.sale(); }
  [[nodiscard]] const std::vector<Region>& regions() const { return market_.regions(); }
  [[nodiscard]] bool is_region_listed(std::size_t region) const { return market_.is_region_listed(region); }
  [[nodiscard]] const std::string& owner() const { return options_.owner; }
  [[nodiscard]] const std::map<std::string, Machine>& machines() const { return machines_; }
  [[nodiscard]] std::uint64_t seed() const { return options_.seed; }
  [[nodiscard]] std::uint16_t ssh_port() const { return options_.ssh_port; }
  [[nodiscard]] Belongings& belongings() { return belongings_; }
  [[nodiscard]] Timestamp now() const;

  [[nodiscard]] int gpu_quota() const { return options_.gpu_quota; }
  void set_gpu_quota(int gpus) { options_.gpu_quota = gpus; }
  [[nodiscard]] int gpus_in_use() const;

  /// For what is done to machines from outside; nullptr when there is none of that ID.
  Machine* find_machine(const std::string& id);

  /// As an account sees it: nullptr as well while it is unseen.
  Machine* find_seen(const std::string& id);

  void set_trouble(const Trouble& trouble) { trouble_ = trouble; }

  /// The tags that tell whose one of the world's own machines is become mere tags, under the vendor's names for them.
  static void label(Machine& machine, const std::string& ref_tag, const std::string& credential_tag);

  /// The ID of a new key of the account.
  Done<std::string> add_key(const Key& key);

  /// Of the machine whose order names it, unless that is ending.
  [[nodiscard]] bool is_key_in_use(const std::string& key) const;
  [[nodiscard]] std::vector<std::string> machines_behind(const std::string& firewall) const;
  [[nodiscard]] std::string machine_with(const std::string& disk) const;  // "": it hangs on none

  std::string new_id() { return ids_.hex(32); }

  // What accounts do with machines. A machine that is ending is none any more to all but terminate().

  /// A token that is not empty makes it happen once: again with the same order it answers the same machine.
  Done<Machine*> launch(const Order& order, const std::string& token = "");
  Done<> terminate(const std::string& id);  // again and again, as long as there is anything of it to be seen
  Done<> stop(const std::string& id);
  Done<> start(const std::string& id);
  Done<> reboot(const std::string& id);
  Done<> resize(const std::string& id, int disk_gib);
  Done<> change_shape(const std::string& id, std::size_t shape);

 private:
  struct Launched {
    Order order;
    std::string id;
  };
  [[nodiscard]] std::optional<Denial> why_not(std::size_t shape, std::size_t region, int more_gpus) const;
  Machine& make(const Order& order);
  void move_machines();
  void boot();
  void move(Machine& machine);
  void come_up(Machine& machine);
  Done<Machine*> find_live(const std::string& id);

  WorldOptions options_;
  Random random_;
  Random ids_;  // apart, so that what accounts do does not change how the world moves
  Market market_;
  std::map<std::string, Machine> machines_;
  Belongings belongings_;
  std::map<std::string, Launched> tokens_;
  Trouble trouble_;
  std::uint32_t born_ = 0;     // so many of the world's own have come up
  std::uint32_t ordered_ = 0;  // and of those that were ordered
  std::uint64_t steps_ = 0;
};

}  // namespace tally::simcloud
