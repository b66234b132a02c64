// A create from its first call to a machine that is what was waited for: of one type, or of the cheapest offer that can
// be had, and the next one when that certainly came to nothing. At most one machine is left.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "cli/client/instance_watch.hpp"
#include "cli/client/lifecycle_client.hpp"
#include "cli/client/offer_choice.hpp"

namespace tally::cli {

struct CreatePlan {
  boost::json::object body;  // all that every offer is asked with: ref_id, public_key, ...
  std::optional<Goal> wait;
  std::chrono::steady_clock::time_point offers_until;  // how long to wait for an offer
};

/// Whether another offer may be tried after that: it is certain that there is no machine, and the fault is not the
/// request's own. Pure.
bool may_try_next(const Outcome& outcome);

class CreateRun {
 public:
  CreateRun(LifecycleClient& client, std::function<Reader()> open, CreatePlan plan)
      : client_(client), open_(std::move(open)), plan_(std::move(plan)) {}

  /// `consent` is asked before the first offer is tried.
  [[nodiscard]] Outcome of_cheapest(const OfferWish& wish, const std::function<bool(const Offer& offer)>& consent);

  /// Of what the body names.
  [[nodiscard]] Outcome of_one(boost::json::object body);

  /// Takes over the machine that lives under the RefID, or the create that is not over; nothing when there is neither.
  [[nodiscard]] std::optional<Outcome> of_earlier();

 private:
  /// Nothing: there is none, and `last` is why, which changes when no offer can come any more.
  [[nodiscard]] std::optional<Offer> next_offer(const OfferWish& wish, Outcome& last);
  [[nodiscard]] Outcome await_goal(Outcome made);
  bool await_ends();
  void await_clean_up(const std::string& operation_id);
  [[nodiscard]] std::string ref_id() const;

  using Time = std::chrono::steady_clock::time_point;
  LifecycleClient& client_;
  std::function<Reader()> open_;
  CreatePlan plan_;
  std::vector<std::pair<Offer, Time>> tried_;
};

}  // namespace tally::cli
