#include "notify/notifier.hpp"

#include <algorithm>

#include "notify/body.hpp"
#include "runtime/run_on.hpp"

namespace tally::notify {
namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds look_for_events_every{250};

/// One serves the other, too.
bool is_same_rule(const Rule& a, const Rule& b) {
  return a.events == b.events && a.credential == b.credential && a.gpu == b.gpu && a.max_price == b.max_price &&
         a.tag == b.tag && a.url == b.url && a.secret == b.secret && a.command == b.command;
}

Error no_such_rule(const std::string& name) {
  Error error;
  error.kind = Errc::resource_not_found;
  error.message = "no rule of notifications is called " + name;
  return error;
}

}  // namespace

Notifier::Notifier(DeliveryContext context, MakeTarget make_target)
    : context_(std::move(context)),
      make_target_(std::move(make_target)),
      reader_(std::make_shared<LazyReader>(context_.catalog)) {}

/// What can fail comes first.
asio::awaitable<void> Notifier::apply(std::vector<Rule> rules) {
  const Turns::Place turn = co_await turns_.take();
  std::vector<std::string> names;
  for (const Rule& rule : rules) names.push_back(rule.name);
  std::vector<Change> changes = changes_to(std::move(rules));
  auto set = [names](Catalog& catalog) { return catalog.set_notify_rules(names); };
  auto progress = co_await context_.writer.write(WritePriority::tally, "notifications", std::move(set));
  first_.reset();  // these are newer
  for (auto at = rules_.begin(); at != rules_.end();) {
    if (progress.contains(at->first)) {
      ++at;
      continue;
    }
    co_await at->second.deliverer->stop();
    at = rules_.erase(at);
  }
  for (Change& change : changes) {
    RuleProgress& of_rule = progress.at(change.rule->name);
    co_await put_in_force(std::move(change), std::move(of_rule));
  }
}

std::vector<Notifier::Change> Notifier::changes_to(std::vector<Rule> rules) const {
  std::vector<Change> changes;
  for (Rule& rule : rules) {
    const auto present = rules_.find(rule.name);
    if (present != rules_.end() && is_same_rule(*present->second.deliverer->rule(), rule)) continue;
    std::unique_ptr<Target> target = make_target_(rule);
    changes.push_back({std::make_shared<const Rule>(std::move(rule)), std::move(target)});
  }
  return changes;
}

/// One that is there already knows what waits, and goes on where it is.
asio::awaitable<void> Notifier::put_in_force(Change change, RuleProgress progress) {
  Entry& entry = rules_[change.rule->name];
  WaitingList waiting;
  std::vector<WaitingDelivery> stored;
  if (entry.deliverer == nullptr) {
    entry.read_event_id = progress.read_event_id;
    stored = std::move(progress.waiting);
  } else {
    co_await entry.deliverer->stop();
    waiting = std::move(entry.deliverer->waiting());
  }
  entry.deliverer = std::make_shared<Deliverer>(context_, reader_, std::move(change.rule), std::move(change.target),
                                                std::move(waiting));
  if (!is_over_) entry.deliverer->start();
  entry.deliverer->add(std::move(stored));
}

asio::awaitable<void> Notifier::run() {
  if (first_) co_await apply(*first_);
  for (bool is_all = false;;) {
    if (!rules_.empty() && (!is_all || context_.writer.commits() != commits_)) is_all = co_await look();
    if (is_all || rules_.empty()) {
      co_await context_.clock.sleep_until(context_.clock.now() + look_for_events_every);
    }
  }
}

std::vector<ReadingRule> Notifier::reading() const {
  std::vector<ReadingRule> rules;
  for (const auto& [name, entry] : rules_) rules.push_back({entry.deliverer->rule(), entry.read_event_id});
  return rules;
}

/// Whether all events are read.
asio::awaitable<bool> Notifier::look() {
  const Turns::Place turn = co_await turns_.take();
  commits_ = context_.writer.commits();
  if (rules_.empty()) co_return true;
  auto find = [reader = reader_, rules = reading()] { return read_events(reader->get(), rules); };
  EventsFound found = co_await run_on(context_.readers, std::move(find));
  if (!found.is_news) co_return true;
  found.read.at = context_.clock.wall_now();
  auto write = [read = found.read](Catalog& catalog) { return catalog.apply(read); };
  auto written = co_await context_.writer.write(WritePriority::tally, "notifications", std::move(write));
  for (auto& [name, entry] : rules_) entry.read_event_id = std::max(entry.read_event_id, found.read.last_event_id);
  for (auto& [name, waiting] : written) rules_.at(name).deliverer->add(std::move(waiting));
  co_return found.is_all;
}

/// Not while rules change.
asio::awaitable<void> Notifier::stop() {
  is_over_ = true;
  const Turns::Place turn = co_await turns_.take();
  for (auto& [name, entry] : rules_) co_await entry.deliverer->stop();
}

Task<std::int64_t> Notifier::test(std::string name) {
  if (first_) co_await apply(*first_);  // just started: those of the configuration come in force first
  const auto at = rules_.find(name);
  if (at == rules_.end()) co_return tl::unexpected(no_such_rule(name));
  const std::shared_ptr<Deliverer> deliverer = at->second.deliverer;
  const std::string body = test_body(*deliverer->rule(), context_.clock.wall_now());
  EventsRead read;
  read.at = context_.clock.wall_now();
  read.of_rules[name].push_back({std::nullopt, "test", body});
  auto write = [read](Catalog& catalog) { return catalog.apply(read); };
  const auto written = co_await context_.writer.write(WritePriority::tally, "notifications", std::move(write));
  const std::int64_t id = written.at(name).front().id;
  const Result<> taken = co_await deliverer->attempt_test(id, body);
  if (!taken) co_return tl::unexpected(taken.error());
  co_return id;
}

}  // namespace tally::notify
