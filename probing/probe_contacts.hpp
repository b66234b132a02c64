// What is done with one host that is due, in which order, and what is made of the outcome: a contact probes it, pins
// its host key, or bootstraps it. What is learned goes to the catalog, to ProbeHosts, and to the owner of the contacts,
// who decides when there is one and how many run at once. Lives on the loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cloud/result.hpp"
#include "probing/probe_hosts.hpp"
#include "probing/ssh_recorder.hpp"
#include "ssh/bootstrap.hpp"
#include "ssh/prober.hpp"
#include "store/ssh_records.hpp"
#include "tally/work_observer.hpp"

namespace tally {

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

/// Who decides when there is a contact, as contacts know it.
class ContactOwner {
 public:
  virtual ~ContactOwner() = default;

  /// Somebody waits for the outcome of a probe of this host.
  [[nodiscard]] virtual bool is_asked(HostId id) const = 0;

  /// What a probe of the host came to; an Error when it came to nothing by our own fault.
  virtual void tell(HostId id, const Result<ProbeOutcome>& outcome) = 0;

  /// A host may be due earlier than it was.
  virtual void wake() = 0;

  /// Begins work that ends with the credential's contacts.
  virtual void spawn(const CredentialRef& credential, std::string name, boost::asio::awaitable<void> work) = 0;
};

class ProbeContacts {
 public:
  /// A contact of one version of a host.
  struct Contact {
    HostId id = 0;
    std::uint64_t version = 0;
    Lane lane = Lane::first;
  };

  /// The references outlive it, and all that it has begun; it stays where it is.
  ProbeContacts(Prober& prober, Bootstrapper bootstrapper, Clock& clock, ProbeHosts& hosts, SshRecorder& recorder,
                ContactOwner& owner)
      : prober_(prober),
        bootstrapper_(std::move(bootstrapper)),
        clock_(clock),
        hosts_(hosts),
        recorder_(recorder),
        owner_(owner) {}
  ProbeContacts(const ProbeContacts&) = delete;
  ProbeContacts& operator=(const ProbeContacts&) = delete;

  /// Carries out a contact that is due. Whatever goes wrong in it costs this contact only; a cancel leaves it.
  boost::asio::awaitable<void> carry_out(Contact contact);

  /// A listing had news of the host: begins to tell the catalog what follows for its keys and its place.
  void notice(const ProbeHost& host);

  /// Has `key`, which is the changed one of a host that is there, take the place of those that were expected, and the
  /// host probed at once. Fails when the catalog does not take it: nothing has changed then.
  Task<void> accept_changed_key(HostId id, HostKeyRecord key);

  /// Who hears of each probe's outcome from now on; outlives it.
  void observe(WorkObserver& observer) { observer_ = &observer; }

 private:
  enum class Pinned { by_the_vendor, at_first_contact };

  boost::asio::awaitable<void> probe(Contact contact);
  boost::asio::awaitable<SshRun> look(HostId id, SshTarget target, std::chrono::milliseconds deadline);
  boost::asio::awaitable<void> settle(Contact contact, SshTarget target, SshReport report, std::string boot_id);
  boost::asio::awaitable<void> pin(Contact contact, std::vector<HostKey> keys, Pinned how);
  boost::asio::awaitable<void> raise_alarm(Contact contact);
  boost::asio::awaitable<void> remove_dropped(HostId id);
  void tell_of_sharing(const ProbeHost& host);
  boost::asio::awaitable<void> record_sharing(HostId id);
  boost::asio::awaitable<void> bootstrap(Contact contact);
  void end_bootstrap(Contact contact);
  void give_up(Contact contact, const std::string& why);
  void note_trouble(const std::string& trouble);
  boost::asio::awaitable<bool> try_commit(CredentialRef credential, CloudId cloud_id, SshChanges changes);

  Prober& prober_;
  Bootstrapper bootstrapper_;
  Clock& clock_;
  ProbeHosts& hosts_;
  SshRecorder& recorder_;
  ContactOwner& owner_;
  std::string last_trouble_;
  WorkObserver* observer_ = nullptr;
};

}  // namespace tally
