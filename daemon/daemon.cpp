#include "daemon/daemon.hpp"

#include <spdlog/spdlog.h>
#include <sysexits.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

#include "api/api.hpp"
#include "api/server.hpp"
#include "daemon/control.hpp"
#include "daemon/control_socket.hpp"
#include "daemon/notify_targets.hpp"
#include "daemon/real_world.hpp"
#include "daemon/reloader.hpp"
#include "daemon/service_manager.hpp"
#include "daemon/site.hpp"
#include "notify/notifier.hpp"
#include "runtime/guarded.hpp"
#include "store/error.hpp"
#include "store/orphan_watch.hpp"
#include "store/state_lock.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

SiteParts parts_of(RealWorld& world, WorkObserver& observer, const LifecycleConfig& config) {
  SiteParts parts = world.parts(&observer);
  parts.lifecycle.conclude_after = config.conclude_after;
  return parts;
}

StateLock take_state(const Config& config) {
  refuse_taken_socket(config.control_socket);
  return StateLock(config.state_dir);
}

}  // namespace

struct Daemon::Impl {
  Impl(Config& config, ConfigSource source);
  void open_sessions(std::vector<CredentialConfig> credentials);
  void open_api();
  void start_api();
  void start_notices();
  void start_listener();
  asio::awaitable<api::Response> answer_public(api::Request request);
  asio::awaitable<void> run_api();
  void start();
  Signals::Requests requests();
  asio::awaitable<void> reload_on_hangup();
  asio::awaitable<void> stop();

  RealWorld world;
  api::Metrics metrics{world.clock};
  const SiteParts parts;
  asio::steady_timer hangup{world.loop, asio::steady_timer::time_point::max()};  // cancelled when a reload is asked for
  bool is_reload_asked = false;
  const std::filesystem::path catalog_file;
  const std::filesystem::path control_socket;
  const HttpConfig http;
  const bool has_file;  // a configuration that can be read again
  StateLock lock;
  Site site;
  NotifyTargets targets{parts, world.readers()};
  notify::Notifier notifier{
      {catalog_file, site.writer(), world.clock, world.rng(), parts.loop, world.readers(), &metrics},
      [this](const notify::Rule& rule) { return targets.make(rule); }};
  OrphanWatch orphans{catalog_file, site.writer(), world.clock, world.readers()};
  std::string lost;            // why the catalog cannot be gone on with
  Signals* signals = nullptr;  // while they are served: before, what fails ends the start
  std::unique_ptr<Reloader> reloader;
  std::unique_ptr<DaemonControl> control;
  std::unique_ptr<api::Api> api;
  std::unique_ptr<api::Server> server;
  std::unique_ptr<api::PublicHosts> hosts;
  std::unique_ptr<api::Server> listener;  // on TCP
};

Daemon::Impl::Impl(Config& config, ConfigSource source)
    : parts(parts_of(world, metrics, config.lifecycle)),
      catalog_file(config.state_dir / "catalog.db"),
      control_socket(config.control_socket),
      http(config.http),
      has_file(!source.file.empty()),
      lock(take_state(config)),
      site(catalog_file, parts) {
  site.writer().on_lost([this](const std::string& why) {
    lost = why;
    if (signals != nullptr) signals->stop_because_of(EX_IOERR);
  });
  site.housekeeper().keep(retention_limits(config.retention));
  open_sessions(std::move(config.credentials));
  notifier.begin_with(rules_of(config.notify));
  reloader = std::make_unique<Reloader>(std::move(source), std::move(config), site.sessions(), site.housekeeper(),
                                        parts.loop, parts.workers);
  reloader->observe(metrics);
  reloader->lead(notifier);
  control = std::make_unique<DaemonControl>(*reloader, site.sessions(), site.probes(), notifier, world.clock);
}

/// Before anything runs, so that what is wrong with the catalog ends the start.
void Daemon::Impl::open_sessions(std::vector<CredentialConfig> credentials) {
  std::exception_ptr failure;
  asio::co_spawn(world.loop, site.sessions().apply(std::move(credentials)),
                 [&failure](std::exception_ptr end) { failure = std::move(end); });
  world.loop.run();
  world.loop.restart();
  if (failure) std::rethrow_exception(failure);
}

void Daemon::Impl::open_api() {
  if (api == nullptr) {
    api = std::make_unique<api::Api>(catalog_file, site.writer(), world.clock, site.tasks(), *control, metrics,
                                     http.sd_port, &site.lifecycle());
  }
  server = std::make_unique<api::Server>(
      world.loop, control_socket, site.tasks(),
      [this](api::Request request) { return api->handle(std::move(request)); }, api::Limits{},
      handed_socket(control_socket));
}

/// Syncing goes on without the API when its socket cannot be opened, and before the catalog can be read by it.
void Daemon::Impl::start_api() {
  try {
    open_api();
  } catch (const api::SocketError& error) {
    return spdlog::error("api: {}", error.what());
  } catch (const StoreError& error) {
    spdlog::error("api: {}; it is tried again", error.what());
  }
  site.serve("api", [this] { return run_api(); });
}

/// As with the socket: syncing goes on without it.
void Daemon::Impl::start_listener() {
  if (http.address.empty()) return;
  const asio::ip::tcp::endpoint address(asio::ip::make_address(http.address), http.port);
  hosts = std::make_unique<api::PublicHosts>(address.address(), http.hosts);
  try {
    listener = std::make_unique<api::Server>(
        world.loop, address, site.tasks(), [this](api::Request request) { return answer_public(std::move(request)); });
  } catch (const api::SocketError& error) {
    return spdlog::error("api: {}", error.what());
  }
  spdlog::info("api: metrics at http://{}:{}/metrics", http.address, listener->port());
  site.serve("http", [this] { return listener->run(); });
}

asio::awaitable<api::Response> Daemon::Impl::answer_public(api::Request request) {
  if (api == nullptr) co_return api::problem(503, "the catalog cannot be read yet; it is tried again");
  co_return co_await api->handle_public(std::move(request), *hosts);
}

asio::awaitable<void> Daemon::Impl::run_api() {
  if (server == nullptr) open_api();
  co_await server->run();
}

/// The rules come in force before anybody has made an event.
void Daemon::Impl::start() {
  site.serve("notifications", [this] { return notifier.run(); });
  site.start();
  site.serve("orphans", [this] { return orphans.run(); });
  if (has_file) {
    site.serve("reload", [this] { return reload_on_hangup(); });
    site.serve("retire removed credentials", [this] { return reloader->retire_removed(world.clock); });
  }
  start_api();
  start_listener();
  site.serve("metrics", [this] { return metrics.watch_loop(); });
  start_notices();
}

void Daemon::Impl::start_notices() {
  if (const auto limit = watchdog_limit()) {
    metrics.expect_progress(*limit);
    site.serve("watchdog", [this, limit] {
      return feed_watchdog(world.clock, parts.writer, *limit, [this] { metrics.see_progress(); });
    });
  }
  if (is_notify_wanted()) {
    site.serve("status", [this] { return tell_status(world.clock, catalog_file, site.writer(), parts.workers); });
  }
}

asio::awaitable<void> Daemon::Impl::reload_on_hangup() {
  for (;;) {
    while (!is_reload_asked) {
      boost::system::error_code woken;
      co_await hangup.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
    is_reload_asked = false;  // what is changed from now on takes another one
    const std::vector<std::string> told = co_await reloader->reload();
  }
}

/// Called on other threads.
Signals::Requests Daemon::Impl::requests() {
  asio::io_context& loop = world.loop;
  const auto end = [&loop](const std::exception_ptr& failure) {
    if (failure) report_failure("stop", failure);
    loop.stop();
  };
  return {[this, &loop, end] { asio::post(loop, [this, &loop, end] { asio::co_spawn(loop, stop(), end); }); },
          [this, &loop] {
            asio::post(loop, [this] {
              is_reload_asked = true;
              hangup.cancel();
            });
          },
          [this] { site.catalog().interrupt(); }};
}

asio::awaitable<void> Daemon::Impl::stop() {
  spdlog::info("stopping");
  notify_stopping();
  const std::exception_ptr unfinished = co_await failure_of(notifier.stop());
  if (unfinished) report_failure("stop of notifications", unfinished);
  const std::exception_ptr failure = co_await failure_of(site.stop());
  if (failure) spdlog::error("catalog: {}", words_of(failure));
}

Daemon::Daemon(Config config, ConfigSource source) {
  const StartPatience patience;
  impl_ = std::make_unique<Impl>(config, std::move(source));
}

Daemon::~Daemon() = default;

void Daemon::run(Signals& signals) {
  Impl& impl = *impl_;
  const auto until_stopped = asio::make_work_guard(impl.world.loop);
  impl.start();
  impl.signals = &signals;
  signals.serve(impl.requests());
  const std::shared_ptr<void> forget(nullptr, [&signals](void*) { signals.forget(); });
  spdlog::info("syncing {} credential(s) into {}", impl.site.sessions().all().size(), impl.catalog_file.string());
  notify_ready();
  impl.world.loop.run();
  impl.world.join();
  if (!impl.lost.empty()) throw StoreError(impl.lost, EX_IOERR);
  spdlog::info("stopped");
}

}  // namespace tally
