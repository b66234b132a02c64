// The daemon's side of the control API. Loop thread.
#pragma once

#include "api/control.hpp"
#include "daemon/reloader.hpp"
#include "notify/notifier.hpp"

namespace tally {

class DaemonControl final : public api::Control {
 public:
  /// References outlive it.
  DaemonControl(Reloader& reloader, Sessions& sessions, ProbeScheduler& probes, notify::Notifier& notifier,
                Clock& clock)
      : reloader_(reloader), sessions_(sessions), probes_(probes), notifier_(notifier), clock_(clock) {}

  [[nodiscard]] std::optional<UserGroup> operator_group() const override { return reloader_.operator_group(); }
  boost::asio::awaitable<std::vector<std::string>> reload() override;
  Task<api::CredentialCheck> check(CredentialRef credential) override;
  Task<api::SshContact> probe(CredentialRef credential, CloudId instance) override;
  Task<void> trust_host_key(CredentialRef credential, CloudId instance, std::string fingerprint) override;
  Task<std::int64_t> test_notification(std::string rule) override { return notifier_.test(std::move(rule)); }

 private:
  Reloader& reloader_;
  Sessions& sessions_;
  ProbeScheduler& probes_;
  notify::Notifier& notifier_;
  Clock& clock_;
};

}  // namespace tally
