// All that syncs into one catalog, wired once: for tallyd, for the benches, and for tests, which give it another time,
// other threads, another SSH and other vendors. What a site is made of is given to it; it opens the catalog and owns
// the rest. Loop thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <functional>
#include <string>

#include "daemon/sessions.hpp"
#include "lifecycle/service.hpp"
#include "net/proxy.hpp"
#include "probing/probe_scheduler.hpp"
#include "runtime/clock.hpp"
#include "runtime/rng.hpp"
#include "runtime/tasks.hpp"
#include "store/catalog.hpp"
#include "store/catalog_writer.hpp"
#include "store/housekeeper.hpp"

namespace tally {

/// What a site runs on. All of it outlives the site.
struct SiteParts {
  boost::asio::any_io_executor loop;
  boost::asio::any_io_executor workers;  // each account has a strand on it
  boost::asio::any_io_executor writer;   // one job at a time
  Clock& clock;
  Rng& rng;
  Prober& prober;
  Bootstrapper bootstrap;  // nullptr: nobody sets instances up
  ProxyRules proxies;
  WorkObserver* observer = nullptr;        // hears of what is done
  lifecycle::Options lifecycle{};          // how operations are carried out
  Connect connect = connect_over_network;  // how each account reaches its vendor
  bool returns_freed_memory = true;        // to the system, each half minute
};

class Site {
 public:
  /// Opens the catalog; nothing runs yet. Throws StoreError.
  Site(const std::filesystem::path& catalog, SiteParts parts);

  /// Writer, housekeeper, probes and sessions, which are those that were applied so far.
  void start();

  /// Runs it under keep_going until the site stops.
  void serve(const std::string& name, std::function<boost::asio::awaitable<void>()> service);

  /// Returns when nothing of it runs any more and what was recorded is written. Throws what the last write threw.
  boost::asio::awaitable<void> stop();

  [[nodiscard]] Catalog& catalog() { return catalog_; }
  [[nodiscard]] CatalogWriter& writer() { return writer_; }
  [[nodiscard]] Housekeeper& housekeeper() { return housekeeper_; }
  [[nodiscard]] ProbeScheduler& probes() { return probes_; }
  [[nodiscard]] Sessions& sessions() { return sessions_; }
  [[nodiscard]] const Sessions& sessions() const { return sessions_; }
  [[nodiscard]] lifecycle::Lifecycle& lifecycle() { return lifecycle_; }
  [[nodiscard]] Tasks& tasks() { return tasks_; }

 private:
  Clock& clock_;
  boost::asio::any_io_executor workers_;
  const bool returns_freed_memory_;
  Catalog catalog_;
  CatalogWriter writer_;
  Housekeeper housekeeper_;
  ProbeScheduler probes_;
  lifecycle::Service lifecycle_;  // before the sessions, which it borrows from
  Sessions sessions_;
  Tasks tasks_;
};

}  // namespace tally
