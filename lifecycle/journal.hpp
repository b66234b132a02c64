// The journal of one credential: what memory has of it, and the way into the catalog. What is written is durable when
// it returns. Memory has every create, so that its RefID is watched, whatever is not over, and of the others those that
// were over lately. Loop thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <deque>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lifecycle/holds.hpp"
#include "lifecycle/operation.hpp"
#include "runtime/clock.hpp"
#include "store/catalog_writer.hpp"

namespace tally::lifecycle {

class Journal {
 public:
  /// References outlive it.
  Journal(CredentialRef credential, CatalogWriter& writer, Clock& clock, boost::asio::any_io_executor loop,
          const JournalRecords& records);

  /// One more, in memory: from now on others join it.
  OperationPtr add(OperationRecord record);

  /// It could not be written: it is no operation, and whoever joined it is told why.
  void forget(const OperationPtr& operation, Error why);

  /// This create's machine, from now on.
  void give(const OperationPtr& create, const CloudId& machine);

  /// nullptr when memory has none of this ID.
  [[nodiscard]] OperationPtr find(const std::string& id) const;

  /// One that goes on and was asked for by the same request; nullptr when there is none.
  [[nodiscard]] OperationPtr find_open(const std::string& digest) const;

  /// The one of this kind that goes on with this machine.
  [[nodiscard]] OperationPtr find_open(OperationKind kind, const CloudId& machine) const;

  /// The create that made this machine.
  [[nodiscard]] OperationPtr find_create(const CloudId& machine) const;

  /// The oldest first.
  [[nodiscard]] std::vector<OperationPtr> creates_of(const RefId& ref_id) const;
  [[nodiscard]] const std::vector<OperationPtr>& creates() const { return creates_; }
  [[nodiscard]] std::vector<OperationPtr> open() const;

  /// Machines of this RefID that are being ended.
  [[nodiscard]] std::vector<OperationPtr> ends_of(const RefId& ref_id) const;

  /// `step` names it for failpoints. Throws StoreError: nothing is written then.
  boost::asio::awaitable<void> write(std::string step, JournalChanges changes);

  /// What must be written, for it has happened: tried again each second.
  boost::asio::awaitable<void> insist(std::string step, JournalChanges changes);

  /// The outcome: written, `with` in the same transaction, then told to those who wait.
  boost::asio::awaitable<void> finish(OperationPtr operation, OperationState state, std::optional<Error> error,
                                      JournalChanges with);
  boost::asio::awaitable<void> finish(OperationPtr operation, OperationState state, std::optional<Error> error);

  /// Puts the outcome into `changes`, for a transaction with others. Once it is written: conclude().
  void put_outcome(const Operation& operation, OperationState state, const std::optional<Error>& error,
                   JournalChanges& changes) const;
  void conclude(const OperationPtr& operation, OperationState state, std::optional<Error> error);

  /// Grows with every change.
  [[nodiscard]] std::uint64_t version() const { return version_; }

  Holds holds;

  /// By machine; of a create that has none yet, under the operation's ID: it moves to the machine with the answer.
  std::map<CloudId, RetirementRecord> retirements;

 private:
  CredentialRef credential_;
  CatalogWriter& writer_;
  Clock& clock_;
  boost::asio::any_io_executor loop_;
  std::map<std::string, OperationPtr> operations_;
  std::map<std::string, OperationPtr> open_;
  std::vector<OperationPtr> creates_;             // in the order in which they were begun
  std::multimap<RefId, OperationPtr> by_ref_id_;  // creates, those of one RefID in that order
  std::map<CloudId, OperationPtr> by_machine_;    // creates
  std::deque<std::string> ended_;                 // of the others, those that are over: the oldest are forgotten
  std::uint64_t version_ = 0;
};

/// The journal did not take what must be in it before anybody is asked: so nobody was.
Error unwritten(const std::exception_ptr& failure);

/// "operation_started" and its like, about an operation.
Event operation_event(std::string kind, const OperationRecord& operation);

}  // namespace tally::lifecycle
