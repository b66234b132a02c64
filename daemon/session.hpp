// Everything of one credential while it is in force: its account and what keeps it true. Loop thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/account_cache.hpp"
#include "daemon/connect.hpp"
#include "lifecycle/overlay.hpp"
#include "lifecycle/service.hpp"
#include "probing/probe_scheduler.hpp"
#include "providers/provider.hpp"
#include "runtime/rng.hpp"
#include "runtime/tasks.hpp"
#include "syncers/account_state.hpp"
#include "syncers/account_syncer.hpp"
#include "tally/work_observer.hpp"

namespace tally {

/// What all sessions share. References outlive every session.
struct SessionContext {
  boost::asio::any_io_executor loop;
  boost::asio::any_io_executor workers;  // the pool: each session has a strand on it
  CatalogWriter& writer;
  Clock& clock;
  Rng& rng;
  ProbeScheduler& probes;
  lifecycle::Service& lifecycle;
  ProxyRules proxies;
  Connect connect;
  WorkObserver* observer = nullptr;  // hears of polls and requests
  std::shared_ptr<BodiesInFlight> bodies = std::make_shared<BodiesInFlight>();
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  /// No network yet. `known` and `cached` are what the catalog has of the credential.
  Session(CredentialConfig config, SessionContext context, std::shared_ptr<TlsTrust> tls, Budget& budget,
          KnownAccount known, AccountCache::Values cached);

  /// Takes the place of a session of the same credential, which has stopped: what that one learned is known here.
  void go_on_from(const Session& before);

  /// Problems of the credential that start or end with this session: written before anything is asked of the vendor.
  void tell(ChangeSet tenancy) { tenancy_ = std::move(tenancy); }

  /// Syncs from now on; first, and again each second while that fails, what must be in the catalog before is written
  /// and the prober told of the instances; operations are gone on with.
  void start();

  /// Returns when nothing of it runs any more.
  boost::asio::awaitable<void> stop();

  [[nodiscard]] const CredentialConfig& config() const { return config_; }
  [[nodiscard]] const KnownAccount& known() const { return state_.known(); }
  /// That go on, or have something to remove.
  [[nodiscard]] bool has_operations() const { return context_.lifecycle.is_busy(config_.credential.ref); }
  /// Complete lists say that nothing of it runs any more, and no operation goes on.
  [[nodiscard]] bool has_outlived_its_instances() const {
    return state_.has_outlived_its_instances() && !has_operations();
  }
  /// What its account can do now, as far as it may: names as the catalog has them.
  [[nodiscard]] std::vector<std::string> capabilities() const;
  [[nodiscard]] const Redactor& redactor() const { return redactor_; }
  [[nodiscard]] Account& account() { return *account_; }

 private:
  boost::asio::awaitable<void> begin();
  boost::asio::awaitable<void> prepare();
  boost::asio::awaitable<void> tell_capabilities();
  lifecycle::DeskParts lend();
  void see(const HttpAttempt& made);
  [[nodiscard]] AccountContext context_of_account();

  CredentialConfig config_;
  SessionContext context_;
  Budget& budget_;
  boost::asio::any_io_executor workers_;  // this account's strand
  Tasks tasks_;
  std::unique_ptr<HttpClient> http_;
  AccountCache cache_;
  const Redactor redactor_;
  std::unique_ptr<Account> account_;
  lifecycle::Overlays overlays_;
  lifecycle::OverlaidAccount shown_;  // what the syncers ask
  AccountState state_;
  AccountSyncer syncer_;
  ChangeSet tenancy_;
};

}  // namespace tally
