// The lifecycle service: the operations of all credentials in force, one object a process. Loop thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "lifecycle/create_turns.hpp"
#include "lifecycle/desk.hpp"
#include "lifecycle/lifecycle.hpp"
#include "store/catalog_writer.hpp"

namespace tally::lifecycle {

class Service final : public Lifecycle {
 public:
  /// `new_id` answers an ID that no operation ever had. References outlive it and what it has begun.
  Service(CatalogWriter& writer, Clock& clock, boost::asio::any_io_executor loop, Options options,
          std::function<std::string()> new_id);
  ~Service() override;

  /// A credential is in force: what its journal has that is not over is gone on with, and requests are taken. One that
  /// is in force already has other parts from now on; what goes on with it goes on. Throws StoreError.
  boost::asio::awaitable<void> open(DeskParts parts);

  /// Whether it has operations that are not over, or something of theirs to be removed.
  [[nodiscard]] bool is_busy(const CredentialRef& credential) const;

  /// The credential is not in force any more. What is not over stays in the journal.
  boost::asio::awaitable<void> close(CredentialRef credential);

  /// The end: calls in flight get a few seconds; what is not over stays in the journal for the next start.
  boost::asio::awaitable<void> stop();

  boost::asio::awaitable<Checked<Progress>> carry_out(Request request, std::chrono::milliseconds patience) override;
  boost::asio::awaitable<std::optional<Progress>> find(std::string id, std::chrono::milliseconds patience) override;
  boost::asio::awaitable<Checked<std::vector<PlannedRequest>>> plan(Create create) override;
  boost::asio::awaitable<Checked<FirewallRules>> firewall_rules(Machine machine) override;

 private:
  [[nodiscard]] DeskPtr desk_of(const CredentialRef& credential) const;
  std::shared_ptr<CreateTurns> turns_of(const DeskParts& parts);
  boost::asio::awaitable<void> finish_in_hand(std::vector<DeskPtr> desks);
  boost::asio::awaitable<Checked<Progress>> follow(OperationPtr operation, bool was_over,
                                                   std::chrono::milliseconds patience);

  CatalogWriter& writer_;
  Clock& clock_;
  boost::asio::any_io_executor loop_;
  const Options options_;
  std::function<std::string()> new_id_;
  bool is_stopped_ = false;
  std::map<CredentialRef, DeskPtr> desks_;
  std::map<std::string, std::shared_ptr<CreateTurns>> turns_;  // by tenant
};

}  // namespace tally::lifecycle
