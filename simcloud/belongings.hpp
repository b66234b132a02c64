// What an account has in the simulated world beside machines. Maps are by ID, which the world gives.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "runtime/timestamp.hpp"

namespace tally::simcloud {

struct Key {
  std::string name;
  std::string public_key;
};

/// What a machine runs when it first starts, where a vendor keeps those apart from orders.
struct Script {
  std::string name;
  std::string text;
};

struct FirewallRule {
  std::string id;  // "" where a vendor's rules have none
  bool is_egress = false;
  std::string protocol;  // "tcp", "udp", "icmp", "all"
  int from_port = 0;     // 0 to 0: every port, or none
  int to_port = 0;
  std::string range;  // CIDR
  std::string description;

  /// Whether it allows the same, whatever it is called.
  [[nodiscard]] bool is_same(const FirewallRule& other) const {
    return is_egress == other.is_egress && protocol == other.protocol && from_port == other.from_port &&
           to_port == other.to_port && range == other.range;
  }
  bool operator==(const FirewallRule&) const = default;
};

struct Firewall {
  std::string name;
  std::string region;  // "": everywhere
  std::vector<FirewallRule> rules;
  Timestamp created_at{};
};

struct Disk {
  std::string name;
  std::string region;
  int size_gib = 0;
  Timestamp created_at{};
};

struct Belongings {
  std::map<std::string, Key> keys;
  std::string default_key;  // ID; "" none
  std::map<std::string, Script> scripts;
  std::map<std::string, Firewall> firewalls;
  std::vector<FirewallRule> common_rules;  // in force for every machine
  std::map<std::string, Disk> disks;
};

/// The one of that name; end() when there is none.
template <class Things>
auto find_by_name(Things& things, const std::string& name) {
  return std::find_if(things.begin(), things.end(), [&name](const auto& entry) { return entry.second.name == name; });
}

}  // namespace tally::simcloud
