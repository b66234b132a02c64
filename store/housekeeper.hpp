// Keeps the catalog's file in bounds: takes out old history once a day, and whenever more of the file is in use than it
// may be, which is looked at each minute; in batches with pauses, which are the shorter the more there is to take.
// Warns when a reader makes the write-ahead log grow. Lives on the loop thread.
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
  boost::asio::awaitable<void> look();
  boost::asio::awaitable<bool> prune(std::int64_t used);
  [[nodiscard]] Timestamp retention_time() const;
  [[nodiscard]] std::chrono::milliseconds pause_at(std::int64_t used) const;
  void warn_of(const LogState& log);

  CatalogWriter& writer_;
  Clock& clock_;
  RetentionLimits limits_;
  TimePoint began_{};  // of the run, and what the catalog's newest success was then
  Timestamp base_{};
  TimePoint due_{};    // the daily pass
  TimePoint again_{};  // a pass that the file's size asks for begins no earlier
  bool has_warned_ = false;
};

}  // namespace tally
