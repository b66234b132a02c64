// The request budget of one tenant, which all credentials of the tenant, both syncers and lifecycle calls draw from,
// over HTTP and gRPC alike. Where a vendor limits services or actions by themselves, each has a pool of its own: its
// own bucket, lanes and pauses. A fifth of each pool is reserved for lifecycle calls. Lives on the loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/request_rate.hpp"
#include "cloud/result.hpp"
#include "runtime/clock.hpp"

namespace tally {

enum class Priority { sync, lifecycle };

/// One request that somebody wants to send.
struct Draw {
  Priority priority = Priority::sync;
  std::string lane;  // those in one lane share its turns
  std::string pool;  // "": the common one; "describe/us-east-1": one of that rate for that place; see RequestRate
  std::optional<TimePoint> deadline;  // later than then it need not be sent at all
};

class Budget {
 public:
  virtual ~Budget() = default;

  /// Waits until a request may be sent and takes it from its pool. Where several wait, lifecycle calls go first, then
  /// the lanes by turns: what one asks for often does not keep waiting what another one asks for seldom. Cancellation
  /// leaves the budget untouched. Error (rate_limited, nothing happened, the wait in retry_after): it may not be sent
  /// before its deadline; told as soon as that is known.
  virtual Task<> acquire(Draw draw) = 0;

  /// Nobody sends from that pool before `until` (a 429 or Retry-After); "": from any pool, for what a vendor says of
  /// the common one holds for the whole tenant. Never shortens an earlier pause.
  virtual void pause_until(TimePoint until, std::string_view pool = "") = 0;

  /// As above, but of syncs only: what is left until then is for lifecycle calls.
  virtual void hold_syncs_until(TimePoint until, std::string_view pool = "") = 0;
};

/// The Budget in use: each pool a token bucket.
class TenantBudget final : public Budget {
 public:
  /// `common`: of the pool without a name. `named`: of the others, each pool made when it is first drawn from.
  TenantBudget(Clock& clock, RequestRate common, std::vector<RequestRate> named = {});
  ~TenantBudget() override;
  Task<> acquire(Draw draw) override;
  void pause_until(TimePoint until, std::string_view pool = "") override;
  void hold_syncs_until(TimePoint until, std::string_view pool = "") override;

 private:
  class Pool;
  Pool& pool_of(std::string_view name);
  Error not_in_time(Pool& pool, Priority priority) const;

  Clock& clock_;
  std::vector<RequestRate> rates_;  // the common one first
  TimePoint all_paused_until_;
  TimePoint all_syncs_held_until_;
  std::map<std::string, std::shared_ptr<Pool>, std::less<>> pools_;
};

}  // namespace tally
