// What a daemon runs (daemon/site.hpp) on virtual time: loop, workers and writer are one io_context, nobody answers
// over SSH, and how accounts reach their vendors is the test's to say.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/site.hpp"
#include "runtime/rng.hpp"
#include "store/reader.hpp"
#include "tests/fakes/fake_prober.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::fakes {

/// Of a provider's account at its own pace. What it runs is not probed.
inline CredentialConfig virtual_credential(const ProviderDescription& provider, Credential credential) {
  CredentialConfig config;
  config.credential = std::move(credential);
  config.provider = &provider;
  config.instance_type_interval = provider.instance_type_interval;
  config.instance_interval = provider.instance_interval;
  config.ssh.is_probed = false;
  return config;
}

/// `Client` is the HttpClient of each account.
template <class Client>
class VirtualSite {
 public:
  using MakeClient = std::function<std::unique_ptr<Client>(const CredentialConfig& config, const HttpContext& context)>;

  /// With these credentials in force; nothing runs before start().
  VirtualSite(Timestamp begin, std::vector<CredentialConfig> credentials, MakeClient make_client)
      : clock_(loop_, begin), make_client_(std::move(make_client)), site_(file(), parts()) {
    finish(site_.sessions().apply(std::move(credentials)));
  }
  ~VirtualSite() {
    try {
      stop();
    } catch (const std::exception& failure) {
      std::fprintf(stderr, "the site did not stop well: %s\n", failure.what());
    }
  }
  VirtualSite(const VirtualSite&) = delete;
  VirtualSite& operator=(const VirtualSite&) = delete;

  void start() { site_.start(); }
  void advance(std::chrono::nanoseconds duration) { clock_.advance(duration); }

  /// Nothing of it runs any more then, and all that it learned is in the catalog.
  void stop() {
    if (!std::exchange(is_stopped_, true)) finish(site_.stop());
  }

  /// The account's, as long as this lives.
  [[nodiscard]] Client& client(const CredentialRef& credential) const { return *clients_.at(credential); }

  /// The wall clock, as the catalog has times.
  [[nodiscard]] std::int64_t now_ms() const { return clock_.wall_now().time_since_epoch().count(); }

  /// The first value of the first row; -1 when there is no row.
  [[nodiscard]] std::int64_t number(const std::string& sql) const {
    const auto rows = Reader(file()).query(sql).rows;
    return rows.empty() ? -1 : std::get<std::int64_t>(rows.at(0).at(0));
  }

 private:
  [[nodiscard]] std::filesystem::path file() const { return directory_ / "catalog.db"; }

  SiteParts parts() {
    const auto executor = loop_.get_executor();
    SiteParts parts{executor, executor, executor, clock_, rng_, prober_, nullptr, ProxyRules()};
    parts.returns_freed_memory = false;  // of virtual half minutes there are too many
    parts.connect = [this](const CredentialConfig& config, const HttpContext& context) -> std::unique_ptr<HttpClient> {
      std::unique_ptr<Client> client = make_client_(config, context);
      clients_[config.credential.ref] = client.get();
      return client;
    };
    return parts;
  }

  /// Runs it to its end, whatever time that takes. Throws what it throws.
  void finish(boost::asio::awaitable<void> work) {
    bool has_ended = false;
    std::exception_ptr failure;
    boost::asio::co_spawn(loop_, std::move(work), [&has_ended, &failure](std::exception_ptr why) {
      failure = std::move(why);
      has_ended = true;
    });
    clock_.run_ready();
    while (!has_ended) clock_.advance(std::chrono::seconds(1));
    if (failure) std::rethrow_exception(failure);
  }

  TemporaryDirectory directory_;
  boost::asio::io_context loop_;
  ManualClock clock_;
  Rng rng_{7};
  FakeProber prober_{clock_};
  MakeClient make_client_;
  std::map<CredentialRef, Client*> clients_;
  Site site_;
  bool is_stopped_ = false;
};

}  // namespace tally::fakes
