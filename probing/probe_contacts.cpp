#include "probing/probe_contacts.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <sstream>

#include "probing/probe_record.hpp"
#include "store/error.hpp"
#include "tally/problem_ledger.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

/// The server has keys, but none of a type that is expected: who it is has to be asked without expecting anybody.
bool has_no_pinned_type(const SshReport& report) {
  return report.failure && report.failure->stage == SshStage::host_key && !report.host_key;
}

/// The line that is one, whatever a login shell says besides: as /proc/sys/kernel/random/boot_id shows it.
std::string boot_id_in(const std::string& out) {
  constexpr std::size_t length = 36;
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) {
    if (line.size() == length && line.find_first_not_of("0123456789abcdef-") == std::string::npos) return line;
  }
  return "";
}

constexpr std::chrono::seconds before_next_commit{1};

}  // namespace

asio::awaitable<void> ProbeContacts::carry_out(Contact contact) {
  std::string trouble;
  try {
    if (contact.lane == Lane::bootstrap) {
      co_await bootstrap(contact);
    } else {
      co_await probe(contact);
    }
    co_return;
  } catch (const std::exception& error) {
    trouble = error.what();
  }
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
  give_up(contact, trouble);
}

/// The trouble was ours, not the host's: soon again.
void ProbeContacts::give_up(Contact contact, const std::string& why) {
  note_trouble(why);
  if (contact.lane == Lane::bootstrap) end_bootstrap(contact);
  ProbeHost* const host = hosts_.find(contact.id, contact.version);
  if (host == nullptr) return;
  if (contact.lane == Lane::bootstrap) {
    host->bootstrap_after = clock_.now() + before_next_commit;
    hosts_.queue_bootstrap(*host, clock_.now());
  } else {
    hosts_.retry(*host, clock_.now());
    Error error;
    error.operation = "probe";
    error.message = "it came to nothing: " + why;
    owner_.tell(host->id, tl::unexpected(error));
  }
}

void ProbeContacts::note_trouble(const std::string& trouble) {
  if (last_trouble_ != trouble) spdlog::error("SSH: {}", trouble);
  last_trouble_ = trouble;
}

void ProbeContacts::notice(const ProbeHost& host) {
  tell_of_sharing(host);
  if (host.identity.dropped.empty()) return;
  owner_.spawn(host.account->credential, "SSH host keys", remove_dropped(host.id));
}

// ---- probes --------------------------------------------------------------------------------------------------

/// At first contact without our key: nobody logs in where it is not known who answers. Once that is pinned, again.
/// Where the vendor says who will answer, that is pinned before anybody is met.
asio::awaitable<void> ProbeContacts::probe(Contact contact) {
  for (;;) {
    ProbeHost* host = hosts_.find(contact.id, contact.version);
    if (host == nullptr || !host->target) co_return;
    host->is_probing = true;
    if (std::vector<HostKey> published = published_keys(*host->row);
        host->identity.keys.empty() && !published.empty()) {
      co_await pin(contact, std::move(published), Pinned::by_the_vendor);
      continue;
    }
    SshTarget target = *host->target;
    target.expected = expected_keys(host->identity);
    const bool is_first = target.expected.empty();
    if (is_first || changed_key(host->identity)) target.key = nullptr;
    const std::chrono::milliseconds deadline = host->account->settings.attempt_deadline;
    SshRun run = co_await look(contact.id, target, deadline);
    SshReport& report = run.report;
    if (hosts_.find(contact.id, contact.version) == nullptr) co_return;
    if (has_no_pinned_type(report)) {
      target.key = nullptr;
      target.expected.clear();
      const SshReport other = co_await prober_.probe(target, deadline);
      report.host_key = other.host_key;
    }

    host = hosts_.find(contact.id, contact.version);
    if (host == nullptr) co_return;
    if (is_first && report.host_key && !report.failure) {
      co_await pin(contact, std::vector<HostKey>(1, *report.host_key), Pinned::at_first_contact);
      host = hosts_.find(contact.id, contact.version);
      if (host == nullptr || !host->target) co_return;
      if (host->target->key) continue;
    }
    co_await settle(contact, std::move(target), std::move(report), boot_id_in(run.output.out));
    co_return;
  }
}

/// Whoever asks for a probe is told the boot ID, too, where we may log in. That no command runs there is no failure.
asio::awaitable<SshRun> ProbeContacts::look(HostId id, SshTarget target, std::chrono::milliseconds deadline) {
  SshRun run;
  if (!target.key || !owner_.is_asked(id)) {
    run.report = co_await prober_.probe(std::move(target), deadline);
    co_return run;
  }
  SshCommand command;
  command.line = "cat /proc/sys/kernel/random/boot_id";
  command.deadline = deadline;
  run = co_await prober_.run(std::move(target), std::move(command));
  SshReport& report = run.report;
  if (report.stage == SshStage::exec) report.stage = SshStage::auth;
  if (report.failure && report.failure->stage == SshStage::exec) report.failure.reset();
  report.times[static_cast<std::size_t>(SshStage::exec)].reset();
  co_return run;
}

/// What the contact says of the host: who it is, whether it is reachable, and when to look again.
asio::awaitable<void> ProbeContacts::settle(Contact contact, SshTarget target, SshReport report, std::string boot_id) {
  ProbeHost* host = hosts_.find(contact.id, contact.version);
  const KeyVerdict verdict = judge(host->identity, report.host_key, host->vouched_at());
  ProbeRecord record = probe_record(*host, target, report, clock_.wall_now());
  if (verdict == KeyVerdict::changed) {
    co_await raise_alarm(contact);
    host = hosts_.find(contact.id, contact.version);
    if (host == nullptr) co_return;
  }
  const bool is_blocked = changed_key(host->identity).has_value();
  if (report.host_key) {
    if (std::string error = identity_error(*host, verdict, *report.host_key); !error.empty()) {
      record.stage = to_string(SshStage::host_key);
      record.is_ok = false;
      record.error = std::move(error);
    }
    if (verdict == KeyVerdict::expected && !is_blocked) hosts_.take_place(*host, *report.host_key);
  }
  tell_of_sharing(*host);
  const bool is_ok = record.is_ok;
  if (observer_ != nullptr) {
    observer_->see_probe(host->account->credential.str(), record.stage, is_ok, record.total);
  }
  const ProbeOutcome outcome{record, report.host_key, report.server_version, std::move(boot_id)};
  recorder_.put(host->account->credential, std::move(record));
  owner_.tell(host->id, outcome);
  if (verdict == KeyVerdict::suspect && report.host_key) {
    hosts_.suspect(*host, *report.host_key, clock_.now());
  } else if (is_blocked) {
    hosts_.block(*host, clock_.now());
  } else if (is_ok) {
    hosts_.succeed(*host, clock_.now());
  } else {
    hosts_.fail(*host, clock_.now());
  }
  owner_.wake();
}

// ---- host keys -----------------------------------------------------------------------------------------------

/// Into the catalog, then into what is known. Throws StoreError; nothing is known then.
asio::awaitable<void> ProbeContacts::pin(Contact contact, std::vector<HostKey> keys, Pinned how) {
  ProbeHost* host = hosts_.find(contact.id);
  const TimePoint seen_at = clock_.now();
  const CloudId cloud_id = host->cloud_id();
  const std::vector<HostKeyRecord> dropped = host->identity.dropped;
  SshChanges changes;
  changes.at = clock_.wall_now();
  changes.host_keys_removed = dropped;
  for (const HostKey& key : keys) {
    changes.host_keys.push_back(host_key_record(cloud_id, key, HostKeyState::pinned, changes.at));
    changes.events.push_back(host_key_event("hostkey_pinned", changes.host_keys.back(), nullptr));
  }
  const std::vector<HostKeyRecord> records = changes.host_keys;
  co_await recorder_.commit(host->account->credential, cloud_id, std::move(changes));

  host = hosts_.find(contact.id);
  if (host == nullptr) co_return;
  HostIdentity& identity = host->identity;
  for (const HostKeyRecord& removed : dropped) std::erase(identity.dropped, removed);
  if (how == Pinned::by_the_vendor) {
    if (identity.keys.empty()) identity.keys = records;
    co_return;
  }
  const bool is_of_now = host->version == contact.version;  // else its address changed meanwhile
  std::vector<HostKeyRecord>& known = is_of_now ? identity.keys : identity.dropped;
  known.insert(known.end(), records.begin(), records.end());
  if (!is_of_now) co_return;
  identity.unsure_since = seen_at;
  hosts_.take_place(*host, keys.front());
}

/// The suspicion is certain now.
asio::awaitable<void> ProbeContacts::raise_alarm(Contact contact) {
  ProbeHost* host = hosts_.find(contact.id, contact.version);
  if (host == nullptr || !host->identity.suspicion) co_return;
  const CloudId cloud_id = host->cloud_id();
  const HostKeyRecord record =
      host_key_record(cloud_id, host->identity.suspicion->key, HostKeyState::changed, clock_.wall_now());
  const HostKeyRecord before = key_instead_of(record, host->identity);
  const std::optional<HostKeyRecord> earlier = changed_key(host->identity);
  SshChanges changes;
  changes.at = record.first_seen_at;
  if (earlier) changes.host_keys_removed.push_back(*earlier);
  changes.host_keys.push_back(record);
  changes.events.push_back(host_key_event("hostkey_changed", record, &before));
  co_await recorder_.commit(host->account->credential, cloud_id, std::move(changes));

  host = hosts_.find(contact.id);
  if (host == nullptr) co_return;
  if (earlier) std::erase(host->identity.keys, *earlier);
  host->identity.keys.push_back(record);
}

Task<void> ProbeContacts::accept_changed_key(HostId id, HostKeyRecord key) {
  ProbeHost* host = hosts_.find(id);
  const HostKeyRecord before = host->identity.keys.front();
  SshChanges changes;
  changes.at = clock_.wall_now();
  for (const HostKeyRecord& known : host->identity.keys) {
    if (known != key) changes.host_keys_removed.push_back(known);
  }
  key.state = HostKeyState::trusted;
  changes.host_keys.push_back(key);
  changes.events.push_back(host_key_event("hostkey_pinned", key, &before));
  const bool is_written = co_await try_commit(host->account->credential, host->cloud_id(), std::move(changes));
  if (!is_written) {
    Error error;
    error.operation = "trust host key";
    error.kind = Errc::internal;
    error.message = "nothing is trusted, the catalog cannot be written: " + last_trouble_;
    co_return tl::unexpected(std::move(error));
  }

  host = hosts_.find(id);
  if (host != nullptr) {
    host->identity = HostIdentity();
    host->identity.keys.push_back(key);
    hosts_.begin_anew(*host, clock_.now());
    owner_.wake();
  }
  co_return Result<void>();
}

/// Takes keys out of the catalog that are no pins any more, unless a pin that is made meanwhile does it.
asio::awaitable<void> ProbeContacts::remove_dropped(HostId id) {
  for (ProbeHost* host = hosts_.find(id); host != nullptr && !host->identity.dropped.empty(); host = hosts_.find(id)) {
    const std::vector<HostKeyRecord> dropped = host->identity.dropped;
    SshChanges changes;
    changes.at = clock_.wall_now();
    changes.host_keys_removed = dropped;
    const bool is_written = co_await try_commit(host->account->credential, host->cloud_id(), std::move(changes));
    host = hosts_.find(id);
    if (host == nullptr) co_return;
    if (is_written) {
      for (const HostKeyRecord& key : dropped) std::erase(host->identity.dropped, key);
    } else {
      co_await clock_.sleep_until(clock_.now() + before_next_commit);
    }
  }
}

// ---- hosts that share a place --------------------------------------------------------------------------------

/// Begins to tell the catalog when what it says of sharing is not so any more: the host's place is another's, or is
/// not. Whoever leaves a place is noticed when the host answers there the next time.
void ProbeContacts::tell_of_sharing(const ProbeHost& host) {
  const bool is_known = !host.place.empty() || !host.target;
  if (!is_known || (hosts_.holder_of_place(host) != nullptr) == host.is_told_shared) return;
  owner_.spawn(host.account->credential, "shared SSH hosts", record_sharing(host.id));
}

asio::awaitable<void> ProbeContacts::record_sharing(HostId id) {
  ProbeHost* host = hosts_.find(id);
  if (host == nullptr) co_return;
  const ProbeHost* const holder = hosts_.holder_of_place(*host);
  const bool was_told = host->is_told_shared;
  if ((holder != nullptr) == was_told) co_return;
  const ProblemKey problem = shared_host_problem(host->cloud_id());
  std::set<ProblemKey> before;
  if (was_told) before.insert(problem);
  ProblemLedger ledger(std::move(before), Subject::of(host->account->credential));
  if (holder != nullptr && host->target) ledger.report(problem, sharing_words(*host->target, *holder));
  ChangeSet told;
  std::move(ledger).settle(told);
  SshChanges changes;
  changes.at = clock_.wall_now();
  changes.problems_started = std::move(told.problems_started);
  changes.problems_ended = std::move(told.problems_ended);
  changes.events = std::move(told.events);
  host->is_told_shared = !was_told;  // now: while it is written nobody begins again
  const bool is_written = co_await try_commit(host->account->credential, host->cloud_id(), std::move(changes));
  host = hosts_.find(id);
  if (host != nullptr && !is_written) host->is_told_shared = was_told;
}

// ---- bootstraps ----------------------------------------------------------------------------------------------

/// The state `started` is in the catalog before the first contact, so that a start after a crash takes it up again.
asio::awaitable<void> ProbeContacts::bootstrap(Contact contact) {
  ProbeHost* host = hosts_.find(contact.id, contact.version);
  if (host == nullptr || host->pending() == nullptr || !host->is_reachable.value_or(false)) co_return;
  if (hosts_.holder_of_place(*host) != nullptr) co_return;
  const CredentialRef credential = host->account->credential;
  const CloudId cloud_id = host->cloud_id();
  const BootstrapPlan plan = host->pending()->rule.plan;
  const std::chrono::milliseconds deadline = host->account->settings.bootstrap_deadline;
  BootstrapRecord record = begun(*host->pending(), cloud_id, host->bootstrap.get(), clock_.wall_now());
  host->is_bootstrapping = true;
  SshChanges start;
  start.at = clock_.wall_now();
  start.bootstraps.push_back(record);
  co_await recorder_.commit(credential, cloud_id, std::move(start));

  host = hosts_.find(contact.id, contact.version);
  if (host == nullptr || !host->target) co_return end_bootstrap(contact);
  host->bootstrap = std::make_unique<BootstrapRecord>(record);
  SshTarget target = *host->target;
  target.expected = expected_keys(host->identity);
  const BootstrapReport report = co_await bootstrapper_(prober_, target, plan, deadline);

  // What an outdated target came to is not believed; the plan stays pending.
  if (hosts_.find(contact.id, contact.version) == nullptr) co_return end_bootstrap(contact);
  const std::string last_error = record.error;
  record = concluded(std::move(record), report, clock_.wall_now());
  SshChanges end;
  end.at = clock_.wall_now();
  end.bootstraps.push_back(record);
  if (std::optional<Event> event = bootstrap_event(record, last_error)) end.events.push_back(std::move(*event));
  // Not lost while the catalog takes nothing: the machine need not be asked again.
  while (!co_await try_commit(credential, cloud_id, end)) {
    co_await clock_.sleep_until(clock_.now() + before_next_commit);
    if (hosts_.find(contact.id) == nullptr) co_return;
  }

  host = hosts_.find(contact.id);
  if (host != nullptr) host->bootstrap = std::make_unique<BootstrapRecord>(record);
  end_bootstrap(contact);
  host = hosts_.find(contact.id, contact.version);
  if (host == nullptr) co_return;
  if (report.failure) {
    hosts_.postpone_bootstrap(*host, clock_.now());
    owner_.wake();
  } else {
    host->bootstrap_failures = 0;
  }
}

/// One ended: of its host's present version, if that is another, one may begin.
void ProbeContacts::end_bootstrap(Contact contact) {
  ProbeHost* const host = hosts_.find(contact.id);
  if (host == nullptr) return;
  host->is_bootstrapping = false;
  if (host->version != contact.version) hosts_.queue_bootstrap(*host, clock_.now());
}

// ---- the catalog ---------------------------------------------------------------------------------------------

/// False: the catalog did not take it.
asio::awaitable<bool> ProbeContacts::try_commit(CredentialRef credential, CloudId cloud_id, SshChanges changes) {
  std::string trouble;
  try {
    co_await recorder_.commit(std::move(credential), std::move(cloud_id), std::move(changes));
  } catch (const StoreError& error) {
    trouble = error.what();
  }
  const bool is_written = trouble.empty();
  if (!is_written) note_trouble(trouble);
  co_return is_written;
}

}  // namespace tally
