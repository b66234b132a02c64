// The lifecycle service as the control API sees it. Every mutating call is one operation: checked, written to the
// journal (durable) before the provider is called, called, its outcome written. Whoever asks only waits: an operation
// goes on when its client leaves, and ends at the next start of the daemon when this one ends first. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cloud/error.hpp"
#include "cloud/instance.hpp"
#include "cloud/planned_request.hpp"
#include "lifecycle/refusal.hpp"
#include "lifecycle/requests.hpp"
#include "store/journal_records.hpp"

namespace tally::lifecycle {

/// How an operation is doing. Its row is that of the view `operations` of this ID. Not over (is_over): 202.
struct Progress {
  OperationRecord operation;
  bool was_over = false;       // it was over before this call: a create's RefID has this machine already
  std::optional<Error> error;  // of one that is over and came to nothing, as long as memory has it; else see the record
  FirewallRules rules;         // of add_firewall_rules: what there is now, with IDs
};

class Lifecycle {
 public:
  virtual ~Lifecycle() = default;

  /// Begins the operation, or joins the same one that goes on, and waits for its outcome for so long. A create whose
  /// RefID has a machine by the same request answers that one's operation; another request under a live RefID is
  /// `conflict`. Refused before the journal: nothing was written and nobody asked. An outcome that is certain and bad
  /// is a Progress whose state is `failed` or `cleaned_up`.
  virtual boost::asio::awaitable<Checked<Progress>> carry_out(Request request, std::chrono::milliseconds patience) = 0;

  /// Waits for the outcome of one that goes on for so long. Nothing: no operation of this ID goes on, or is over since
  /// lately (older ones are in the view `operations`).
  virtual boost::asio::awaitable<std::optional<Progress>> find(std::string id, std::chrono::milliseconds patience) = 0;

  /// Checks a create, and answers what would be asked of the vendor. Not journaled, nothing is changed.
  virtual boost::asio::awaitable<Checked<std::vector<PlannedRequest>>> plan(Create create) = 0;

  /// What the provider says. Errors: instance_not_found, not_implemented, the vendor's.
  virtual boost::asio::awaitable<Checked<FirewallRules>> firewall_rules(Machine machine) = 0;
};

}  // namespace tally::lifecycle
