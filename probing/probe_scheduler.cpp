#include "probing/probe_scheduler.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "probing/stored_hosts.hpp"
#include "runtime/eventual.hpp"
#include "runtime/guarded.hpp"
#include "runtime/run_on.hpp"
#include "store/error.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

// Of one turn of the loop, so that others get theirs.
constexpr std::size_t rows_per_turn = 256;
constexpr std::size_t starts_per_turn = 32;

Error error_of(const char* operation, Errc kind, std::string message) {
  Error error;
  error.operation = operation;
  error.kind = kind;
  error.message = std::move(message);
  return error;
}

}  // namespace

struct ProbeScheduler::News {
  ListingKey listing;
  TimePoint began;
  std::vector<KnownInstance> rows;
  std::size_t next = 0;
};

ProbeScheduler::ProbeScheduler(Prober& prober, Bootstrapper bootstrapper, CatalogWriter& writer, Clock& clock, Rng& rng,
                               asio::any_io_executor loop, asio::any_io_executor workers, ProbeLimits limits)
    : writer_(writer),
      clock_(clock),
      loop_(std::move(loop)),
      workers_(std::move(workers)),
      limits_(limits),
      recorder_(writer, clock, loop_),
      hosts_(rng),
      contacts_(prober, std::move(bootstrapper), clock, hosts_, recorder_, *this),
      tasks_(loop_, report_failure),
      woken_(loop_, asio::steady_timer::time_point::max()) {}

ProbeScheduler::~ProbeScheduler() = default;

// ---- credentials ---------------------------------------------------------------------------------------------

asio::awaitable<void> ProbeScheduler::add(CredentialRef credential, const ProviderDescription* provider,
                                          ProbeSettings settings, std::shared_ptr<const KnownInstances> instances) {
  SshRecords records = co_await writer_.load_ssh(credential);
  accounts_[credential].tasks = std::make_unique<Tasks>(loop_, report_failure);
  ProbeAccount& account = hosts_.add(credential, *provider, std::move(settings));
  KnownHosts known = co_await run_on(workers_, [&] { return match_hosts(*instances, std::move(records)); });
  for (const CloudId& id : known.gone) recorder_.forget(credential, id);
  std::size_t rows = 0;
  for (auto& [instance, stored] : known.hosts) {
    hosts_.restore(account, instance, std::move(stored), clock_.now(), clock_.wall_now());
    if (++rows % rows_per_turn == 0) co_await asio::post(loop_, asio::use_awaitable);
  }
  accounts_[credential].is_ready = true;
  wake();
}

asio::awaitable<void> ProbeScheduler::remove(CredentialRef credential) {
  const auto at = accounts_.find(credential);
  if (at == accounts_.end()) co_return;
  hosts_.remove(credential);
  const std::unique_ptr<Tasks> tasks = std::move(at->second.tasks);
  accounts_.erase(at);
  tasks->cancel();
  co_await tasks->join();
}

void ProbeScheduler::see_instances(const CredentialRef& credential, const ListingKey& listing, TimePoint began,
                                   std::vector<KnownInstance> changed) {
  const auto at = accounts_.find(credential);
  if (at == accounts_.end()) return;
  AccountWork& account = at->second;
  if (changed.empty() && account.news.empty() && account.is_ready) {
    hosts_.account(credential)->vouched[listing] = began;
    return;
  }
  account.news.push_back({listing, began, std::move(changed)});
  wake();
}

/// True: there is more.
bool ProbeScheduler::take_news() {
  std::size_t rows = 0;
  for (auto& [credential, account] : accounts_) {
    if (!account.is_ready) continue;
    ProbeAccount& probed = *hosts_.account(credential);
    while (!account.news.empty()) {
      News& news = account.news.front();
      for (; news.next < news.rows.size(); ++news.next) {
        if (rows++ == rows_per_turn) return true;
        const KnownInstance& row = news.rows[news.next];
        if (!hosts_.see(probed, row, clock_.now())) recorder_.forget(credential, row.row->cloud_id);
        if (const ProbeHost* const host = hosts_.find(credential, row.row->cloud_id)) contacts_.notice(*host);
      }
      // Only now: until then its rows speak for the listing before.
      probed.vouched[news.listing] = news.began;
      asio::post(workers_, [taken = std::move(news.rows)] {});  // freeing many takes long
      account.news.pop_front();
    }
  }
  return false;
}

// ---- the loop ------------------------------------------------------------------------------------------------

asio::awaitable<void> ProbeScheduler::run() {
  tasks_.spawn("SSH results", recorder_.run());
  for (;;) {
    is_woken_ = false;
    const bool has_news = take_news();
    const bool has_due = start_due();
    if (has_news || has_due) {
      co_await asio::post(loop_, asio::use_awaitable);
    } else {
      co_await wait();
    }
  }
}

asio::awaitable<void> ProbeScheduler::stop() {
  tasks_.cancel();
  for (auto& [credential, account] : accounts_) account.tasks->cancel();
  for (auto& [credential, account] : accounts_) co_await account.tasks->join();
  co_await tasks_.join();
  try {
    co_await recorder_.flush();
  } catch (const StoreError& error) {
    spdlog::error("catalog: {}", error.what());  // the next start probes again
  }
}

bool ProbeScheduler::has_room(Lane lane) const {
  const std::size_t running = running_of_.at(static_cast<std::size_t>(lane));
  if (running_ >= limits_.contacts) return false;
  if (lane == Lane::recheck) return running < limits_.rechecks;
  return lane != Lane::bootstrap || running < limits_.bootstraps;
}

/// True: there is more.
bool ProbeScheduler::start_due() {
  std::size_t started = 0;
  for (const Lane lane : {Lane::first, Lane::bootstrap, Lane::recheck}) {
    while (has_room(lane)) {
      const std::optional<HostId> id = hosts_.take_due(lane, clock_.now());
      if (!id) break;
      const ProbeHost& host = *hosts_.find(*id);
      ++running_;
      ++running_of_.at(static_cast<std::size_t>(lane));
      ProbeContacts::Contact contact;
      contact.id = *id;
      contact.version = host.version;
      contact.lane = lane;
      spawn(host.account->credential, "SSH contact", carry_out(contact));
      if (++started == starts_per_turn) return true;
    }
  }
  return false;
}

/// One of the contacts that run at once, counted since it was due.
class ProbeScheduler::Slot {
 public:
  Slot(ProbeScheduler& scheduler, Lane lane)
      : scheduler_(scheduler), of_lane_(scheduler.running_of_.at(static_cast<std::size_t>(lane))) {}
  ~Slot() {
    --scheduler_.running_;
    --of_lane_;
    scheduler_.wake();
  }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

 private:
  ProbeScheduler& scheduler_;
  std::size_t& of_lane_;
};

asio::awaitable<void> ProbeScheduler::carry_out(ProbeContacts::Contact contact) {
  const Slot slot(*this, contact.lane);
  co_await contacts_.carry_out(contact);
}

void ProbeScheduler::spawn(const CredentialRef& credential, std::string name, asio::awaitable<void> work) {
  accounts_.at(credential).tasks->spawn(std::move(name), std::move(work));
}

TimePoint ProbeScheduler::next_due() const {
  TimePoint next = TimePoint::max();
  for (const Lane lane : {Lane::first, Lane::bootstrap, Lane::recheck}) {
    if (const auto due = hosts_.next_due(lane); due && has_room(lane)) next = std::min(next, *due);
  }
  return next;
}

/// Until something is due, or wake().
asio::awaitable<void> ProbeScheduler::wait() {
  if (is_woken_) co_return;
  auto [order, failure, woken] =
      co_await asio::experimental::make_parallel_group(
          asio::co_spawn(loop_, clock_.sleep_until(next_due()), asio::deferred), woken_.async_wait(asio::deferred))
          .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
}

void ProbeScheduler::wake() {
  is_woken_ = true;
  woken_.cancel();
}

// ---- requests ------------------------------------------------------------------------------------------------

Task<void> ProbeScheduler::trust(CredentialRef credential, CloudId cloud_id, std::string fingerprint) {
  const ProbeHost* const host = hosts_.find(credential, cloud_id);
  const auto refuse = [](Errc kind, std::string message) {
    return tl::unexpected(error_of("trust host key", kind, std::move(message)));
  };
  if (host == nullptr)
    co_return refuse(Errc::instance_not_found, "no such instance is known over SSH: " + cloud_id.str());
  const std::optional<HostKeyRecord> key = changed_key(host->identity);
  if (!key) co_return refuse(Errc::conflict, "no changed host key of it was seen");
  if (key->fingerprint != fingerprint)
    co_return refuse(Errc::conflict, "the changed host key that was seen last is another: " + key->fingerprint);
  co_return co_await contacts_.accept_changed_key(host->id, *key);
}

void ProbeScheduler::tell(HostId id, const Told& told) {
  const auto [begin, end] = asked_.equal_range(id);
  for (auto at = begin; at != end; ++at) at->second->set(told);
}

Task<std::optional<ProbeOutcome>> ProbeScheduler::probe_now(CredentialRef credential, CloudId cloud_id,
                                                            std::chrono::milliseconds patience) {
  ProbeHost* const host = hosts_.find(credential, cloud_id);
  const auto refuse = [](Errc kind, std::string message) {
    return tl::unexpected(error_of("probe", kind, std::move(message)));
  };
  if (host == nullptr)
    co_return refuse(Errc::instance_not_found, "no running instance with an address is known as " + cloud_id.str());
  if (!host->target) co_return refuse(Errc::conflict, "it is not running, or has no address that could be reached");
  const auto asked = std::make_shared<Eventual<Told>>(loop_);
  const std::shared_ptr<void> leave(nullptr,
                                    [this, place = asked_.emplace(host->id, asked)](void*) { asked_.erase(place); });
  hosts_.hurry(*host, clock_.now());
  wake();
  const std::optional<Told> told = co_await Eventual<Told>::wait(asked, clock_, clock_.now() + patience);
  if (!told) co_return std::nullopt;
  if (!*told) co_return tl::unexpected(told->error());
  co_return **told;
}

}  // namespace tally
