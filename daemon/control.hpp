// The daemon's side of the control API. Loop thread.
#pragma once

#include "daemon/api/control.hpp"
#include "daemon/reloader.hpp"

namespace tally {

class DaemonControl final : public api::Control {
 public:
  /// References outlive it.
  DaemonControl(Reloader& reloader, Sessions& sessions, ProbeScheduler& probes, Clock& clock)
      : reloader_(reloader), sessions_(sessions), probes_(probes), clock_(clock) {}

  boost::asio::awaitable<std::vector<std::string>> reload() override;
  boost::asio::awaitable<std::optional<boost::json::object>> check(CredentialRef credential) override;
  Task<std::optional<boost::json::object>> probe(CredentialRef credential, CloudId instance) override;
  Task<void> trust_host_key(CredentialRef credential, CloudId instance, std::string fingerprint) override;

 private:
  Reloader& reloader_;
  Sessions& sessions_;
  ProbeScheduler& probes_;
  Clock& clock_;
};

}  // namespace tally
