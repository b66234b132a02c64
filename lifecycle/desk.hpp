// One credential's operations: what they are about, and with what they are carried out. Loop thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cloud/account.hpp"
#include "cloud/provider.hpp"
#include "lifecycle/guards.hpp"
#include "lifecycle/journal.hpp"
#include "lifecycle/lifecycle.hpp"
#include "lifecycle/options.hpp"
#include "lifecycle/overlay.hpp"
#include "runtime/tasks.hpp"
#include "store/catalog.hpp"
#include "tally/account_queue.hpp"

namespace tally::lifecycle {

/// What a session lends the service, for as long as `lender` is held.
struct DeskParts {
  CredentialRef credential;
  ApiType api_type = ApiType::global;
  CreateTraits create;
  int creates_per_minute = 10;                 // of the tenant
  bool stops_what_fails = false;               // a machine that cannot be started the first time becomes `stopped`
  bool shares_names = false;                   // a RefID can live once in a tenant, not once a credential
  Guards guards;                               // of the configuration
  std::shared_ptr<void> lender;                // keeps what follows alive
  Account* account = nullptr;                  // the vendor's word, without overlays
  Overlays* overlays = nullptr;                // what the syncers see instead
  AccountQueue* queue = nullptr;               // the tally's door
  std::function<const KnownAccount&()> known;  // at the time of asking
  std::function<std::optional<std::chrono::milliseconds>()> vendor_ahead{};  // its clock's lead, by its last Date

  std::function<Task<std::vector<PlannedRequest>>(CreateRequest)> plan{};  // what a create would ask; changes nothing
};

struct Desk {
  Desk(DeskParts of, const Options& with, Clock& time, const boost::asio::any_io_executor& on,
       std::function<std::string()> ids, Journal records);

  DeskParts parts;
  const Options options;
  Clock& clock;
  boost::asio::any_io_executor loop;
  Tasks tasks;
  std::function<std::string()> new_id;
  Journal journal;
  int in_hand = 0;  // pieces of work that a stop waits for

  [[nodiscard]] const KnownInstances& instances() const { return *parts.known().instances; }

  /// What is known of a machine; nullptr when it is not known.
  [[nodiscard]] const KnownInstance* find(const CloudId& machine) const { return instances().find(machine); }

  /// The listing that has a location's instances.
  [[nodiscard]] std::string listing_of(const std::string& location) const {
    return parts.api_type == ApiType::global ? std::string() : location;
  }
};

using DeskPtr = std::shared_ptr<Desk>;

/// Known, and neither gone nor on its way there.
bool is_live(const KnownInstance* known);

/// Puts a machine's row into the tally. Lost when the catalog fails: the next listing brings it.
boost::asio::awaitable<void> tell(DeskPtr desk, Instance machine);
boost::asio::awaitable<void> tell(DeskPtr desk, InstanceNews news);

/// As AccountQueue::is_listed_since; a session that is replaced meanwhile lives until it has answered.
boost::asio::awaitable<bool> is_listed_since(DeskPtr desk, std::string listing, TimePoint since, TimePoint until);

/// Shows a machine in that state from now on, until the vendor says something new.
boost::asio::awaitable<void> show(DeskPtr desk, CloudId machine, Overlay overlay);

/// The vendor's word is shown again, as soon as it is heard.
void stop_showing(const Desk& desk, const CloudId& machine, const std::string& location);

/// The call is about to be made: in the journal before. False: it could not be written, and the operation has failed;
/// one of our own, which nobody would ask for again, waits until it can be.
boost::asio::awaitable<bool> begin_attempt(DeskPtr desk, OperationPtr operation, AttemptRecord attempt);

/// Its last call is over. Answers the record, as it is to be written.
AttemptRecord end_attempt(const Desk& desk, Operation& operation, AttemptOutcome outcome,
                          const std::optional<Error>& error);

/// The last call to the vendor failed, and the operation with it.
boost::asio::awaitable<void> fail_with_its_call(DeskPtr desk, OperationPtr operation, Error error);

/// The type could not be had: held at once, before anybody can ask for it again. `changes` are to be written.
void hold_type(Desk& desk, const OperationRecord& create, const std::string& zone, JournalChanges& changes);
boost::asio::awaitable<void> release_holds(DeskPtr desk);

/// Carries out a create that is in the journal: zone after zone, after a certain refusal for want of resources only.
/// `turn`: when it may begin.
boost::asio::awaitable<void> carry_create(DeskPtr desk, OperationPtr operation, CreateRequest what,
                                          std::vector<std::string> zones, TimePoint turn);

/// Finds out what came of a create that nobody was told the outcome of, and adopts its machine or ends what it made.
boost::asio::awaitable<void> resolve_create(DeskPtr desk, OperationPtr operation);

/// Ends a machine: asked for again until the provider confirms, over when it is gone.
boost::asio::awaitable<void> carry_terminate(DeskPtr desk, OperationPtr operation);

/// Has a machine ended by an operation of its own, or joins the one that does; answers it. `why` is told in its event;
/// `with` is written in the same transaction.
boost::asio::awaitable<OperationPtr> end_machine(DeskPtr desk, CloudId machine, std::string location, RefId ref_id,
                                                 std::string why, JournalChanges with);

/// Returns when it is over, or asked for again, or for no reason: look.
boost::asio::awaitable<void> wait_for_change(OperationPtr operation);

/// Returns when it is over.
boost::asio::awaitable<void> wait_until_over(OperationPtr operation);

/// Removes what a create made and is to be removed, for as long as it takes.
boost::asio::awaitable<void> remove_resources(DeskPtr desk, OperationPtr create);

/// The create is about to make this: in the journal before. It takes the place of one of its kind that was announced
/// and has no ID: that one was refused for certain (its name was taken), and is somebody else's. An error: it could not
/// be written.
Task<> announce_resource(DeskPtr desk, OperationPtr create, Handle planned);

/// The create was refused for certain: nothing of what it announced is there.
void drop_announced(Operation& create, JournalChanges& changes);

/// Notes what a create made, and marks what it made as to be removed, or as used by its machine.
void keep_resources(Operation& create, const std::vector<Handle>& made, ResourceState state, JournalChanges& changes);
void move_resources(Operation& create, ResourceState to, JournalChanges& changes);

/// A machine's retirement, set or (nothing) taken back: in memory, and in `changes`, which are to be written.
void set_retirement(Desk& desk, const CloudId& machine, std::optional<Timestamp> at, JournalChanges& changes);

/// That of a create that has its machine now moves to it; of one that came to none it goes.
void settle_retirement(Desk& desk, const OperationRecord& create, const std::optional<CloudId>& machine,
                       JournalChanges& changes);
/// Tells the vendor of a retirement that is in the journal, where it can end machines itself.
boost::asio::awaitable<void> carry_retire(DeskPtr desk, OperationPtr operation);
boost::asio::awaitable<void> retire_due(DeskPtr desk, bool is_clock_believed);

/// Goes on with what the journal has that is not over. Called once, before requests.
void recover(const DeskPtr& desk);

/// What needs no request, each few seconds: strays, creates that fail late, holds that are over, retirements.
boost::asio::awaitable<void> watch(DeskPtr desk);

}  // namespace tally::lifecycle
