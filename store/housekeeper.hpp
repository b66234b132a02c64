// Keeps the catalog's file in bounds: takes out old history once a day, in batches with pauses, and warns when a
// reader makes the write-ahead log grow. Lives on the loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "runtime/clock.hpp"
#include "store/catalog_writer.hpp"

namespace tally {

class Housekeeper {
 public:
  Housekeeper(CatalogWriter& writer, Clock& clock, RetentionLimits limits = {})
      : writer_(writer), clock_(clock), limits_(limits) {}

  /// What the next pass of retention keeps.
  void keep(RetentionLimits limits) { limits_ = limits; }

  /// Until cancelled.
  boost::asio::awaitable<void> run();

 private:
  boost::asio::awaitable<void> prune();
  [[nodiscard]] Timestamp retention_time() const;
  boost::asio::awaitable<void> watch_log();

  CatalogWriter& writer_;
  Clock& clock_;
  RetentionLimits limits_;
  TimePoint began_{};  // of the run, and what the catalog's newest success was then
  Timestamp base_{};
  bool has_warned_ = false;
};

}  // namespace tally
