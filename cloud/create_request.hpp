// What a create is asked for, and what it answers. Text that nobody gave is "". An attribute that a provider cannot
// honour is `not_implemented` before any call, never ignored.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cloud/bytes.hpp"
#include "cloud/handle.hpp"
#include "cloud/ids.hpp"
#include "cloud/instance.hpp"
#include "cloud/result.hpp"

namespace tally {

/// A machine is ended by us at its retirement; by the vendor, where that can, so much later, for when we could not.
inline constexpr std::chrono::minutes after_retirement{15};

struct CreateRequest {
  RefId ref_id;        // required: repeating a create with the same RefID returns the same instance
  std::string token;   // required: equal only for the identical call; what makes the vendor's create idempotent
  int generation = 0;  // how many creates of this RefID are over: their machines ended, or never came to be
  std::string name;    // a wish; answered as the vendor stores it

  std::string type;  // the vendor's name, as InstanceType::type
  std::string location;
  std::string sub_location;  // "": any
  bool is_spot = false;
  std::string image_id;                // "": the provider's default
  std::optional<Bytes> disk_size;      // of the root disk
  std::vector<Disk> additional_disks;  // each with its size
  bool uses_multi_attach_volume = false;

  std::string vpc_id;
  std::string subnet_id;
  bool uses_persistent_ip = false;
  FirewallRules firewall;  // empty: nothing inbound but SSH, where that can be said

  std::string public_key;     // OpenSSH, one line
  std::string key_pair_name;  // of a key that the vendor has already, equal to `public_key`
  std::string user_data_base64;
  std::map<std::string, std::string> environment;
  std::map<std::string, std::string> tags;
  std::optional<std::chrono::seconds> retire_in;  // the vendor is to end it after_retirement later, where it can

  /// Awaited before something is made beside the machine, with its kind and name: so that it can be removed whatever
  /// becomes of the call. An error ends the create: it is not made. Empty: nobody wants to know.
  std::function<Task<>(Handle)> before_making{};
};

struct Created {
  Instance instance;         // exists: pending or running, its ID set
  std::vector<Handle> made;  // beside it, and to be removed with it
};

}  // namespace tally
