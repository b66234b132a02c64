// What the control API asks of the daemon beyond reading the catalog. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cloud/ids.hpp"
#include "cloud/result.hpp"

namespace tally::api {

class Control {
 public:
  virtual ~Control() = default;

  /// Puts configuration and vault in force again. Answers the problems; with any, nothing has changed.
  virtual boost::asio::awaitable<std::vector<std::string>> reload() = 0;

  // Both answer none when it takes longer than a client should wait for one answer; it goes on, and whoever asks again
  // waits for the same one.

  /// Asks the provider what a credential may do, as the document CredentialCheck of docs/openapi.yaml. Error:
  /// resource_not_found when no such credential is in force.
  virtual Task<std::optional<boost::json::object>> check(CredentialRef credential) = 0;

  /// Probes an instance now, as the document SshProbe of docs/openapi.yaml. Errors: instance_not_found; conflict when
  /// it cannot be probed (not running, no address, its credential is not probed).
  virtual Task<std::optional<boost::json::object>> probe(CredentialRef credential, CloudId instance) = 0;

  /// The changed host key of this fingerprint ("SHA256:...") is right. Errors: instance_not_found; conflict when no key
  /// has changed, or to another.
  virtual Task<void> trust_host_key(CredentialRef credential, CloudId instance, std::string fingerprint) = 0;
};

}  // namespace tally::api
