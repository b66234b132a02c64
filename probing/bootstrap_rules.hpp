// Which bootstrap an instance gets, whether it had it, and what came of one. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/instance.hpp"
#include "probing/probe_settings.hpp"
#include "store/ssh_records.hpp"

namespace tally {

/// A rule with the digest that tells its plan apart.
struct PlannedBootstrap {
  BootstrapRule rule;
  std::string sha256;
};
std::vector<PlannedBootstrap> planned(std::vector<BootstrapRule> rules);

/// SHA-256 of all that the plan does.
std::string plan_sha256(const BootstrapPlan& plan);

/// The bootstrap that is still to be done for the instance, of which `last` is known; nullptr: none.
const PlannedBootstrap* pending_bootstrap(const std::vector<PlannedBootstrap>& plans, const Instance& instance,
                                          const BootstrapRecord* last);

/// One more attempt begins.
BootstrapRecord begun(const PlannedBootstrap& plan, const CloudId& id, const BootstrapRecord* last, Timestamp now);

/// What the attempt came to: done, failed, or still to be tried again when the way there failed.
BootstrapRecord concluded(BootstrapRecord record, const BootstrapReport& report, Timestamp now);

/// The event of an attempt that ended as `record`, which followed one that came to `last_error` ("": none with this
/// plan). A way there that fails is told when it begins to, not again while it is tried.
std::optional<Event> bootstrap_event(const BootstrapRecord& record, const std::string& last_error);

/// The last 16 KiB of a script's output, without what could play tricks on a terminal: see
/// printable(), Lines::many.
std::string printable_output(std::string_view output);

}  // namespace tally
