// What comes of what the daemon is asked to do, for the API to put into words. Values.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cloud/error.hpp"
#include "cloud/ids.hpp"
#include "store/ssh_records.hpp"

namespace tally::api {

/// One thing that was asked of a provider.
struct CheckStep {
  std::string name;  // "list instances"
  std::size_t rows = 0;
  std::chrono::milliseconds took{0};
  std::optional<Error> error;  // none: the provider answered completely
};

/// What a credential may do.
struct CredentialCheck {
  CredentialRef credential;
  std::string provider_id;
  TenantId tenant_id;  // empty: not known
  bool is_read_only = false;
  std::vector<std::string> capabilities;
  std::vector<CheckStep> steps;
};

/// A contact with an instance, and who answered.
struct SshContact {
  ProbeRecord record;
  std::string key_type;        // "" when the contact did not come so far
  std::string fingerprint;     // likewise
  std::string server_version;  // likewise
  std::string boot_id;         // "" when it was not told
};

}  // namespace tally::api
