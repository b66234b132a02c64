// Makes events of what the view `orphans` shows: `orphan_found` and `orphan_gone`. What makes a machine an orphan may
// be its own row, its type's or another credential's that left, so it is the view that is compared, off the loop,
// whenever something has happened. Lives on the loop thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <memory>
#include <set>

#include "runtime/clock.hpp"
#include "store/catalog_writer.hpp"
#include "store/notify_records.hpp"
#include "store/reader.hpp"

namespace tally {

/// Those of the new orphans that were seen the last time, too, and are told of now; the others wait in `suspects`: a
/// machine may be listed some seconds before its type, or before what made it is written.
std::vector<OrphanKey> confirmed(const std::vector<OrphanKey>& found, std::set<OrphanKey>& suspects);

class OrphanWatch {
 public:
  /// `readers` runs one job at a time. All references outlive it.
  OrphanWatch(std::filesystem::path catalog, CatalogWriter& writer, Clock& clock, boost::asio::any_io_executor readers);

  /// Until cancelled. Throws StoreError when the catalog cannot be read.
  boost::asio::awaitable<void> run();

 private:
  boost::asio::awaitable<void> look();

  std::filesystem::path catalog_;
  CatalogWriter& writer_;
  Clock& clock_;
  boost::asio::any_io_executor readers_;
  std::unique_ptr<Reader> reader_;  // used on `readers_` only
  std::string seen_;                // what the catalog had when everything was told
  std::set<OrphanKey> suspects_;
};

}  // namespace tally
