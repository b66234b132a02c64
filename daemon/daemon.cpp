#include "daemon/daemon.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <random>
#include <vector>

#include "cloud/system_clock.hpp"
#include "cloud/tasks.hpp"
#include "daemon/account_cache.hpp"
#include "daemon/api/api.hpp"
#include "daemon/api/server.hpp"
#include "daemon/state_lock.hpp"
#include "daemon/stop_guard.hpp"
#include "daemon/tenants.hpp"
#include "net/http_client.hpp"
#include "providers/registry.hpp"
#include "store/catalog.hpp"
#include "store/error.hpp"
#include "syncers/catalog_writer.hpp"
#include "syncers/housekeeper.hpp"
#include "syncers/instance_syncer.hpp"
#include "syncers/instance_type_syncer.hpp"
#include "syncers/periodic.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

constexpr int worker_threads = 1;

/// Everything of one credential, in the order in which it is built.
struct Session {
  std::unique_ptr<HttpClient> http;
  std::unique_ptr<AccountCache> cache;
  std::unique_ptr<Account> account;
  std::unique_ptr<AccountState> state;
  std::unique_ptr<InstanceTypeSyncer> types;
  std::unique_ptr<InstanceSyncer> instances;
  std::unique_ptr<Periodic> type_loop;
  std::unique_ptr<Periodic> instance_loop;
};

void report_failure(const std::string& name, std::exception_ptr failure) {
  try {
    std::rethrow_exception(std::move(failure));
  } catch (const std::exception& error) {
    spdlog::error("{}: ended: {}", name, error.what());
  }
}

CredentialRecord record_of(const CredentialConfig& config, const TenantId& tenant) {
  CredentialRecord record;
  record.ref = config.credential.ref;
  record.provider_id = config.provider->provider_id;
  record.tenant_id = tenant;
  record.api_type = config.provider->api_type;
  for (const std::string_view name : config.provider->capabilities) record.capabilities.emplace_back(name);
  record.is_read_only = config.is_read_only;
  return record;
}

}  // namespace

struct Daemon::Impl {
  explicit Impl(Config with);
  void open_sessions();
  void open_session(const CredentialConfig& config, const std::vector<TenantMember>& members);
  void open_api();
  void start();
  asio::awaitable<void> stop_on_signal(StopGuard& guard);

  asio::io_context loop{1};
  asio::signal_set signals{loop, SIGTERM, SIGINT};  // from here on a signal is a request to stop
  Config config;
  StateLock lock;
  Catalog catalog;
  SystemClock clock;
  Rng rng{std::random_device{}()};
  Budgets budgets{clock};
  asio::thread_pool workers{worker_threads};
  asio::thread_pool writer_thread{1};
  CatalogWriter writer{catalog, writer_thread.get_executor(), clock};
  Housekeeper housekeeper{writer, clock};
  TlsContexts tls;
  Tasks tasks{loop.get_executor(), report_failure};
  std::vector<Session> sessions;
  std::optional<api::Api> api;
  std::optional<api::Server> server;
};

Daemon::Impl::Impl(Config with)
    : config(std::move(with)), lock(config.state_dir), catalog(config.state_dir / "catalog.db") {}

void Daemon::Impl::open_sessions() {
  std::vector<TenantMember> members;
  std::vector<CredentialRecord> records;
  for (const CredentialConfig& entry : config.credentials) {
    const TenantId tenant = find_provider(entry.provider->name)->tenant_of(entry.credential);
    members.push_back({entry.credential.ref, tenant});
    records.push_back(record_of(entry, tenant));
  }
  catalog.set_credentials(records, clock.wall_now());
  for (const CredentialConfig& entry : config.credentials) open_session(entry, members);
}

void Daemon::Impl::open_session(const CredentialConfig& entry, const std::vector<TenantMember>& members) {
  const CredentialRef& ref = entry.credential.ref;
  const Provider* provider = find_provider(entry.provider->name);
  const TenantId tenant = provider->tenant_of(entry.credential);
  KnownAccount known = catalog.load(ref);
  const ChangeSet tenancy = same_tenant_changes({ref, tenant}, members, known.credential_problems, clock.wall_now());
  if (!tenancy.empty()) {
    catalog.apply(ref, tenancy);
    known.credential_problems = catalog.load(ref).credential_problems;
  }

  Session session;
  session.http = make_http_client(loop.get_executor(), tls.get(entry.ca_file), budgets.of(tenant, ref, *entry.provider),
                                  clock, rng);
  session.cache = std::make_unique<AccountCache>(ref, catalog.load_cache(ref), writer, tasks);
  session.account = provider->open(
      AccountContext{entry.credential, *session.http, clock, rng, *session.cache, workers.get_executor()});
  session.state = std::make_unique<AccountState>(ref, std::move(known), writer, clock);

  SyncSettings settings;
  settings.provider = entry.provider;
  settings.instance_type_interval = entry.instance_type_interval;
  settings.instance_interval = entry.instance_interval;
  settings.stable_ids = entry.stable_ids;
  settings.workers = workers.get_executor();
  session.types = std::make_unique<InstanceTypeSyncer>(*session.state, *session.account, settings, clock);
  session.instances = std::make_unique<InstanceSyncer>(*session.state, *session.account, settings, clock);
  session.type_loop = std::make_unique<Periodic>(*session.types, clock, rng);
  session.instance_loop = std::make_unique<Periodic>(*session.instances, clock, rng);
  sessions.push_back(std::move(session));
}

/// Syncing goes on without the API when its socket cannot be opened.
void Daemon::Impl::open_api() {
  api.emplace(config.state_dir / "catalog.db", writer, clock);
  try {
    server.emplace(loop, config.control_socket, tasks,
                   [this](api::Request request) { return api->handle(std::move(request)); });
    tasks.spawn("api", server->run());
  } catch (const api::SocketError& error) {
    spdlog::error("api: {}", error.what());
  }
}

void Daemon::Impl::start() {
  tasks.spawn("catalog writer", writer.run());
  tasks.spawn("housekeeper", housekeeper.run());
  open_api();
  for (const Session& session : sessions) {
    tasks.spawn(session.types->name(), session.type_loop->run());
    tasks.spawn(session.instances->name(), session.instance_loop->run());
  }
}

asio::awaitable<void> Daemon::Impl::stop_on_signal(StopGuard& guard) {
  co_await signals.async_wait(asio::use_awaitable);
  spdlog::info("stopping");
  guard.arm();
  tasks.cancel();
  co_await tasks.join();
  try {
    co_await writer.flush();
  } catch (const StoreError& error) {
    spdlog::error("catalog: {}", error.what());
  }
  loop.stop();
}

Daemon::Daemon(Config config) : impl_(std::make_unique<Impl>(std::move(config))) { impl_->open_sessions(); }

Daemon::~Daemon() = default;

void Daemon::run() {
  Impl& impl = *impl_;
  StopGuard guard([&impl] { impl.catalog.interrupt(); });
  impl.start();
  asio::co_spawn(impl.loop, impl.stop_on_signal(guard), asio::detached);
  spdlog::info("syncing {} credential(s) into {}", impl.config.credentials.size(),
               (impl.config.state_dir / "catalog.db").string());
  impl.loop.run();
  impl.writer_thread.join();
  impl.workers.join();
  spdlog::info("stopped");
}

}  // namespace tally
