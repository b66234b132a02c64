// The control API on a real Unix socket. What it takes to serve stays in api_site.cpp: Beast is slow to compile.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/control.hpp"
#include "api/limits.hpp"
#include "tests/api/api_client.hpp"
#include "tests/fakes/fake_lifecycle.hpp"
#include "tests/store/catalog_world.hpp"

namespace tally::api {
class Routes;
}

namespace tally::api_tests {
namespace json = boost::json;
using namespace tally::store_tests;

/// A daemon that does nothing but what a test says it comes to.
class IdleControl final : public api::Control {
 public:
  IdleControl();
  [[nodiscard]] std::optional<UserGroup> operator_group() const override { return operators_; }
  boost::asio::awaitable<std::vector<std::string>> reload() override;
  Task<api::CredentialCheck> check(CredentialRef credential) override;
  Task<api::SshContact> probe(CredentialRef credential, CloudId instance) override;
  Task<void> trust_host_key(CredentialRef credential, CloudId instance, std::string fingerprint) override;
  Task<std::int64_t> test_notification(std::string rule) override;

  std::exception_ptr failure_;  // thrown by whatever is asked
  std::vector<std::string> problems_;
  api::SshContact contact_;             // what a probe comes to
  std::optional<Error> refusal_;        // what is asked of an instance or a rule comes to this
  std::optional<UserGroup> operators_;  // who may act
  std::string trusted_;                 // the last instance and host key that were trusted
  bool is_held_ = false;                // checks and probes go on until Site::release()
  int begun_ = 0;                       // checks and probes

 private:
  friend class Site;
  void fail_if_told() const;
  boost::asio::awaitable<void> wait_while_held();
  std::function<boost::asio::awaitable<void>()> until_released_;
};

/// A catalog of 30 types and 3 instances behind a server on a thread of its own. Whatever the API answers, to any
/// client, is held against docs/openapi.yaml: what is not as described there fails the test at the site's end.
class Site {
 public:
  explicit Site(api::Limits limits = {});
  ~Site();
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  [[nodiscard]] std::filesystem::path socket() const;
  [[nodiscard]] std::uint16_t port() const;  // of the TCP listener, which answers as "scraped.example", too
  IdleControl& control();
  FakeLifecycle& lifecycle();
  World& world();
  [[nodiscard]] const api::Routes& routes() const;

  /// What is held comes to its end.
  void release();

  /// Commits as the daemon does, so that streams look.
  void add_event(const std::string& kind) { add_events(kind, 1, "x"); }
  void add_events(const std::string& kind, int count, const std::string& detail);

  /// Of the credential "cred", likewise; is not waited for, so that what the site itself calls may call it.
  void begin_commit(ChangeSet changes);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

inline HttpAnswer get(const Site& site, const std::string& target, const std::string& method = "GET",
                      const std::string& body = "") {
  return ask(site.socket(), method, target, body);
}

/// Why no server can listen there; "" when one can, and has.
std::string refusal_to_listen(const std::filesystem::path& socket);

/// Asks until a connection is served again; the test's own time limit ends a wait in vain.
void await_room(const Site& site);

}  // namespace tally::api_tests
