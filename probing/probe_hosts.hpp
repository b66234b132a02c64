// The instances that are probed: where each is reached, who is expected there, how its contacts have gone, and when it
// is due. Bookkeeping only: no contacts, no catalog. Lives on the loop thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "cloud/provider.hpp"
#include "probing/bootstrap_rules.hpp"
#include "probing/host_identity.hpp"
#include "probing/probe_schedule.hpp"
#include "probing/ssh_target.hpp"
#include "tally/known.hpp"

namespace tally {

using HostId = DueQueue::Id;  // never used again, so that what is left of an instance is not taken for another

/// What the catalog has of one instance.
struct StoredHost {
  std::optional<ProbeRecord> probe;
  std::vector<HostKeyRecord> keys;
  std::optional<BootstrapRecord> bootstrap;
  bool is_told_shared = false;  // a shared_host problem of it lasts
};

/// Who of several was at a place first: when the key was pinned, then by credential and ID.
using PlaceAge = std::tuple<Timestamp, std::string, std::string>;

/// A credential whose instances are probed.
struct ProbeAccount {
  CredentialRef credential;
  const ProviderDescription* provider = nullptr;
  ProbeSettings settings;
  std::vector<PlannedBootstrap> plans;
  std::unordered_map<CloudId, HostId> hosts;
  std::map<ListingKey, TimePoint> vouched;  // when the last complete answer was begun
};

struct ProbeHost {
  HostId id = 0;
  ProbeAccount* account = nullptr;

  // The instance, as last committed.
  Row<Instance> row;
  ListingKey listing;
  bool is_confirmed = true;
  Timestamp running_since{};

  // Where it is reached. A new version begins when that changes, or it runs anew: what was begun for an older one says
  // nothing any more.
  std::optional<SshTarget> target;  // empty: not running, or without an address
  std::uint64_t version = 0;

  // How the contacts of this version have gone.
  std::optional<bool> is_reachable;
  bool was_reachable = false;
  bool is_probing = false;
  int failures = 0;  // in a row
  TimePoint window_ends;

  HostIdentity identity;

  // The place at which it answered as expected, with the key that it showed there; "" until it did in this version.
  std::string place;
  PlaceAge place_age;
  bool is_told_shared = false;  // the catalog says that another instance has this place

  std::unique_ptr<BootstrapRecord> bootstrap;  // nullptr: none was ever begun
  bool is_bootstrapping = false;
  int bootstrap_failures = 0;  // in a row, on the way there
  TimePoint bootstrap_after;   // no attempt before
  TimePoint bootstrap_window_ends;

  [[nodiscard]] const CloudId& cloud_id() const { return row->cloud_id; }
  [[nodiscard]] ProbePace pace() const { return pace_of(*row, account->settings); }
  [[nodiscard]] std::optional<TimePoint> vouched_at() const;
  [[nodiscard]] const PlannedBootstrap* pending() const {
    return pending_bootstrap(account->plans, *row, bootstrap.get());
  }
};

/// What a host waits for. New ones have a lane of their own, so that they need not wait behind many that are dead.
enum class Lane { first, recheck, bootstrap };
inline constexpr std::size_t lanes = 3;

class ProbeHosts {
 public:
  explicit ProbeHosts(Rng& rng) : rng_(rng) {}

  ProbeAccount& add(const CredentialRef& credential, const ProviderDescription& provider, ProbeSettings settings);
  void remove(const CredentialRef& credential);
  [[nodiscard]] ProbeAccount* account(const CredentialRef& credential);

  /// An instance that was known before this start. What was reachable is probed again within the recheck interval, not
  /// at once; what has a bootstrap to be resumed, or was never probed where it is now, at once.
  void restore(ProbeAccount& account, const KnownInstance& known, StoredHost stored, TimePoint now, Timestamp wall_now);

  /// What a listing says of an instance. False: it has ended, and something of it was kept.
  bool see(ProbeAccount& account, const KnownInstance& known, TimePoint now);

  /// nullptr: gone, or of another version.
  [[nodiscard]] ProbeHost* find(HostId id, std::uint64_t version);
  [[nodiscard]] ProbeHost* find(HostId id);
  [[nodiscard]] ProbeHost* find(const CredentialRef& credential, const CloudId& cloud_id);

  /// What was begun for it does not count any more; probed at once, with a new window.
  void begin_anew(ProbeHost& host, TimePoint now);

  /// Probed at once, unless it is being probed.
  void hurry(ProbeHost& host, TimePoint now);

  /// How a probe of the present version went, and when the next one is due.
  void succeed(ProbeHost& host, TimePoint now);
  void fail(ProbeHost& host, TimePoint now);

  /// A probe that was no fault of the host's (the catalog could not be written): soon again.
  void retry(ProbeHost& host, TimePoint now);

  /// The host's key is not the expected one: a new window to find out more, or once that is known, slow rechecks.
  void suspect(ProbeHost& host, HostKey key, TimePoint now);
  void block(ProbeHost& host, TimePoint now);

  /// The host answers where it is reached, with this key, which is the one that is expected.
  void take_place(ProbeHost& host, const HostKey& key);

  /// The instance that had the host's place and key before it, if it lives: one machine, then, whose bootstrap is the
  /// other's. Not one of the same ID, which two credentials of one tenant see. nullptr: the place is its own.
  [[nodiscard]] const ProbeHost* holder_of_place(const ProbeHost& host) const;

  /// Puts a reachable host into the lane of bootstraps if one is to be done, and its place is its own.
  void queue_bootstrap(ProbeHost& host, TimePoint now);

  /// The way there failed: again with back-off, after another probe.
  void postpone_bootstrap(ProbeHost& host, TimePoint now);

  [[nodiscard]] std::optional<HostId> take_due(Lane lane, TimePoint now) { return queue(lane).take_due(now); }
  [[nodiscard]] std::optional<TimePoint> next_due(Lane lane) const {
    return queues_.at(static_cast<std::size_t>(lane)).next();
  }
  [[nodiscard]] std::size_t size() const { return hosts_.size(); }

 private:
  ProbeHost& make(ProbeAccount& account, const CloudId& cloud_id);
  void erase(ProbeHost& host);
  void leave_queues(HostId id);
  void leave_place(ProbeHost& host);
  void schedule(ProbeHost& host, TimePoint due, TimePoint now);
  DueQueue& queue(Lane lane) { return queues_.at(static_cast<std::size_t>(lane)); }

  Rng& rng_;
  std::map<CredentialRef, std::unique_ptr<ProbeAccount>> accounts_;
  std::unordered_map<HostId, ProbeHost> hosts_;
  std::array<DueQueue, lanes> queues_;
  std::unordered_map<std::string, std::map<PlaceAge, HostId>> places_;
  HostId ids_ = 0;
  std::uint64_t versions_ = 0;
};

}  // namespace tally
