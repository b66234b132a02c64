// Answers a scrape: what the daemon counts, and what the catalog says, which is read at most every 15 s however often
// somebody scrapes. Loop thread; reads on the readers'.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/metrics/metrics.hpp"
#include "store/reader.hpp"

namespace tally::api {

class Scrape {
 public:
  /// References outlive it. `reader` is used on `readers` only, but now.
  Scrape(std::filesystem::path catalog, Reader& reader, boost::asio::any_io_executor readers, Metrics& metrics,
         Clock& clock);
  ~Scrape();

  /// The text format of Prometheus. Throws StoreError when the catalog cannot be read: a scrape that fails shows as
  /// such, gauges that are not there would be taken for a fine day.
  boost::asio::awaitable<std::string> text();

 private:
  using Families = std::vector<prometheus::MetricFamily>;

  const std::filesystem::path catalog_;
  Reader& reader_;
  boost::asio::any_io_executor readers_;
  Metrics& metrics_;
  Clock& clock_;
  std::int64_t last_event_;
  std::optional<TimePoint> read_at_;
  std::shared_ptr<const Families> gauges_;
  std::map<std::string, std::string> providers_;  // of the credentials in force
};

}  // namespace tally::api
