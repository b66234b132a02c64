// A machine of the simulated world, and the order that an account placed for one.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/timestamp.hpp"
#include "simcloud/belongings.hpp"
#include "simcloud/ssh_fault.hpp"

namespace tally::simcloud {

enum class MachineStatus { booting, active, unhealthy, stopping, stopped, terminating, terminated, failed };
std::string_view to_string(MachineStatus status);
std::optional<MachineStatus> status_from(std::string_view name);

/// What a call asked for. Names and IDs as the vendor's wire has them.
struct Order {
  std::size_t shape = 0;   // index of the world's sale()
  std::size_t region = 0;  // index of the world's regions()
  std::string name;
  std::string key;                          // ID of a key of the account, or a public key
  std::map<std::string, std::string> tags;  // where a vendor's tags are mere texts: those, with empty values
  std::string image;                        // ID
  int disk_gib = 0;
  std::vector<std::string> firewalls;  // IDs of the account's firewalls that guard it
  std::vector<FirewallRule> rules;     // its own, where a vendor has them per machine
  std::vector<std::string> disks;      // IDs of the account's disks that hang on it
  std::string user_data;
  std::string request_id;  // the account's own word for the order, where a vendor keeps it
  std::string script;      // ID of one of the account's
  bool is_spot = false;

  bool operator==(const Order&) const = default;
};

struct Machine {
  std::string id;
  Timestamp created_at{};
  bool is_ordered = false;  // made by a call: it ends by calls alone, and `order` is what it asked for
  Order order;              // of the world's own machines: shape, region, name

  // Of the world's own machines: who made them, through what they tell apart.
  std::string owner;  // the credential; "" when it is somebody else's
  std::string ref_id;
  bool is_labelled = false;  // its tags were written over by a call, and with them what says who made it

  MachineStatus status = MachineStatus::booting;
  int age = 0;          // steps in this status
  std::string address;  // loopback, its own; once booted
  int boots = 0;
  int installations = 0;  // how often it was set up anew, which changes its host key
  bool is_to_be_reinstalled = false;
  SshFault ssh_fault = SshFault::none;

  // What its order or its end met (Trouble).
  std::string twin;                   // ID of the one that the same order made beside it
  bool is_without_resources = false;  // it does not come up: there was nothing to make it of
  int steps_unseen = 0;               // so many more in which no call sees it
  int steps_to_end = 2;

  [[nodiscard]] bool is_over() const {
    return status == MachineStatus::terminating || status == MachineStatus::terminated;
  }
};

}  // namespace tally::simcloud
