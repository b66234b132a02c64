// How our metadata travels in a Lambda instance's name: `{credential RefID}--{creation time}`. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cloud/ids.hpp"
#include "runtime/timestamp.hpp"

namespace tally::lambda {

struct InstanceName {
  CredentialRef credential;
  Timestamp created_at{};
};

/// "cred-1--2026-08-20-20-53-39Z-00".
std::string instance_name(const InstanceName& name);

/// Split at the last `--` whose tail is a time such as 2026-08-20-20-53-39Z-00 or 2026-08-20-22-53-39+02-00. Nothing
/// for a name that we did not give.
std::optional<InstanceName> parse_instance_name(std::string_view name);

}  // namespace tally::lambda
