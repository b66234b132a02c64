// What a machine needs beside itself, as EC2 answers about it: subnets, key pairs, security groups and their rules,
// changes of volumes. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/instance.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"
#include "providers/aws/order.hpp"

namespace tally::aws {

/// The ID in an answer about something that was made.
Result<std::string> read_made(std::string body, std::string_view root, std::string_view field);

Result<std::optional<std::string>> read_subnets(std::string body, WorkLimit limit, std::vector<Network>& subnets);

struct KeyPair {
  std::string id;
  std::string public_key;  // "": not told
};
/// The one that was asked for.
Result<KeyPair> read_key_pair(std::string body);

/// The ID of the group that was asked for; "": there is none.
Result<std::string> read_group_id(std::string body);

struct GroupRule {
  std::string id;
  bool is_egress = false;
  Permission permission;
};
/// Adds a page's rules that are about TCP, UDP or everything; answers the next page's token.
Result<std::optional<std::string>> read_group_rules(std::string body, WorkLimit limit, std::vector<GroupRule>& rules);
FirewallRules firewall_rules_of(const std::vector<GroupRule>& rules);

/// How far the change of a volume is, in the answer to it and when it is asked for later: "modifying", "optimizing",
/// "completed", "failed"; "" where nothing is told.
Result<std::string> read_begun(std::string body);
Result<std::string> read_modification(std::string body);

}  // namespace tally::aws
