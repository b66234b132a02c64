// The daemon's side of the control API. Loop thread.
#pragma once

#include <map>
#include <memory>

#include "api/control.hpp"
#include "daemon/reloader.hpp"
#include "runtime/tasks.hpp"

namespace tally {

class DaemonControl final : public api::Control {
 public:
  /// References outlive it. Its own work is among `tasks`.
  DaemonControl(Reloader& reloader, Sessions& sessions, ProbeScheduler& probes, Clock& clock, Tasks& tasks)
      : reloader_(reloader), sessions_(sessions), probes_(probes), clock_(clock), tasks_(tasks) {}

  boost::asio::awaitable<std::vector<std::string>> reload() override;
  Task<std::optional<boost::json::object>> check(CredentialRef credential) override;
  Task<std::optional<boost::json::object>> probe(CredentialRef credential, CloudId instance) override;
  Task<void> trust_host_key(CredentialRef credential, CloudId instance, std::string fingerprint) override;

 private:
  using Check = Eventual<Result<boost::json::object>>;

  boost::asio::awaitable<void> ask(Session& session, Check& outcome);
  boost::asio::awaitable<void> run_check(std::shared_ptr<Session> session, std::shared_ptr<Check> outcome);

  Reloader& reloader_;
  Sessions& sessions_;
  ProbeScheduler& probes_;
  Clock& clock_;
  Tasks& tasks_;
  std::map<CredentialRef, std::shared_ptr<Check>> checks_;  // that run now
};

}  // namespace tally
