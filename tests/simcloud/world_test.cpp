#include "simcloud/world.hpp"

#include <catch2/catch.hpp>

namespace tally::world_test {
using namespace tally::simcloud;

TEST_CASE("every machine has a loopback address of its own", "[simcloud]") {
  WorldOptions options;
  options.instances = 70'000;
  World world(options);
  for (int i = 0; i < 3; ++i) world.step();
  std::set<std::string> addresses;
  std::size_t booted = 0;
  for (const auto& [id, machine] : world.machines()) {
    if (machine.address.empty()) continue;
    ++booted;
    addresses.insert(machine.address);
    CHECK(machine.address.starts_with("127."));
  }
  CHECK(booted > 65'536);
  CHECK(addresses.size() == booted);
}

TEST_CASE("what accounts do does not change how the world moves", "[simcloud]") {
  World alone{WorldOptions()};
  World visited{WorldOptions()};
  for (int step = 0; step < 60; ++step) {
    if (step % 5 == 0) {
      Order order;
      order.shape = static_cast<std::size_t>(step) % visited.sale().size();
      visited.market().set_stock(order.shape, 0, alone.market().is_in_stock(order.shape, 0));
      if (const Done<Machine*> machine = visited.launch(order)) visited.reboot((*machine)->id);
    }
    alone.step();
    visited.step();
  }
  std::map<std::string, std::string> own;
  for (const auto& [id, machine] : visited.machines()) {
    if (!machine.is_ordered) own[id] = machine.address + std::string(to_string(machine.status));
  }
  CHECK(own.size() < visited.machines().size());
  CHECK(own.size() == alone.machines().size());
  for (const auto& [id, machine] : alone.machines()) {
    CHECK(own[id] == machine.address + std::string(to_string(machine.status)));
  }
  for (std::size_t shape = 0; shape < alone.sale().size(); ++shape) {
    CHECK(alone.sale()[shape].shape.price_cents == visited.sale()[shape].shape.price_cents);
    CHECK(alone.sale()[shape].regions_with_capacity == visited.sale()[shape].regions_with_capacity);
  }
}

TEST_CASE("one seed and the same calls give the same IDs", "[simcloud]") {
  World first{WorldOptions()};
  World second{WorldOptions()};
  for (World* world : {&first, &second}) {
    for (std::size_t shape = 0; shape < world->sale().size(); ++shape) {
      world->market().set_stock(shape, 0, true);
      Order order;
      order.shape = shape;
      REQUIRE(world->launch(order));
    }
    for (int step = 0; step < 10; ++step) world->step();
  }
  REQUIRE(first.machines().size() == second.machines().size());
  for (const auto& [id, machine] : first.machines()) {
    REQUIRE(second.find_machine(id) != nullptr);
    CHECK(second.find_machine(id)->address == machine.address);
  }
}

}  // namespace tally::world_test
