// One account whose instances are listed every 5 s and probed, on virtual time: a real catalog, a fake cloud and a fake
// network.
#pragma once

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "probing/probe_scheduler.hpp"
#include "tests/fakes/fake_account.hpp"
#include "tests/fakes/fake_prober.hpp"
#include "tests/fakes/fold.hpp"
#include "tests/fakes/rows.hpp"
#include "tests/fakes/run_task.hpp"
#include "tests/fakes/sync_world.hpp"

namespace tally::fakes {

using namespace std::chrono_literals;

inline const ProviderDescription& probed_provider() {
  static const ProviderDescription provider = [] {
    ProviderDescription description;
    description.name = description.provider_id = "fake";
    return description;
  }();
  return provider;
}

class ProbeWorld {
 public:
  ProbeWorld() {
    spdlog::set_level(spdlog::level::off);
    settings.key = std::make_shared<const SshKey>();
  }
  ~ProbeWorld() {
    stop();
    spdlog::set_level(spdlog::level::info);
  }

  FakeAccount account;
  SyncWorld sync{probed_provider(), Timestamp(std::chrono::hours(480'000))};
  ManualClock& clock = sync.clock;
  FakeProber prober{clock};
  ProbeSettings settings;
  ProbeLimits limits;
  std::unique_ptr<ProbeScheduler> scheduler;

  /// What a bootstrap comes to; it takes `bootstrap_takes`.
  std::function<BootstrapReport(const SshTarget&, const BootstrapPlan&)> on_bootstrap;
  std::chrono::milliseconds bootstrap_takes{5'000};
  int bootstraps_begun = 0;

  /// Starts, or starts again from the catalog as a new process would.
  void start() {
    stop();
    scheduler = std::make_unique<ProbeScheduler>(
        prober,
        [this](Prober&, SshTarget target, BootstrapPlan plan, std::chrono::milliseconds) {
          return bootstrap(std::move(target), std::move(plan));
        },
        sync.writer, clock, rng_, sync.context.get_executor(), sync.context.get_executor(), limits);
    spawn(scheduler->add(sync.credential, &probed_provider(), settings, sync.catalog.load(sync.credential).instances));
    tasks_ = std::make_unique<Tasks>(sync.context.get_executor(), nullptr);
    tasks_->spawn("probes", scheduler->run());
    sync.start(account, scheduler.get());
  }
  void stop() {
    if (!scheduler) return;
    sync.stop();
    tasks_->cancel();
    clock.run_ready();
    spawn(scheduler->stop());
    scheduler.reset();
  }
  void spawn(boost::asio::awaitable<void> task) {
    boost::asio::co_spawn(sync.context, std::move(task), boost::asio::detached);
    clock.run_ready();
  }
  Result<void> trust(const std::string& id, const std::string& fingerprint) {
    Result<void> result;
    spawn(keep(scheduler->trust(sync.credential, CloudId(id), fingerprint), result));
    return result;
  }
  /// As somebody does who looked at the catalog.
  Result<void> trust(const std::string& id) {
    const auto keys = sync.reader().query(
        "SELECT fingerprint_sha256 FROM host_keys WHERE state = 'changed' AND cloud_id = '" + id + "'");
    return trust(id, keys.rows.empty() ? "SHA256:none" : sql_text(keys.rows.at(0).at(0)));
  }

  using Asked = Result<std::optional<ProbeOutcome>>;

  /// An operator's probe; `told` is set when its answer comes.
  void ask_probe(const std::string& id, std::optional<Asked>& told) {
    told.reset();
    spawn(tell(scheduler->probe_now(sync.credential, CloudId(id), 8s), told));
  }

  /// Puts an instance into the cloud, instead of the one of that ID.
  void put(const Instance& instance) {
    remove(instance.cloud_id.str());
    account.machines.rows.push_back(row(instance));
  }
  void remove(const std::string& id) {
    std::erase_if(account.machines.rows, [&id](const auto& machine) { return machine->cloud_id.str() == id; });
  }
  static Instance machine(const std::string& id, const std::string& address) {
    Instance instance = make_instance(id);
    instance.public_ip = address;
    return instance;
  }
  /// A running instance, and its host on the network.
  void boot(const std::string& id, const std::string& address) {
    put(machine(id, address));
    prober.network[address] = FakeHost{{make_key(id)}};
  }

  [[nodiscard]] SqlValue one(const std::string& sql) const { return sync.reader().query(sql).rows.at(0).at(0); }
  [[nodiscard]] std::int64_t count(const std::string& sql) const { return sync.count(sql); }
  [[nodiscard]] std::string reachable(const std::string& id) const {
    return sql_text(one("SELECT is_reachable FROM instances WHERE cloud_id = '" + id + "'"));
  }
  /// The events of SSH so far, as "kind id", in their order.
  [[nodiscard]] std::vector<std::string> events() const {
    std::vector<std::string> lines;
    for (const auto& event : sync.reader()
                                 .query("SELECT kind || ' ' || subject_id FROM events WHERE kind LIKE 'hostkey%' OR "
                                        "kind LIKE 'probe%' OR kind LIKE 'bootstrap%' ORDER BY id")
                                 .rows) {
      lines.push_back(sql_text(event.at(0)));
    }
    return lines;
  }
  /// Has every write to a table of SSH fail, or not any more.
  void break_catalog(bool is_broken) const {
    sqlite::Connection connection(sync.file().string(), SQLITE_OPEN_READWRITE);
    for (const char* table : {"ssh_probe", "host_key", "bootstrap"}) {
      const std::string name = std::string("broken_") + table;
      connection.execute(is_broken ? "CREATE TRIGGER " + name + " BEFORE INSERT ON " + table +
                                         " BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
                                   : "DROP TRIGGER " + name);
    }
  }

 private:
  static boost::asio::awaitable<void> keep(Task<void> task, Result<void>& result) { result = co_await std::move(task); }

  static boost::asio::awaitable<void> tell(Task<std::optional<ProbeOutcome>> task, std::optional<Asked>& told) {
    told = co_await std::move(task);
  }

  boost::asio::awaitable<BootstrapReport> bootstrap(SshTarget target, BootstrapPlan plan) {
    ++bootstraps_begun;
    co_await clock.sleep_until(clock.now() + bootstrap_takes);
    BootstrapReport report;
    if (on_bootstrap) report = on_bootstrap(target, plan);
    co_return report;
  }

  Rng rng_{3};
  std::unique_ptr<Tasks> tasks_;
};

using EventLines = std::vector<std::string>;

}  // namespace tally::fakes
