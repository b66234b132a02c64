// Has the running instances of all credentials probed over SSH, and bootstrapped: decides who is due, and how many at
// once; what is done then is a contact's (ProbeContacts). Told of every commit of instances; what is learned goes to
// tables of its own. Unreachable never means dead: no instance's row is touched here. Lives on the loop thread; waits
// for the Prober and the catalog's writer.
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cloud/result.hpp"
#include "probing/probe_contacts.hpp"
#include "probing/probe_hosts.hpp"
#include "probing/ssh_recorder.hpp"
#include "runtime/rng.hpp"
#include "runtime/tasks.hpp"
#include "ssh/prober.hpp"
#include "store/catalog_writer.hpp"
#include "tally/instance_observer.hpp"
#include "tally/work_observer.hpp"

namespace tally {

template <class T>
class Eventual;

/// How many at once.
struct ProbeLimits {
  std::size_t contacts = 512;   // in all
  std::size_t rechecks = 384;   // of hosts that were probed before: new ones need not wait behind many that are dead
  std::size_t bootstraps = 64;  // these take minutes
};

class ProbeScheduler final : public InstanceObserver, private ContactOwner {
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
  void observe(WorkObserver& observer) { contacts_.observe(observer); }

  /// Contacts that run now.
  [[nodiscard]] std::size_t contacts() const { return running_; }

 private:
  struct News;  // what a commit of instances brought, not yet looked at
  struct AccountWork {
    std::deque<News> news;
    bool is_ready = false;         // what the catalog has is loaded
    std::unique_ptr<Tasks> tasks;  // its contacts, and what ends with them
  };
  class Slot;
  using Told = Result<ProbeOutcome>;  // to those who asked for a probe

  bool take_news();
  bool start_due();
  [[nodiscard]] bool has_room(Lane lane) const;
  [[nodiscard]] TimePoint next_due() const;
  boost::asio::awaitable<void> wait();

  boost::asio::awaitable<void> carry_out(ProbeContacts::Contact contact);

  // As the owner of contacts.
  [[nodiscard]] bool is_asked(HostId id) const override { return asked_.count(id) != 0; }
  void tell(HostId id, const Told& told) override;
  void wake() override;
  void spawn(const CredentialRef& credential, std::string name, boost::asio::awaitable<void> work) override;

  CatalogWriter& writer_;
  Clock& clock_;
  boost::asio::any_io_executor loop_;
  boost::asio::any_io_executor workers_;
  ProbeLimits limits_;
  SshRecorder recorder_;
  ProbeHosts hosts_;
  ProbeContacts contacts_;
  std::map<CredentialRef, AccountWork> accounts_;
  std::multimap<HostId, std::shared_ptr<Eventual<Told>>> asked_;  // those who wait
  Tasks tasks_;
  std::size_t running_ = 0;  // contacts
  std::array<std::size_t, lanes> running_of_{};
  boost::asio::steady_timer woken_;  // cancelled to wake run()
  bool is_woken_ = false;
};

}  // namespace tally
