#include "simcloud/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace tally::simcloud {
namespace {

// How often things happen: once in so many steps, on average, for the whole world (sale) or for each machine.
constexpr std::size_t price_move = 4;
constexpr std::size_t stock_move = 2;
constexpr std::size_t type_vanishes = 30;
constexpr std::size_t type_returns = 6;
constexpr std::size_t region_moves = 60;
constexpr std::size_t machine_ends = 40;
constexpr std::size_t machine_sickens = 200;
constexpr std::size_t machine_recovers = 5;
constexpr std::size_t one_foreign_in = 6;
constexpr int steps_to_boot = 3;
constexpr int steps_to_end = 2;
constexpr std::uint32_t trouble_in = 8;  // of so many machines, in the order in which they come up:
constexpr std::uint32_t silent_one = 3;
constexpr std::uint32_t reinstalled_one = 5;
constexpr int steps_to_reinstall = 10;
constexpr std::size_t at_once = 1000;  // of each thousand items, one may move a step
constexpr std::chrono::seconds step_length{2};

/// A time as our names of instances carry it: 2026-08-20-20-53-39Z-00.
std::string name_time(Timestamp time) {
  std::string text = to_iso8601(time).substr(0, std::string_view("2026-08-20T20:53:39").size());
  std::replace_if(text.begin(), text.end(), [](char c) { return c == 'T' || c == ':'; }, '-');
  return text + "Z-00";
}

/// A loopback address of its own for each machine, in the order in which they come up.
std::string address_of(std::uint32_t born) {
  constexpr std::uint32_t last_bytes = 254;  // 1 to 254
  const std::uint32_t network = born / last_bytes;
  return fmt::format("127.{}.{}.{}", 1 + (network >> 8U) % last_bytes, network % 256, born % last_bytes + 1);
}

}  // namespace

std::string_view to_string(MachineStatus status) {
  constexpr std::array<std::string_view, 5> names = {"booting", "active", "unhealthy", "terminating", "terminated"};
  return names.at(static_cast<std::size_t>(status));
}

World::World(WorldOptions options)
    : options_(std::move(options)), random_(options_.seed), regions_(make_regions(options_.regions)) {
  for (Shape& shape : make_shapes(options_.types)) {
    SaleItem item;
    item.shape = std::move(shape);
    for (std::size_t region = 0; region < regions_.size(); ++region) {
      if (one_in(3)) item.regions_with_capacity.insert(region);
    }
    sale_.push_back(std::move(item));
  }
  while (machines_.size() < options_.instances) boot();
  for (auto& [id, machine] : machines_) machine.age = static_cast<int>(below(steps_to_boot + 1));
}

void World::step() {
  ++steps_;
  move_sale();
  move_machines();
}

Machine* World::find_machine(const std::string& id) {
  const auto at = machines_.find(id);
  return at == machines_.end() ? nullptr : &at->second;
}

void World::move_sale() {
  for (std::size_t i = 0; i < 1 + sale_.size() / at_once; ++i) {
    SaleItem& item = sale_[below(sale_.size())];
    if (one_in(price_move)) {
      const int percent = 90 + static_cast<int>(below(21));
      item.shape.price_cents = std::max(1, item.shape.price_cents * percent / 100);
    }
    if (one_in(stock_move)) {
      const std::size_t region = below(regions_.size());
      if (item.regions_with_capacity.erase(region) == 0) item.regions_with_capacity.insert(region);
    }
    if (one_in(item.is_listed ? type_vanishes : type_returns)) item.is_listed = !item.is_listed;
  }
  if (one_in(region_moves)) hidden_region_ = hidden_region_ == SIZE_MAX ? below(regions_.size()) : SIZE_MAX;
}

void World::move_machines() {
  for (auto at = machines_.begin(); at != machines_.end();) {
    Machine& machine = at->second;
    const bool is_over = machine.status == MachineStatus::terminated && machine.age >= 1;
    if (is_over) {
      at = machines_.erase(at);
      continue;
    }
    move(machine);
    ++at;
  }
  while (machines_.size() < options_.instances) boot();
}

void World::move(Machine& machine) {
  ++machine.age;
  const auto become = [&machine](MachineStatus status) {
    machine.status = status;
    machine.age = 0;
  };
  switch (machine.status) {
    case MachineStatus::booting:
      if (machine.age < steps_to_boot) return;
      become(MachineStatus::active);
      machine.address = address_of(++born_);
      if (options_.has_ssh_trouble && born_ % trouble_in == silent_one) machine.ssh_fault = SshFault::silent;
      if (options_.has_ssh_trouble && born_ % trouble_in == reinstalled_one) machine.is_to_be_reinstalled = true;
      return;
    case MachineStatus::active:
      if (machine.is_to_be_reinstalled && machine.age == steps_to_reinstall) {
        machine.is_to_be_reinstalled = false;
        ++machine.installations;
      }
      if (one_in(machine_ends)) return become(MachineStatus::terminating);
      if (one_in(machine_sickens)) become(MachineStatus::unhealthy);
      return;
    case MachineStatus::unhealthy:
      if (one_in(machine_recovers)) become(MachineStatus::active);
      return;
    case MachineStatus::terminating:
      if (machine.age >= steps_to_end) become(MachineStatus::terminated);
      return;
    case MachineStatus::terminated: return;
  }
}

void World::boot() {
  Machine machine;
  machine.id = hex(32);
  machine.created_at = options_.start + steps_ * step_length;
  machine.shape = below(sale_.size());
  machine.region = below(regions_.size());
  if (one_in(one_foreign_in)) {
    machine.name = "workstation-" + hex(4);
    machine.ssh_key = "somebody";
  } else {
    machine.name = fmt::format("{}--{}", options_.owner, name_time(machine.created_at));
    machine.ssh_key = fmt::format("{}-{}-{}-{}-{}", hex(8), hex(4), hex(4), hex(4), hex(12));
  }
  machines_.emplace(machine.id, std::move(machine));
}

std::string World::hex(std::size_t digits) {
  std::string text;
  while (text.size() < digits) text += fmt::format("{:016x}", random_());
  text.resize(digits);
  return text;
}

}  // namespace tally::simcloud
