// How the instances of one credential are probed and bootstrapped: what an operator sets, with its defaults.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cloud/probe_pace.hpp"
#include "cloud/tag_selector.hpp"
#include "ssh/bootstrap.hpp"
#include "ssh/target.hpp"

namespace tally {

struct BootstrapRule {
  std::optional<TagSelector> only;  // empty: every instance of the credential
  BootstrapPlan plan;
};

struct ProbeSettings {
  std::shared_ptr<const SshKey> key;         // nullptr: nobody logs in, a host is reachable when its host key is right
  std::string user;                          // instead of the instance's and the provider's; "": theirs
  std::optional<int> port;                   // likewise
  std::shared_ptr<const SshTarget> bastion;  // the way to every instance; nullptr: directly
  bool may_be_loopback = false;              // the cloud is simulated on this host, and so are its instances
  ProbePace pace;
  std::map<std::string, ProbePaceOverride> pace_of_type;  // by the instance's `type`
  std::vector<BootstrapRule> bootstraps;                  // the first that fits an instance is its own
  std::chrono::milliseconds attempt_deadline{std::chrono::seconds(30)};
  std::chrono::milliseconds bootstrap_deadline{std::chrono::minutes(10)};
};

}  // namespace tally
