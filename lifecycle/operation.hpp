// One operation while memory has it: its record, its calls and what it made. Loop thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "cloud/error.hpp"
#include "cloud/instance.hpp"
#include "store/journal_records.hpp"

namespace tally::lifecycle {

struct Operation {
  Operation(OperationRecord what, const boost::asio::any_io_executor& loop)
      : record(std::move(what)), changed(loop, boost::asio::steady_timer::time_point::max()) {}

  OperationRecord record;
  std::vector<AttemptRecord> attempts;
  std::vector<ResourceRecord> resources;
  std::optional<Error> error;         // that it came to in this process
  FirewallRules rules;                // of add_firewall_rules
  bool is_unwritten = false;          // the journal did not take it: it never was
  bool is_removing = false;           // somebody removes its resources
  bool is_asked_again = false;        // a terminate that waits for its next try is to make it now
  boost::asio::steady_timer changed;  // cancelled when it is over, or asked for again: wakes those who wait

  [[nodiscard]] bool is_over() const { return is_unwritten || tally::is_over(record.state); }

  /// One that waits for its next try makes it now.
  void ask_again() {
    is_asked_again = true;
    changed.cancel();
  }

  /// Of a create that was answered, or whose machine was found.
  [[nodiscard]] bool has_machine() const {
    return record.state == OperationState::succeeded || record.state == OperationState::adopted;
  }

  /// Begun by the service itself, not by a request: nobody would ask for it again.
  [[nodiscard]] bool is_our_own() const { return record.request_sha256.empty(); }
};

using OperationPtr = std::shared_ptr<Operation>;

/// Returns when it is over, or asked for again, or for no reason: look.
boost::asio::awaitable<void> wait_for_change(OperationPtr operation);

/// Returns when it is over.
boost::asio::awaitable<void> wait_until_over(OperationPtr operation);

}  // namespace tally::lifecycle
