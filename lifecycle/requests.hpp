// What users ask for, as typed values: what the API makes of a body and what the checks look at. Text that nobody gave
// is "".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cloud/abilities.hpp"
#include "cloud/create_request.hpp"
#include "cloud/ids.hpp"
#include "cloud/money.hpp"
#include "tally/operation.hpp"

namespace tally::lifecycle {

struct Create {
  CredentialRef credential;
  CreateRequest what;              // without token and generation, which the service finds
  std::optional<Money> max_price;  // per hour: a dearer type is refused
};

/// Which machine. `location` narrows where one that was never known here is looked for; "": everywhere.
struct Machine {
  CredentialRef credential;
  CloudId cloud_id;
  std::string location;
};

struct Terminate {
  Machine machine;
};
struct Stop {
  Machine machine;
};
struct Start {
  Machine machine;
};
struct Reboot {
  Machine machine;
};
struct Resize {
  Machine machine;
  VolumeResize resize;
};
struct UpdateTags {
  Machine machine;
  TagChanges changes;
};
struct ChangeType {
  Machine machine;
  std::string type;
};
struct AddFirewallRules {
  Machine machine;
  FirewallRules rules;
};
struct RevokeFirewallRules {
  Machine machine;
  std::vector<std::string> rule_ids;
};
struct Retire {
  Machine machine;
  std::optional<std::chrono::seconds> in;  // from now on; nothing: never
};

using Request = std::variant<Create, Terminate, Stop, Start, Reboot, Resize, UpdateTags, ChangeType, AddFirewallRules,
                             RevokeFirewallRules, Retire>;

OperationKind kind_of(const Request& request);
const CredentialRef& credential_of(const Request& request);

/// nullptr for a create.
const Machine* machine_of(const Request& request);

/// Lower-case hex SHA-256 of the request in canonical form: equal for requests that ask for the same, in which what is
/// absent and what is the default are one, and the order of tags, rules and ranges does not matter.
std::string digest_of(const Request& request);

/// A create's token: hex SHA-256 of credential, RefID, generation and attempt. Only the identical call is repeated
/// under one token, so calls that differ are different attempts.
std::string token_of(const CredentialRef& credential, const RefId& ref_id, int generation, int attempt);

}  // namespace tally::lifecycle
