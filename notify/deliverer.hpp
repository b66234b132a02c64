// Delivers what waits for one rule: the oldest first, those of one subject one after the other, a few at a time. A
// failure puts that one off, and for a while the whole rule: both up to five minutes, the longer the more have failed
// in a row. After a day of failures one is given up. What comes of each attempt is in the catalog before the next one
// of its subject. Loop thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "notify/rule.hpp"
#include "notify/target.hpp"
#include "notify/waiting_list.hpp"
#include "runtime/clock.hpp"
#include "runtime/rng.hpp"
#include "runtime/tasks.hpp"
#include "store/catalog_writer.hpp"
#include "store/reader.hpp"
#include "tally/work_observer.hpp"

namespace tally::notify {

/// What all deliverers work with. References outlive them.
struct DeliveryContext {
  std::filesystem::path catalog;
  CatalogWriter& writer;
  Clock& clock;
  Rng& rng;
  boost::asio::any_io_executor loop;
  boost::asio::any_io_executor readers;  // one job at a time: the catalog is read here
  WorkObserver* observer = nullptr;      // hears of attempts
};

/// A reader of the catalog that is opened when it is first used; on the readers' thread.
class LazyReader {
 public:
  explicit LazyReader(std::filesystem::path catalog) : catalog_(std::move(catalog)) {}
  Reader& get() {
    if (!reader_) reader_.emplace(catalog_);
    return *reader_;
  }

 private:
  std::filesystem::path catalog_;
  std::optional<Reader> reader_;
};

class Deliverer {
 public:
  Deliverer(const DeliveryContext& context, std::shared_ptr<LazyReader> reader, std::shared_ptr<const Rule> rule,
            std::unique_ptr<Target> target, WaitingList waiting);

  void start();

  /// Returns when nothing of it runs any more; what was on its way waits again.
  boost::asio::awaitable<void> stop();

  /// Committed already. What is too much then is given up.
  void add(std::vector<WaitingDelivery> waiting);

  /// One attempt, beside those of the rule.
  Task<> attempt_test(std::int64_t id, std::string body);

  [[nodiscard]] const std::shared_ptr<const Rule>& rule() const { return rule_; }
  [[nodiscard]] WaitingList& waiting() { return waiting_; }

 private:
  boost::asio::awaitable<void> serve();
  boost::asio::awaitable<void> wait_for_turn();
  boost::asio::awaitable<bool> next_news(std::uint64_t known);
  boost::asio::awaitable<void> attempt(Waiting next);
  boost::asio::awaitable<void> fail(const Waiting& next, const Error& error);
  boost::asio::awaitable<void> note(std::vector<DeliveryOutcome> outcomes);
  boost::asio::awaitable<void> note_again(boost::asio::awaitable<void> first, std::vector<DeliveryOutcome> outcomes);
  boost::asio::awaitable<void> write(std::vector<DeliveryOutcome> outcomes);
  void tell_news();
  void pause(std::chrono::milliseconds asked);
  void tell_success();
  void tell_failure(const std::string& why);
  void count(std::string_view result);

  const DeliveryContext& context_;
  const std::shared_ptr<LazyReader> reader_;
  const std::shared_ptr<const Rule> rule_;
  const std::unique_ptr<Target> target_;
  WaitingList waiting_;
  int failures_ = 0;  // in a row, of whatever
  TimePoint paused_until_{};
  std::uint64_t news_ = 0;               // counts what may give somebody a turn
  boost::asio::steady_timer news_came_;  // cancelled then
  Tasks tasks_;
};

}  // namespace tally::notify
