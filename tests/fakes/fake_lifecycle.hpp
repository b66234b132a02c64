// A lifecycle service that does nothing but what a test says it comes to.
#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "lifecycle/lifecycle.hpp"
#include "store/catalog.hpp"

namespace tally::fakes {

class FakeLifecycle final : public lifecycle::Lifecycle {
 public:
  using Progress = lifecycle::Progress;
  template <class T>
  using Checked = lifecycle::Checked<T>;

  boost::asio::awaitable<Checked<Progress>> carry_out(lifecycle::Request request,
                                                      std::chrono::milliseconds patience) override {
    asked_.push_back(request);
    patience_ = patience;
    ++begun_;
    if (is_held_) co_await until_released_();
    Checked<Progress> outcome = carried_out_(request);
    ++ended_;
    co_return outcome;
  }

  boost::asio::awaitable<std::optional<Progress>> find(std::string id, std::chrono::milliseconds patience) override {
    patience_ = patience;
    std::optional<Progress> found = found_(id);
    co_return found;
  }

  boost::asio::awaitable<Checked<std::vector<PlannedRequest>>> plan(lifecycle::Create create) override {
    planned_.push_back(create);
    Checked<std::vector<PlannedRequest>> plan = plan_;
    co_return plan;
  }

  boost::asio::awaitable<Checked<FirewallRules>> firewall_rules(lifecycle::Machine machine) override {
    asked_rules_of_ = machine;
    Checked<FirewallRules> rules = rules_;
    co_return rules;
  }

  std::function<Checked<Progress>(const lifecycle::Request& request)> carried_out_ = [](const auto&) {
    return lifecycle::refused(Errc::service_unavailable, "", "nothing is said");
  };
  std::function<std::optional<Progress>(const std::string& id)> found_ = [](const auto&) { return std::nullopt; };
  Checked<std::vector<PlannedRequest>> plan_;
  Checked<FirewallRules> rules_;

  std::vector<lifecycle::Request> asked_;
  std::vector<lifecycle::Create> planned_;
  lifecycle::Machine asked_rules_of_;
  std::chrono::milliseconds patience_{0};  // of the last call
  std::atomic<int> begun_ = 0;
  std::atomic<int> ended_ = 0;
  std::atomic<bool> is_held_ = false;
  std::function<boost::asio::awaitable<void>()> until_released_;
};

/// An operation of the credential "cred", as the journal has it now, and how it is doing.
inline lifecycle::Progress journaled(Catalog& catalog, OperationRecord operation) {
  operation.credential = CredentialRef("cred");
  if (operation.id.empty()) operation.id = "op-1";
  operation.created_at = Timestamp(std::chrono::hours(1));
  if (is_over(operation.state)) operation.finished_at = Timestamp(std::chrono::hours(2));
  JournalChanges changes;
  changes.at = operation.created_at;
  changes.operations = {operation};
  catalog.apply(operation.credential, changes);
  lifecycle::Progress progress;
  progress.operation = operation;
  return progress;
}

}  // namespace tally::fakes
