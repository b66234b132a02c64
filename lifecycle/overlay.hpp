// What was just asked of a machine is shown before the vendor shows it: from the call on until the vendor says
// something new, or the call fails, or it takes too long. It is laid over every answer that the syncers get. Loop
// thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cloud/account.hpp"
#include "runtime/clock.hpp"

namespace tally::lifecycle {

/// What one operation shows of its machine instead of what the vendor says.
struct Overlay {
  std::string by;                         // the operation's ID
  std::optional<LifecycleStatus> before;  // the vendor's status when it was asked; where unknown, the next that it says
  std::optional<LifecycleStatus> status;  // shown while the vendor says `before`
  TagChanges tags;                        // shown until the vendor shows them
  std::optional<FirewallRules> rules;     // shown until the vendor shows them
  TimePoint until{};                      // at the latest
};

/// The machine as it is shown; nothing: the overlay has nothing more to say. Pure.
std::optional<Instance> overlaid(const Instance& vendors, const Overlay& overlay, TimePoint now);

/// Of one credential.
class Overlays {
 public:
  /// Beside those of the machine's other operations; of two statuses the newer one is shown.
  void add(const CloudId& machine, Overlay overlay);

  /// That operation's.
  void remove(const CloudId& machine, const std::string& by);

  /// All of it.
  void remove(const CloudId& machine) { overlays_.erase(machine); }

  /// The vendor's row, or one that is shown in its place. The same for the same row, so that it need not be compared.
  Row<Instance> apply(const Row<Instance>& vendors, TimePoint now);

  /// What another one shows is shown here.
  void adopt(const Overlays& other) { overlays_ = other.overlays_; }

 private:
  struct Entry {
    std::vector<Overlay> overlays;  // the oldest first
    Row<Instance> vendors;          // the last one,
    Row<Instance> shown;            // and what was shown in its place
  };
  std::map<CloudId, Entry> overlays_;
};

/// An account as the syncers see it.
class OverlaidAccount final : public Account {
 public:
  /// References outlive it.
  OverlaidAccount(Account& account, Overlays& overlays, Clock& clock)
      : account_(account), overlays_(overlays), clock_(clock) {}

  [[nodiscard]] TenantId tenant_id() const override { return account_.tenant_id(); }
  [[nodiscard]] Capabilities capabilities() const override { return account_.capabilities(); }
  Task<Answer<Location>> locations() override { return account_.locations(); }
  Task<Offering> instance_types(Scope scope) override { return account_.instance_types(std::move(scope)); }
  Task<Answer<Instance>> instances(Scope scope) override;
  Task<Instance> instance(InstanceRef instance) override;

  [[nodiscard]] Creates* creates() override { return account_.creates(); }
  [[nodiscard]] Terminates* terminates() override { return account_.terminates(); }
  [[nodiscard]] StopsStarts* stops_starts() override { return account_.stops_starts(); }
  [[nodiscard]] Reboots* reboots() override { return account_.reboots(); }
  [[nodiscard]] ResizesVolumes* resizes_volumes() override { return account_.resizes_volumes(); }
  [[nodiscard]] UpdatesTags* updates_tags() override { return account_.updates_tags(); }
  [[nodiscard]] ChangesType* changes_type() override { return account_.changes_type(); }
  [[nodiscard]] ModifiesFirewall* modifies_firewall() override { return account_.modifies_firewall(); }
  [[nodiscard]] SetsEnd* sets_end() override { return account_.sets_end(); }
  [[nodiscard]] ListsImages* lists_images() override { return account_.lists_images(); }
  [[nodiscard]] Quotas* quotas() override { return account_.quotas(); }

 private:
  Account& account_;
  Overlays& overlays_;
  Clock& clock_;
};

}  // namespace tally::lifecycle
