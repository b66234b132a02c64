#include "lifecycle/overlay.hpp"

#include <algorithm>
#include <utility>

namespace tally::lifecycle {
namespace {

constexpr std::size_t most_overlays = 16;  // of a machine

bool shows_status(const Overlay& overlay) { return overlay.status.has_value(); }

/// Whether something changed.
bool put_tags(const TagChanges& changes, std::map<std::string, std::string>& tags) {
  const auto before = tags;
  for (const auto& [key, value] : changes) {
    if (value) {
      tags[key] = *value;
    } else {
      tags.erase(key);
    }
  }
  return tags != before;
}

}  // namespace

std::optional<Instance> overlaid(const Instance& vendors, const Overlay& overlay, TimePoint now) {
  if (now >= overlay.until) return std::nullopt;
  Instance shown = vendors;
  bool is_other = false;
  if (overlay.status && vendors.status == overlay.before && vendors.status != overlay.status) {
    shown.status = overlay.status;
    is_other = true;
  }
  is_other = put_tags(overlay.tags, shown.tags) || is_other;
  if (overlay.rules) {
    const FirewallRules theirs{vendors.attributes->ingress_rules, vendors.attributes->egress_rules};
    is_other = is_other || theirs != *overlay.rules;
    InstanceAttributes& attributes = shown.attributes.edit();
    attributes.ingress_rules = overlay.rules->ingress;
    attributes.egress_rules = overlay.rules->egress;
  }
  if (!is_other) return std::nullopt;
  return shown;
}

void Overlays::add(const CloudId& machine, Overlay overlay) {
  Entry& entry = overlays_[machine];
  if (overlay.status) {
    // What was known of the status since is what is shown.
    const auto other = std::find_if(entry.overlays.begin(), entry.overlays.end(), shows_status);
    if (other != entry.overlays.end()) {
      overlay.before = other->before;
      entry.overlays.erase(other);
    }
  }
  if (entry.overlays.size() >= most_overlays) entry.overlays.erase(entry.overlays.begin());
  entry.overlays.push_back(std::move(overlay));
  entry.vendors.reset();
}

void Overlays::remove(const CloudId& machine, const std::string& by) {
  const auto at = overlays_.find(machine);
  if (at == overlays_.end()) return;
  std::erase_if(at->second.overlays, [&by](const Overlay& overlay) { return overlay.by == by; });
  at->second.vendors.reset();
}

Row<Instance> Overlays::apply(const Row<Instance>& vendors, TimePoint now) {
  const auto at = overlays_.find(vendors->cloud_id);
  if (at == overlays_.end()) return vendors;
  Entry& entry = at->second;
  for (Overlay& overlay : entry.overlays) {
    if (!overlay.before && !is_ended(*vendors)) overlay.before = vendors->status;
  }
  std::optional<Instance> shown;
  const std::size_t over = std::erase_if(entry.overlays, [&](const Overlay& overlay) {
    std::optional<Instance> next = overlaid(shown ? *shown : *vendors, overlay, now);
    if (!next) return true;
    shown = std::move(next);
    return false;
  });
  if (!shown) {
    overlays_.erase(at);
    return vendors;
  }
  if (entry.vendors == vendors && over == 0) return entry.shown;
  entry.vendors = vendors;
  entry.shown = std::make_shared<const Instance>(std::move(*shown));
  return entry.shown;
}

Task<Answer<Instance>> OverlaidAccount::instances(Scope scope) {
  Result<Answer<Instance>> answer = co_await account_.instances(std::move(scope));
  if (answer) {
    for (Row<Instance>& row : answer->rows) row = overlays_.apply(row, clock_.now());
  }
  co_return answer;
}

Task<Instance> OverlaidAccount::instance(InstanceRef instance) {
  Result<Instance> answer = co_await account_.instance(std::move(instance));
  if (!answer) co_return answer;
  auto row = std::make_shared<const Instance>(*answer);
  co_return *overlays_.apply(row, clock_.now());
}

}  // namespace tally::lifecycle
