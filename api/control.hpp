// What the control API asks of the daemon beyond reading the catalog. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/reports.hpp"
#include "cloud/ids.hpp"
#include "cloud/result.hpp"
#include "runtime/user_group.hpp"

namespace tally::api {

class Control {
 public:
  virtual ~Control() = default;

  /// Who, besides root and the daemon's own user, may have something changed; nothing: nobody.
  [[nodiscard]] virtual std::optional<UserGroup> operator_group() const = 0;

  /// Puts configuration and vault in force again. Answers the problems; with any, nothing has changed.
  virtual boost::asio::awaitable<std::vector<std::string>> reload() = 0;

  /// Asks the provider what a credential may do. Error: resource_not_found when no such credential is in force.
  virtual Task<CredentialCheck> check(CredentialRef credential) = 0;

  /// Probes an instance now. Errors: instance_not_found; conflict when it cannot be probed (not running, no address,
  /// its credential is not probed).
  virtual Task<SshContact> probe(CredentialRef credential, CloudId instance) = 0;

  /// The changed host key of this fingerprint ("SHA256:...") is right. Errors: instance_not_found; conflict when no key
  /// has changed, or to another.
  virtual Task<void> trust_host_key(CredentialRef credential, CloudId instance, std::string fingerprint) = 0;

  /// Delivers a made-up event by a rule of notifications, once: the delivery's ID. Errors: resource_not_found;
  /// service_unavailable, with why it was not taken.
  virtual Task<std::int64_t> test_notification(std::string rule) = 0;
};

}  // namespace tally::api
