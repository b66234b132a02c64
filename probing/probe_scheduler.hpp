// Probes the running instances of all credentials over SSH, pins their host keys and bootstraps them. Told of every
// commit of instances; what it learns goes to tables of its own. Unreachable never means dead: no instance's row is
// touched here. Lives on the loop thread; waits for the Prober and the catalog's writer.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cloud/result.hpp"
#include "probing/probe_hosts.hpp"
#include "probing/ssh_group.hpp"
#include "runtime/rng.hpp"
#include "runtime/tasks.hpp"
#include "ssh/bootstrap.hpp"
#include "ssh/prober.hpp"
#include "store/catalog_writer.hpp"
#include "store/ssh_records.hpp"
#include "tally/instance_observer.hpp"
#include "tally/work_observer.hpp"

namespace tally {

template <class T>
class Eventual;

/// tally::bootstrap, or what stands for it in a test.
using Bootstrapper = std::function<boost::asio::awaitable<BootstrapReport>(Prober&, SshTarget, BootstrapPlan,
                                                                           std::chrono::milliseconds deadline)>;

/// What a probe came to, as the catalog keeps it, and who answered.
struct ProbeOutcome {
  ProbeRecord record;
  std::optional<HostKey> host_key;
  std::string server_version;  // "" when none was told
  std::string boot_id;         // another one after each boot; "" when it cannot be told: nobody may log in, or run it
};

/// How many at once.
struct ProbeLimits {
  std::size_t contacts = 512;   // in all
  std::size_t rechecks = 384;   // of hosts that were probed before: new ones need not wait behind many that are dead
  std::size_t bootstraps = 64;  // these take minutes
};

class ProbeScheduler final : public InstanceObserver {
 public:
  /// The references outlive it. `workers`: what walks all instances of an account runs there.
  ProbeScheduler(Prober& prober, Bootstrapper bootstrapper, CatalogWriter& writer, Clock& clock, Rng& rng,
                 boost::asio::any_io_executor loop, boost::asio::any_io_executor workers, ProbeLimits limits = {});
  ~ProbeScheduler() override;

  /// Takes up a credential that is not known here, with what the catalog has of it; `instances` are those known now.
  /// Call before its syncers start. Throws StoreError.
  boost::asio::awaitable<void> add(CredentialRef credential, const ProviderDescription* provider,
                                   ProbeSettings settings, std::shared_ptr<const KnownInstances> instances);

  /// Forgets a credential's instances; the catalog keeps what it has. Returns when no contact of it is left.
  boost::asio::awaitable<void> remove(CredentialRef credential);

  /// Until cancelled. Then call stop().
  boost::asio::awaitable<void> run();

  /// Ends every contact and writes what was learned. Nothing of it runs any more then.
  boost::asio::awaitable<void> stop();

  /// An operator says that the changed host key of this fingerprint ("SHA256:...") is right: it takes the place of the
  /// expected one, and the instance is probed at once. Errors: instance_not_found; conflict when no changed key is
  /// known, or another than was looked at; internal when the catalog cannot be written: nothing has changed then.
  Task<void> trust(CredentialRef credential, CloudId cloud_id, std::string fingerprint);

  /// Probes an instance at once, or joins the probe that runs; its outcome counts like any other's. None when there is
  /// no outcome within `patience`: the probe goes on, and whoever asks again joins it. Errors: instance_not_found when
  /// it never had an address while it ran; conflict when it does not run or has none now; internal when a probe came to
  /// nothing by our own fault, such as a catalog that cannot be written.
  Task<std::optional<ProbeOutcome>> probe_now(CredentialRef credential, CloudId cloud_id,
                                              std::chrono::milliseconds patience);

  void see_instances(const CredentialRef& credential, const ListingKey& listing, TimePoint began,
                     std::vector<KnownInstance> changed) override;

  /// Who hears of each probe's outcome from now on; outlives the scheduler.
  void observe(WorkObserver& observer) { observer_ = &observer; }

  /// Contacts that run now.
  [[nodiscard]] std::size_t contacts() const { return contacts_; }

 private:
  struct News;      // what a commit of instances brought, not yet looked at
  struct Attempt {  // a contact of one version of a host
    HostId id = 0;
    std::uint64_t version = 0;
    Lane lane = Lane::first;
  };
  enum class Pinned { by_the_vendor, at_first_contact };
  struct Contacts {
    std::deque<News> news;
    bool is_ready = false;  // what the catalog has is loaded
    std::unique_ptr<Tasks> tasks;
  };
  class Slot;
  using Told = std::variant<ProbeOutcome, Error>;  // to those who asked for a probe

  bool take_news();
  bool start_due();
  [[nodiscard]] bool has_room(Lane lane) const;
  [[nodiscard]] TimePoint next_due() const;
  boost::asio::awaitable<void> wait();
  void wake();

  boost::asio::awaitable<void> contact(Attempt attempt);
  boost::asio::awaitable<void> probe(Attempt attempt);
  boost::asio::awaitable<void> bootstrap(Attempt attempt);
  boost::asio::awaitable<void> pin(Attempt attempt, std::vector<HostKey> keys, Pinned how);
  boost::asio::awaitable<void> remove_dropped(HostId id);
  boost::asio::awaitable<void> raise_alarm(Attempt attempt);
  boost::asio::awaitable<SshRun> look(HostId id, SshTarget target, std::chrono::milliseconds deadline);
  boost::asio::awaitable<void> settle(Attempt attempt, SshTarget target, SshReport report, std::string boot_id);
  void tell_of_sharing(const ProbeHost& host);
  boost::asio::awaitable<void> record_sharing(HostId id);
  void tell(HostId id, const Told& told);
  void end_bootstrap(Attempt attempt);
  void note_trouble(const std::string& trouble);
  void give_up(Attempt attempt, const std::string& why);
  boost::asio::awaitable<bool> try_commit(CredentialRef credential, CloudId cloud_id, SshChanges changes);
  boost::asio::awaitable<void> commit(CredentialRef credential, CloudId cloud_id, SshChanges changes);

  Prober& prober_;
  Bootstrapper bootstrapper_;
  CatalogWriter& writer_;
  Clock& clock_;
  boost::asio::any_io_executor loop_;
  boost::asio::any_io_executor workers_;
  ProbeLimits limits_;
  SshGroup group_;
  ProbeHosts hosts_;
  std::map<CredentialRef, Contacts> accounts_;
  std::multimap<HostId, std::shared_ptr<Eventual<Told>>> asked_;  // those who wait
  Tasks tasks_;
  std::size_t contacts_ = 0;
  std::array<std::size_t, lanes> contacts_of_{};
  boost::asio::steady_timer woken_;  // cancelled to wake run()
  bool is_woken_ = false;
  std::string last_trouble_;
  WorkObserver* observer_ = nullptr;
};

}  // namespace tally
