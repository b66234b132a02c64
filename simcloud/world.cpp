#include "simcloud/world.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/contains.hpp"

namespace tally::simcloud {
namespace {

// How often things happen to the world's own machines: once in so many steps, on average, for each of them.
constexpr std::size_t machine_ends = 40;
constexpr std::size_t machine_sickens = 200;
constexpr std::size_t machine_recovers = 5;
constexpr std::size_t one_foreign_in = 6;
constexpr int steps_to_boot = 3;
constexpr int steps_to_stop = 2;
constexpr std::uint32_t trouble_in = 8;  // of so many machines, in the order in which they come up:
constexpr std::uint32_t silent_one = 3;
constexpr std::uint32_t reinstalled_one = 5;
constexpr int steps_to_reinstall = 10;
constexpr std::chrono::seconds step_length{2};
constexpr std::uint32_t network_of_the_world = 1;
constexpr std::uint32_t network_of_orders = 128;
constexpr std::uint64_t ids_apart = 0x9E3779B97F4A7C15U;  // any number: another sequence of the same seed

/// A loopback address of its own for each machine, in the order in which they come up, from 127.`first`.0.1 on.
std::string address_of(std::uint32_t first, std::uint32_t born) {
  constexpr std::uint32_t last_bytes = 254;  // 1 to 254
  const std::uint32_t network = born / last_bytes;
  return fmt::format("127.{}.{}.{}", first + (network >> 8U) % (last_bytes - first), network % 256,
                     born % last_bytes + 1);
}

void become(Machine& machine, MachineStatus status) {
  machine.status = status;
  machine.age = 0;
}

}  // namespace

World::World(WorldOptions options)
    : options_(std::move(options)),
      random_(options_.seed),
      ids_(options_.seed ^ ids_apart),
      market_(options_.types, options_.regions, random_) {
  while (machines_.size() < options_.instances) boot();
  for (auto& [id, machine] : machines_) machine.age = static_cast<int>(random_.below(steps_to_boot + 1));
}

void World::step() {
  ++steps_;
  market_.step(random_);
  move_machines();
}

Timestamp World::now() const { return options_.start + steps_ * step_length; }

int World::gpus_in_use() const {
  int gpus = 0;
  for (const auto& [id, machine] : machines_) {
    if (!machine.is_over()) gpus += sale()[machine.order.shape].shape.gpus;
  }
  return gpus;
}

Machine* World::find_machine(const std::string& id) {
  const auto at = machines_.find(id);
  return at == machines_.end() ? nullptr : &at->second;
}

Machine* World::find_seen(const std::string& id) {
  Machine* machine = find_machine(id);
  return machine == nullptr || machine->steps_unseen > 0 ? nullptr : machine;
}

void World::label(Machine& machine, const std::string& ref_tag, const std::string& credential_tag) {
  if (machine.is_labelled || machine.owner.empty()) return;
  machine.order.tags.emplace(ref_tag, machine.ref_id);
  machine.order.tags.emplace(credential_tag, machine.owner);
  machine.is_labelled = true;
}

Done<std::string> World::add_key(const Key& key) {
  if (trouble_.is_key_name_taken) belongings_.keys.emplace(new_id(), Key{key.name, "ssh-ed25519 AAAA somebody"});
  if (find_by_name(belongings_.keys, key.name) != belongings_.keys.end()) return tl::unexpected(Denial::name_taken);
  return belongings_.keys.emplace(new_id(), key).first->first;
}

bool World::is_key_in_use(const std::string& key) const {
  return std::any_of(machines_.begin(), machines_.end(), [&key](const auto& entry) {
    return !entry.second.is_over() && entry.second.is_ordered && entry.second.order.key == key;
  });
}

std::vector<std::string> World::machines_behind(const std::string& firewall) const {
  std::vector<std::string> ids;
  for (const auto& [id, machine] : machines_) {
    if (!machine.is_over() && contains(machine.order.firewalls, firewall)) ids.push_back(id);
  }
  return ids;
}

std::string World::machine_with(const std::string& disk) const {
  const auto at = std::find_if(machines_.begin(), machines_.end(), [&disk](const auto& entry) {
    return !entry.second.is_over() && contains(entry.second.order.disks, disk);
  });
  return at == machines_.end() ? "" : at->first;
}

Done<Machine*> World::launch(const Order& order, const std::string& token) {
  if (const auto known = tokens_.find(token); !token.empty() && known != tokens_.end()) {
    Machine* machine = find_machine(known->second.id);
    if (machine == nullptr || !(known->second.order == order)) return tl::unexpected(Denial::token_reused);
    return machine;
  }
  const int gpus = sale()[order.shape].shape.gpus;
  if (const auto denial = why_not(order.shape, order.region, gpus)) return tl::unexpected(*denial);
  Machine& machine = make(order);
  if (trouble_.is_doubled) machine.twin = make(order).id;
  if (!token.empty()) tokens_.emplace(token, Launched{order, machine.id});
  return &machine;
}

std::optional<Denial> World::why_not(std::size_t shape, std::size_t region, int more_gpus) const {
  if (trouble_.is_out_of_stock || !market_.is_in_stock(shape, region)) return Denial::out_of_stock;
  const bool is_too_much = gpus_in_use() + more_gpus > options_.gpu_quota;
  if (trouble_.is_out_of_quota || is_too_much) return Denial::out_of_quota;
  return std::nullopt;
}

Machine& World::make(const Order& order) {
  Machine machine;
  machine.id = new_id();
  machine.created_at = now();
  machine.is_ordered = true;
  machine.order = order;
  if (machine.order.disk_gib == 0) machine.order.disk_gib = sale()[order.shape].shape.storage_gib;
  machine.is_without_resources = trouble_.is_failing_later;
  machine.steps_unseen = trouble_.steps_unseen;
  return machines_.emplace(machine.id, machine).first->second;
}

Done<> World::terminate(const std::string& id) {
  Machine* machine = find_seen(id);
  if (machine == nullptr) return tl::unexpected(Denial::no_such_machine);
  if (machine->is_over()) return {};
  machine->steps_to_end += trouble_.more_steps_to_end;
  become(*machine, MachineStatus::terminating);
  return {};
}

Done<Machine*> World::find_live(const std::string& id) {
  Machine* machine = find_seen(id);
  if (machine == nullptr || machine->is_over()) return tl::unexpected(Denial::no_such_machine);
  return machine;
}

Done<> World::stop(const std::string& id) {
  const Done<Machine*> machine = find_live(id);
  if (!machine) return tl::unexpected(machine.error());
  if ((*machine)->status != MachineStatus::active) return tl::unexpected(Denial::wrong_state);
  become(**machine, MachineStatus::stopping);
  return {};
}

Done<> World::start(const std::string& id) {
  const Done<Machine*> machine = find_live(id);
  if (!machine) return tl::unexpected(machine.error());
  if ((*machine)->status != MachineStatus::stopped) return tl::unexpected(Denial::wrong_state);
  become(**machine, MachineStatus::booting);
  return {};
}

Done<> World::reboot(const std::string& id) {
  const Done<Machine*> machine = find_live(id);
  if (!machine) return tl::unexpected(machine.error());
  const MachineStatus status = (*machine)->status;
  const bool is_up = status == MachineStatus::active || status == MachineStatus::unhealthy;
  if (!is_up) return tl::unexpected(Denial::wrong_state);
  ++(*machine)->boots;
  become(**machine, MachineStatus::active);
  return {};
}

Done<> World::resize(const std::string& id, int disk_gib) {
  const Done<Machine*> machine = find_live(id);
  if (!machine) return tl::unexpected(machine.error());
  if (disk_gib < (*machine)->order.disk_gib) return tl::unexpected(Denial::smaller);
  (*machine)->order.disk_gib = disk_gib;
  return {};
}

Done<> World::change_shape(const std::string& id, std::size_t shape) {
  const Done<Machine*> machine = find_live(id);
  if (!machine) return tl::unexpected(machine.error());
  Order& order = (*machine)->order;
  if ((*machine)->status != MachineStatus::stopped) return tl::unexpected(Denial::wrong_state);
  const int more = sale()[shape].shape.gpus - sale()[order.shape].shape.gpus;
  if (const auto denial = why_not(shape, order.region, more)) return tl::unexpected(*denial);
  order.shape = shape;
  return {};
}

void World::move_machines() {
  std::size_t unasked = 0;
  for (auto at = machines_.begin(); at != machines_.end();) {
    Machine& machine = at->second;
    const bool is_gone = machine.status == MachineStatus::terminated && machine.age >= 1;
    if (is_gone) {
      at = machines_.erase(at);
      continue;
    }
    move(machine);
    if (!machine.is_ordered) ++unasked;
    ++at;
  }
  for (; unasked < options_.instances; ++unasked) boot();
}

void World::move(Machine& machine) {
  ++machine.age;
  if (machine.steps_unseen > 0) --machine.steps_unseen;
  switch (machine.status) {
    case MachineStatus::booting:
      if (machine.is_without_resources) return become(machine, MachineStatus::failed);
      if (machine.age >= steps_to_boot) come_up(machine);
      return;
    case MachineStatus::active:
      if (machine.is_to_be_reinstalled && machine.age == steps_to_reinstall) {
        machine.is_to_be_reinstalled = false;
        ++machine.installations;
      }
      if (machine.is_ordered) return;
      if (random_.one_in(machine_ends)) return become(machine, MachineStatus::terminating);
      if (random_.one_in(machine_sickens)) become(machine, MachineStatus::unhealthy);
      return;
    case MachineStatus::unhealthy:
      if (!machine.is_ordered && random_.one_in(machine_recovers)) become(machine, MachineStatus::active);
      return;
    case MachineStatus::stopping:
      if (machine.age >= steps_to_stop) become(machine, MachineStatus::stopped);
      return;
    case MachineStatus::terminating:
      if (machine.age >= machine.steps_to_end) become(machine, MachineStatus::terminated);
      return;
    case MachineStatus::stopped:
    case MachineStatus::terminated:
    case MachineStatus::failed: return;
  }
}

/// A machine that was stopped keeps the address that it had.
void World::come_up(Machine& machine) {
  become(machine, MachineStatus::active);
  ++machine.boots;
  if (!machine.address.empty()) return;
  if (machine.is_ordered) {
    machine.address = address_of(network_of_orders, ++ordered_);
    return;
  }
  machine.address = address_of(network_of_the_world, ++born_);
  if (options_.has_ssh_trouble && born_ % trouble_in == silent_one) machine.ssh_fault = SshFault::silent;
  if (options_.has_ssh_trouble && born_ % trouble_in == reinstalled_one) machine.is_to_be_reinstalled = true;
}

void World::boot() {
  Machine machine;
  machine.id = random_.hex(32);
  machine.created_at = now();
  machine.order.shape = random_.below(sale().size());
  machine.order.region = random_.below(regions().size());
  machine.order.disk_gib = sale()[machine.order.shape].shape.storage_gib;
  if (random_.one_in(one_foreign_in)) {
    machine.order.name = "workstation-" + random_.hex(4);
    machine.ref_id = "somebody";
  } else {
    machine.owner = options_.owner;
    const auto part = [this](std::size_t digits) { return random_.hex(digits); };
    machine.ref_id = part(8);
    for (const std::size_t digits : {4U, 4U, 4U, 12U}) machine.ref_id += "-" + part(digits);
  }
  machines_.emplace(machine.id, std::move(machine));
}

}  // namespace tally::simcloud
