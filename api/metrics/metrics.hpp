// What the daemon counts of its own work, for Prometheus (docs/metrics.md). What the catalog knows is read from there
// (catalog_metrics.hpp). Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <set>
#include <vector>

#include "runtime/clock.hpp"
#include "tally/work_observer.hpp"

namespace prometheus {
struct MetricFamily;
}

namespace tally::api {

struct CatalogFacts;

class Metrics final : public WorkObserver {
 public:
  /// The clock outlives it. The configuration came in force now.
  explicit Metrics(Clock& clock);
  ~Metrics() override;

  void see_poll(const std::string& credential, SyncerKind syncer, std::string_view result,
                std::chrono::nanoseconds took) override;
  void see_request(const std::string& credential, std::string_view operation, int status, bool is_throttled,
                   std::chrono::nanoseconds took) override;
  void see_probe(const std::string& credential, std::string_view stage, bool is_ok,
                 std::chrono::nanoseconds took) override;
  void see_commit(std::chrono::nanoseconds took) override;
  void see_notification(const std::string& rule, std::string_view result) override;
  void see_reload(bool is_in_force) override;

  /// A watchdog ends us when loop and writer make no progress for so long.
  void expect_progress(std::chrono::nanoseconds limit);

  /// They have made some. Nothing before it is expected.
  void see_progress();

  /// Each second, how late the loop is. Until cancelled.
  boost::asio::awaitable<void> watch_loop();

  /// Takes over what the catalog says: which credentials are in force (the series of others go), and what has happened
  /// since it was read last.
  void take(const CatalogFacts& facts);

  [[nodiscard]] std::vector<prometheus::MetricFamily> collect() const;

 private:
  struct Impl;
  Clock& clock_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tally::api
