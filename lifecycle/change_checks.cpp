#include "lifecycle/change_checks.hpp"

#include <utility>

#include "cloud/limits.hpp"
#include "lifecycle/field_checks.hpp"
#include "lifecycle/known_rows.hpp"
#include "runtime/text.hpp"

namespace tally::lifecycle {
namespace {

tl::unexpected<Refusal> cannot(std::string_view what) {
  return refused(Errc::not_implemented, "", "this provider cannot " + std::string(what));
}

/// Three levels: the account's ability is seen to before; then the type's word, and the machine's. What is not known
/// is left to the vendor.
bool is_granted(const KnownTypes& types, const Instance& machine, std::optional<bool> InstanceType::* by_type,
                std::optional<bool> Instance::* by_machine) {
  const KnownType* type = types.find(machine.instance_type_id);
  const bool type_grants = type == nullptr || (type->row.get()->*by_type).value_or(true);
  return type_grants && (machine.*by_machine).value_or(true);
}

class ChangeCheck {
 public:
  ChangeCheck(Account& account, const KnownTypes& types, const KnownInstance& machine)
      : account_(account), types_(types), machine_(machine) {}

  Checked<Request> operator()(const Create& /*unused*/) const {
    return refused(Errc::internal, "", "a create is no change");
  }
  Checked<Request> operator()(const Terminate& one) const { return one; }
  Checked<Request> operator()(const Retire& one) const {
    constexpr std::chrono::seconds least{60};
    constexpr std::chrono::hours most{24 * 366 * 10};
    if (one.in && (*one.in < least || *one.in > most)) return invalid("retire_in_s", "must be a minute to ten years");
    return one;
  }
  Checked<Request> operator()(const Stop& one) const { return stop_or_start(one, "stop"); }
  Checked<Request> operator()(const Start& one) const { return stop_or_start(one, "start"); }
  Checked<Request> operator()(const Reboot& one) const {
    if (account_.reboots() == nullptr) return cannot("reboot instances");
    if (!is_granted(types_, *machine_.row, &InstanceType::is_rebootable, &Instance::is_rebootable)) {
      return cannot("reboot this instance: it is not rebootable");
    }
    return one;
  }
  Checked<Request> operator()(const Resize& one) const {
    if (account_.resizes_volumes() == nullptr) return cannot("resize volumes");
    if (one.resize.size.count() <= 0) return invalid("disk_size_bytes", "must be more than zero");
    const std::optional<Bytes>& has = machine_.row->disk_size;
    if (has && gib_of(one.resize.size) < gib_of(*has)) {  // so that what was asked for can be asked for again
      return refused(
          Errc::conflict, "",
          "the disk has " + std::to_string(has->count()) + " bytes, more than `disk_size_bytes`: disks only grow");
    }
    return one;
  }
  Checked<Request> operator()(const UpdateTags& one) const {
    if (account_.updates_tags() == nullptr) return cannot("change tags");
    if (auto checked = check_tag_changes(one.changes, machine_.row->tags); !checked)
      return tl::unexpected(checked.error());
    return one;
  }
  Checked<Request> operator()(const ChangeType& one) const {
    if (account_.changes_type() == nullptr) return cannot("change an instance's type");
    if (one.type.empty()) return invalid("type", "is missing");
    const bool is_sold = any_row(types_, [&](const KnownType& type) {
      return type.is_listed && type.row->type == one.type && type.row->location == machine_.row->location;
    });
    if (!is_sold) return invalid("type", "is not listed where the instance is");
    if (machine_.status != LifecycleStatus::stopped) {
      return refused(Errc::conflict, "",
                     "the type can be changed while the instance is stopped; it is " +
                         std::string(to_string(machine_.status)) + ": stop it first");
    }
    return one;
  }
  Checked<Request> operator()(const AddFirewallRules& one) const {
    if (account_.modifies_firewall() == nullptr) return cannot("change firewall rules");
    auto rules = checked_firewall_rules(one.rules, "");
    if (!rules) return tl::unexpected(rules.error());
    if (rules->ingress.empty() && rules->egress.empty()) return invalid("ingress", "and `egress` are empty");
    AddFirewallRules canonical{one.machine, std::move(*rules)};
    return Request(std::move(canonical));
  }
  Checked<Request> operator()(const RevokeFirewallRules& one) const {
    if (account_.modifies_firewall() == nullptr) return cannot("change firewall rules");
    auto ids = checked_rule_ids(one.rule_ids);
    if (!ids) return tl::unexpected(ids.error());
    RevokeFirewallRules unique{one.machine, std::move(*ids)};
    return Request(std::move(unique));
  }

 private:
  template <class R>
  Checked<Request> stop_or_start(const R& one, const std::string& verb) const {
    if (account_.stops_starts() == nullptr) return cannot(verb + " instances");
    if (!is_granted(types_, *machine_.row, &InstanceType::is_stoppable, &Instance::is_stoppable)) {
      return cannot(verb + " this instance: it is not stoppable");
    }
    return one;
  }

  Account& account_;
  const KnownTypes& types_;
  const KnownInstance& machine_;
};

}  // namespace

Checked<> check_machine(const Machine& machine) {
  const std::string& id = machine.cloud_id.str();
  const bool is_good = !id.empty() && id.size() <= limits::id && printable(id, id.size()) == id;
  if (!is_good) return invalid("cloud_id", "is no ID of an instance");
  return {};
}

Checked<Request> check_change(const Request& request, Account& account, const KnownTypes& types,
                              const KnownInstance& machine) {
  return std::visit(ChangeCheck(account, types, machine), request);
}

}  // namespace tally::lifecycle
