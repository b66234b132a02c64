// One credential's operations: what they are about, and with what they are carried out. Loop thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cloud/account.hpp"
#include "cloud/create_request.hpp"
#include "cloud/planned_request.hpp"
#include "cloud/provider.hpp"
#include "lifecycle/guards.hpp"
#include "lifecycle/journal.hpp"
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
  std::chrono::seconds between_creates{0};     // likewise
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

/// Whether a create's machine is there still. What the tally does not know yet was made just now, or is long over.
bool has_live_machine(const Desk& desk, const Operation& create);

/// Puts a machine's row into the tally. Lost when the catalog fails: the next listing brings it.
boost::asio::awaitable<void> tell(DeskPtr desk, Instance machine);
boost::asio::awaitable<void> tell(DeskPtr desk, InstanceNews news);

/// As AccountQueue::is_listed_since; a session that is replaced meanwhile lives until it has answered.
boost::asio::awaitable<bool> is_listed_since(DeskPtr desk, std::string listing, TimePoint since, TimePoint until);

/// Shows a machine so from now on, until the vendor says something new.
boost::asio::awaitable<void> show(DeskPtr desk, CloudId machine, Overlay overlay);

/// What the operation showed is not shown any more: the vendor's word is, as soon as it is heard.
void stop_showing(const Desk& desk, const OperationRecord& operation);

}  // namespace tally::lifecycle
