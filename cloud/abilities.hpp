// What some accounts can do beside listing, each ability a small interface that an account's class inherits: the class
// head is the list (capabilities.hpp). Calls run on the loop thread. Every call about one instance says where it is; an
// error says how sure it is that nothing changed (Error::certainty). Whether a call may be made is decided above.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/create_request.hpp"
#include "cloud/image.hpp"
#include "cloud/instance_ref.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/result.hpp"
#include "cloud/scope.hpp"
#include "runtime/timestamp.hpp"

namespace tally {

struct Creates {
  virtual ~Creates() = default;
  /// Success: the machine exists. An error leaves nothing behind, unless it says `unknown` or `partly`.
  virtual Task<Created> create(CreateRequest request) = 0;
  /// Removes what a create made beside its machine; without an ID, what has the name. Gone already: success. In use:
  /// conflict.
  virtual Task<> remove(Handle handle, std::string location) = 0;
};

struct Terminates {
  virtual ~Terminates() = default;
  /// Success: the vendor has accepted it, or says that there is no such machine (any more).
  virtual Task<> terminate(InstanceRef instance) = 0;
};

struct StopsStarts {
  virtual ~StopsStarts() = default;
  virtual Task<> stop(InstanceRef instance) = 0;
  virtual Task<> start(InstanceRef instance) = 0;
};

struct Reboots {
  virtual ~Reboots() = default;
  virtual Task<> reboot(InstanceRef instance) = 0;
  /// Whether one that takes several calls has begun and is not over: asked for again, it goes on from there, after a
  /// restart too.
  [[nodiscard]] virtual bool is_rebooting(const CloudId& /*instance*/) const { return false; }
};

struct VolumeResize {
  Bytes size;                         // of the root disk; the vendor's volume grows, the file system in it does not
  bool waits_for_optimizing = false;  // success only when the vendor has moved the data, too
};
struct ResizesVolumes {
  virtual ~ResizesVolumes() = default;
  virtual Task<> resize_volume(InstanceRef instance, VolumeResize resize) = 0;
};

/// A tag without a value is removed; tags that are not named stay.
using TagChanges = std::map<std::string, std::optional<std::string>>;
struct UpdatesTags {
  virtual ~UpdatesTags() = default;
  virtual Task<> update_tags(InstanceRef instance, TagChanges changes) = 0;
};

struct ChangesType {
  virtual ~ChangesType() = default;
  /// conflict: the machine is not stopped.
  virtual Task<> change_type(InstanceRef instance, std::string type) = 0;
};

struct ModifiesFirewall {
  virtual ~ModifiesFirewall() = default;
  virtual Task<FirewallRules> firewall_rules(InstanceRef instance) = 0;
  /// Answers the rules with their IDs. duplicate_firewall_rule: there were all of them; else the rest is added.
  virtual Task<FirewallRules> add_firewall_rules(InstanceRef instance, FirewallRules rules) = 0;
  virtual Task<> revoke_firewall_rules(InstanceRef instance, std::vector<std::string> rule_ids) = 0;
};

/// No capability of its own: what retires a machine here tells the vendor, too, where the vendor can end it.
struct SetsEnd {
  virtual ~SetsEnd() = default;
  /// The vendor ends it by itself, after_retirement later than that; nothing: never.
  virtual Task<> set_end(InstanceRef instance, std::optional<Timestamp> retire_at) = 0;
};

struct ListsImages {
  virtual ~ListsImages() = default;
  /// All that fit the query, and may be more: see matches(). Asked for by ID: also those that no list has.
  virtual Task<Answer<Image>> list_images(Scope scope, ImageQuery query) = 0;
  /// Of a locational API: each location has a list of its own; else one list, asked for without a location, has all.
  [[nodiscard]] virtual bool are_images_of_locations() const { return true; }
};

struct Quotas {
  virtual ~Quotas() = default;
  virtual Task<Answer<Quota>> list_quotas(Scope scope) = 0;
  /// As are_images_of_locations().
  [[nodiscard]] virtual bool are_quotas_of_locations() const { return true; }
};

}  // namespace tally
