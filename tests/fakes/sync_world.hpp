// All listings of one account on virtual time: a real catalog in a temporary directory, everything on one io_context,
// unless a test wants to say whose turn it is.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "runtime/tasks.hpp"
#include "store/catalog.hpp"
#include "store/catalog_writer.hpp"
#include "store/reader.hpp"
#include "syncers/account_syncer.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::fakes {

class SyncWorld {
 public:
  /// Where things run.
  struct Executors {
    boost::asio::any_io_executor loop;
    boost::asio::any_io_executor workers;
    boost::asio::any_io_executor writer;
  };
  using MakeExecutors = std::function<Executors(boost::asio::io_context&)>;
  static Executors on_one_queue(boost::asio::io_context& context) {
    return {context.get_executor(), context.get_executor(), context.get_executor()};
  }

  explicit SyncWorld(ProviderDescription provider, Timestamp start, std::vector<InstanceTypeId> stable_ids = {},
                     const MakeExecutors& make_executors = on_one_queue)
      : executors(make_executors(context)), clock(context, start), provider_(std::move(provider)) {
    settings_.provider = &provider_;
    settings_.instance_type_interval = provider_.instance_type_interval;
    settings_.instance_interval = provider_.instance_interval;
    settings_.stable_ids = std::move(stable_ids);
    settings_.workers = executors.workers;
    CredentialRecord record;
    record.ref = credential;
    record.provider_id = provider_.provider_id;
    record.api_type = provider_.api_type;
    catalog.set_credentials({record}, clock.wall_now());
  }
  ~SyncWorld() { stop(); }

  /// Starts, or starts again from the catalog as a new process would.
  void start(Account& account, InstanceObserver* observer = nullptr) {
    stop();
    state = std::make_unique<AccountState>(credential, catalog.load(credential), writer, clock, executors.loop,
                                           executors.workers, Redactor(), observer);
    tasks_ = std::make_unique<Tasks>(executors.loop, nullptr);
    syncer = std::make_unique<AccountSyncer>(*state, account, settings_, clock, rng_, executors.loop, *tasks_);
    tasks_->spawn("writer", writer.run());
    syncer->start();
    clock.run_ready();
  }
  void stop() {
    if (!tasks_) return;
    tasks_->cancel();
    clock.run_ready();
    tasks_.reset();
  }

  /// Call before start().
  void watch(WorkObserver& observer) { settings_.observer = &observer; }

  [[nodiscard]] std::filesystem::path file() const { return directory_ / "catalog.db"; }
  [[nodiscard]] Reader reader() const { return Reader(file()); }
  [[nodiscard]] std::int64_t count(const std::string& sql) const {
    return std::get<std::int64_t>(reader().query(sql).rows.at(0).at(0));
  }

  const CredentialRef credential{"cred"};
  boost::asio::io_context context;
  const Executors executors;
  ManualClock clock;

 private:
  TemporaryDirectory directory_;
  ProviderDescription provider_;
  SyncSettings settings_;
  Rng rng_{11};

 public:
  Catalog catalog{directory_ / "catalog.db"};
  CatalogWriter writer{catalog, executors.loop, executors.writer, clock};
  std::unique_ptr<AccountState> state;
  std::unique_ptr<AccountSyncer> syncer;

  [[nodiscard]] const SyncSettings& settings() const { return settings_; }

 private:
  std::unique_ptr<Tasks> tasks_;
};

}  // namespace tally::fakes
