#include "simcloud/world.hpp"

#include <catch2/catch.hpp>

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
