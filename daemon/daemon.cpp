#include "daemon/daemon.hpp"

#include <spdlog/spdlog.h>
#include <sysexits.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <memory>
#include <random>

#include "cloud/async.hpp"
#include "cloud/system_clock.hpp"
#include "daemon/api/api.hpp"
#include "daemon/api/server.hpp"
#include "daemon/control.hpp"
#include "daemon/control_socket.hpp"
#include "daemon/stop_guard.hpp"
#include "ssh/ssh_prober.hpp"
#include "store/error.hpp"
#include "store/state_lock.hpp"
#include "syncers/change_log.hpp"
#include "syncers/housekeeper.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

constexpr int worker_threads = 1;

StateLock take_state(const Config& config) {
  refuse_taken_socket(config.control_socket);
  return StateLock(config.state_dir);
}

}  // namespace

struct Daemon::Impl {
  Impl(Config& config, ConfigSource source);
  void open_sessions(std::vector<CredentialConfig> credentials);
  void open_api();
  void start();
  asio::awaitable<void> reload_on_hangup();
  asio::awaitable<void> stop_on_signal(StopGuard& guard);

  asio::io_context loop{1};
  asio::signal_set stop_signals{loop, SIGTERM, SIGINT};  // from here on a signal is a request
  asio::signal_set hangup{loop, SIGHUP};
  const std::filesystem::path catalog_file;
  const std::filesystem::path control_socket;
  const bool has_file;  // a configuration that can be read again
  StateLock lock;
  Catalog catalog;
  SystemClock clock;
  Rng rng{std::random_device{}()};
  asio::thread_pool workers{worker_threads};
  asio::thread_pool writer_thread{1};
  CatalogWriter writer{catalog, loop.get_executor(), writer_thread.get_executor(), clock};
  std::string lost;  // why the catalog cannot be gone on with
  Housekeeper housekeeper{writer, clock};
  SshProber prober;
  ProbeScheduler probes{prober, &bootstrap, writer, clock, rng, loop.get_executor(), workers.get_executor()};
  Sessions sessions{SessionContext{loop.get_executor(), workers.get_executor(), writer, clock, rng, probes,
                                   ProxyRules::from_environment().value_or(ProxyRules())}};
  Tasks tasks{loop.get_executor(), report_failure};
  std::unique_ptr<Reloader> reloader;
  std::unique_ptr<DaemonControl> control;
  std::unique_ptr<api::Api> api;
  std::unique_ptr<api::Server> server;
};

Daemon::Impl::Impl(Config& config, ConfigSource source)
    : catalog_file(config.state_dir / "catalog.db"),
      control_socket(config.control_socket),
      has_file(!source.file.empty()),
      lock(take_state(config)),
      catalog(catalog_file) {
  writer.on_lost([this](const std::string& why) {
    lost = why;
    kill(getpid(), SIGTERM);  // ends as any stop does, but for the exit code
  });
  open_sessions(std::move(config.credentials));
  reloader = std::make_unique<Reloader>(std::move(source), std::move(config), sessions, loop.get_executor(),
                                        workers.get_executor());
  control = std::make_unique<DaemonControl>(*reloader, sessions, probes, clock, tasks);
}

/// Before anything runs, so that what is wrong with the catalog ends the start.
void Daemon::Impl::open_sessions(std::vector<CredentialConfig> credentials) {
  std::exception_ptr failure;
  asio::co_spawn(loop, sessions.apply(std::move(credentials)),
                 [&failure](std::exception_ptr end) { failure = std::move(end); });
  loop.run();
  loop.restart();
  if (failure) std::rethrow_exception(failure);
}

/// Syncing goes on without the API when its socket cannot be opened.
void Daemon::Impl::open_api() {
  api = std::make_unique<api::Api>(catalog_file, writer, clock, *control);
  try {
    server = std::make_unique<api::Server>(loop, control_socket, tasks,
                                           [this](api::Request request) { return api->handle(std::move(request)); });
    tasks.spawn("api", server->run());
  } catch (const api::SocketError& error) {
    spdlog::error("api: {}", error.what());
  }
}

void Daemon::Impl::start() {
  tasks.spawn("catalog writer", writer.run());
  tasks.spawn("housekeeper", housekeeper.run());
  tasks.spawn("SSH probes", probes.run());
  if (has_file) {
    tasks.spawn("reload", reload_on_hangup());
    tasks.spawn("retire removed credentials", reloader->retire_removed(clock));
  }
  open_api();
  sessions.start();
}

asio::awaitable<void> Daemon::Impl::reload_on_hangup() {
  for (;;) {
    co_await hangup.async_wait(asio::use_awaitable);
    const std::vector<std::string> told = co_await reloader->reload();
  }
}

asio::awaitable<void> Daemon::Impl::stop_on_signal(StopGuard& guard) {
  co_await stop_signals.async_wait(asio::use_awaitable);
  spdlog::info("stopping");
  guard.arm();
  tasks.cancel();
  co_await tasks.join();
  co_await sessions.stop();
  co_await probes.stop();
  try {
    co_await writer.finish();
  } catch (const StoreError& error) {
    spdlog::error("catalog: {}", error.what());
  }
  loop.stop();
}

Daemon::Daemon(Config config, ConfigSource source) : impl_(std::make_unique<Impl>(config, std::move(source))) {}

Daemon::~Daemon() = default;

void Daemon::run() {
  Impl& impl = *impl_;
  StopGuard guard([&impl] { impl.catalog.interrupt(); });
  impl.start();
  asio::co_spawn(impl.loop, impl.stop_on_signal(guard), asio::detached);
  spdlog::info("syncing {} credential(s) into {}", impl.sessions.all().size(), impl.catalog_file.string());
  impl.loop.run();
  impl.writer_thread.join();
  impl.workers.join();
  if (!impl.lost.empty()) throw StoreError(impl.lost, EX_IOERR);
  spdlog::info("stopped");
}

}  // namespace tally
