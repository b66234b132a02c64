// Tells people what the event log says, by rules: reads the log on a thread of its own as it grows, writes what is to
// be delivered together with how far it has read, and has each rule's deliverer do the rest. Nothing is lost between:
// what was written waits in the catalog, what was not is read again. The tally never waits for it. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "notify/deliverer.hpp"
#include "notify/happenings.hpp"
#include "runtime/turns.hpp"

namespace tally::notify {

class Notifier {
 public:
  using MakeTarget = std::function<std::unique_ptr<Target>(const Rule&)>;

  Notifier(DeliveryContext context, MakeTarget make_target);

  /// Makes the rules exactly these; one caller at a time. A rule goes on where the one of its name was; a new one
  /// begins with the next event; what waits for one that is gone is given up. Throws StoreError, or what `make_target`
  /// throws, and nothing has changed.
  boost::asio::awaitable<void> apply(std::vector<Rule> rules);

  /// The rules that run() begins with.
  void begin_with(std::vector<Rule> rules) { first_ = std::move(rules); }

  /// Reads events until cancelled. Throws StoreError; nothing is lost when it is called again.
  boost::asio::awaitable<void> run();

  /// The end: returns when nothing is being delivered any more, and nothing will be.
  boost::asio::awaitable<void> stop();

  /// Tells of an event that never was, once: the delivery's ID. Errors: resource_not_found when there is no such rule;
  /// service_unavailable, with why it was not taken.
  Task<std::int64_t> test(std::string name);

 private:
  struct Entry {
    std::shared_ptr<Deliverer> deliverer;
    std::int64_t read_event_id = 0;
  };

  /// A rule that is new or not as it was, and its way to those whom it tells.
  struct Change {
    std::shared_ptr<const Rule> rule;
    std::unique_ptr<Target> target;
  };

  boost::asio::awaitable<bool> look();
  [[nodiscard]] std::vector<ReadingRule> reading() const;
  [[nodiscard]] std::vector<Change> changes_to(std::vector<Rule> rules) const;
  boost::asio::awaitable<void> put_in_force(Change change, RuleProgress progress);

  const DeliveryContext context_;
  const MakeTarget make_target_;
  const std::shared_ptr<LazyReader> reader_;
  Turns turns_;  // who reads events, or changes rules
  std::map<std::string, Entry> rules_;
  std::optional<std::vector<Rule>> first_;  // not yet in force
  std::uint64_t commits_ = 0;
  bool is_over_ = false;
};

}  // namespace tally::notify
