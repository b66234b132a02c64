// Who counts what the daemon does. Whoever does something tells it; what counts it (api/metrics) is not known to them.
// Loop thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "tally/listing.hpp"

namespace tally {

class WorkObserver {
 public:
  virtual ~WorkObserver() = default;

  /// A pass of a listing is over. `result`: "success", or the kind of its error.
  virtual void see_poll(const std::string& credential, SyncerKind syncer, std::string_view result,
                        std::chrono::nanoseconds took) = 0;

  /// One HTTP request to a provider, each repetition by itself. `operation` is its method: "GET"; `status` 0: there
  /// was no answer. `is_throttled`: the vendor asked to be asked less.
  virtual void see_request(const std::string& credential, std::string_view operation, int status, bool is_throttled,
                           std::chrono::nanoseconds took) = 0;

  /// A contact over SSH has its outcome: the last stage that was begun.
  virtual void see_probe(const std::string& credential, std::string_view stage, bool is_ok,
                         std::chrono::nanoseconds took) = 0;

  /// A write to the catalog, from its begin on the writer's thread to its end.
  virtual void see_commit(std::chrono::nanoseconds took) = 0;

  /// An attempt to deliver a notification of that rule is over. `result`: "delivered", "failed" or "given_up".
  virtual void see_notification(const std::string& rule, std::string_view result) = 0;

  /// The configuration was read again, and is in force or not.
  virtual void see_reload(bool is_in_force) = 0;
};

}  // namespace tally
