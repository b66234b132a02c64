#include "syncers/account_syncer.hpp"

#include <set>
#include <utility>

#include "syncers/instance_type_syncer.hpp"
#include "syncers/list_syncer.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

// Longer than from one wait for a list to the next of whoever looks for a machine.
constexpr std::chrono::minutes wanted_for{2};

const ListingKey location_list{SyncerKind::instance_types, ""};  // of a locational API

std::set<std::string> locations_of_live(const KnownInstances& instances) {
  std::set<std::string> names;
  for (const auto& [key, listing] : instances.listings()) {
    if (listing->gone() < listing->size()) names.insert(key.location);
  }
  return names;
}

}  // namespace

struct AccountSyncer::Loop {
  Loop(std::unique_ptr<Syncer> of, const Lanes& lanes, Clock& clock, Rng& rng, const asio::any_io_executor& loop)
      : syncer(std::move(of)), periodic(*syncer, lanes, clock, rng, loop) {}
  std::unique_ptr<Syncer> syncer;
  Periodic periodic;
};

/// A listing's syncer, and what follows each pass: a list of locations says which of them are to be asked, and whoever
/// counts passes is told.
class AccountSyncer::Listing final : public Syncer {
 public:
  Listing(AccountSyncer& of, ListingKey key, std::unique_ptr<Syncer> syncer)
      : of_(of), key_(std::move(key)), syncer_(std::move(syncer)) {}
  [[nodiscard]] std::string name() const override { return syncer_->name(); }
  [[nodiscard]] std::chrono::milliseconds interval() const override { return syncer_->interval(); }
  [[nodiscard]] std::chrono::milliseconds deadline() const override { return syncer_->deadline(); }
  [[nodiscard]] bool is_wanted() const override { return syncer_->is_wanted(); }
  asio::awaitable<Outcome> pass(std::int64_t skipped) override {
    const TimePoint began = of_.clock_.now();
    Outcome outcome = co_await syncer_->pass(skipped);
    if (of_.is_locational() && key_ == location_list) of_.follow_locations();
    if (WorkObserver* observer = of_.settings_.observer) {
      observer->see_poll(of_.state_.credential().str(), key_.syncer, outcome ? to_string(outcome->kind) : "success",
                         of_.clock_.now() - began);
    }
    co_return outcome;
  }

 private:
  AccountSyncer& of_;
  const ListingKey key_;
  const std::unique_ptr<Syncer> syncer_;
};

AccountSyncer::AccountSyncer(AccountState& state, Account& account, SyncSettings settings, Clock& clock, Rng& rng,
                             asio::any_io_executor loop, Tasks& tasks)
    : state_(state),
      account_(account),
      settings_(std::move(settings)),
      clock_(clock),
      rng_(rng),
      loop_(std::move(loop)),
      tasks_(tasks) {
  for (const SyncerKind kind :
       {SyncerKind::instance_types, SyncerKind::instances, SyncerKind::images, SyncerKind::quotas}) {
    lanes_.emplace(kind, Lanes(loop_));
  }
}

AccountSyncer::~AccountSyncer() = default;

void AccountSyncer::start() {
  if (is_locational()) {
    follow_locations();
  } else {
    ask(SyncerKind::instance_types, {""});
    ask(SyncerKind::instances, {""});
    ask_for_lists({""});
  }
}

/// Which locations are asked for what: those that can be used, and for instances those that hold live ones or are
/// wanted, too.
void AccountSyncer::follow_locations() {
  std::set<std::string> of_instances = locations_of_live(*state_.known().instances);
  std::erase_if(wanted_until_, [now = clock_.now()](const auto& wanted) { return wanted.second <= now; });
  for (const auto& [name, until] : wanted_until_) of_instances.insert(name);
  std::set<std::string> usable;
  for (const auto& [name, location] : state_.known().locations->rows) {
    if (location.is_listed && location.row->is_available) usable.insert(name);
  }
  of_instances.insert(usable.begin(), usable.end());
  std::set<std::string> of_types = usable;
  of_types.insert(location_list.location);
  ask(SyncerKind::instance_types, of_types);
  ask(SyncerKind::instances, of_instances);
  ask_for_lists(usable);
}

/// Its instances are asked for, whether or not the location can be used any more.
void AccountSyncer::want(const std::string& location) {
  if (!is_locational() || location.empty()) return;
  wanted_until_[location] = clock_.now() + wanted_for;
  if (!state_.is_asked({SyncerKind::instances, location})) follow_locations();
}

/// Location by location, or once for all of them, as the account has them.
void AccountSyncer::ask_for_lists(const std::set<std::string>& locations) {
  const std::set<std::string> whole_account{""};
  if (const ListsImages* images = account_.lists_images()) {
    ask(SyncerKind::images, images->are_images_of_locations() ? locations : whole_account);
  }
  if (const Quotas* quotas = account_.quotas()) {
    ask(SyncerKind::quotas, quotas->are_quotas_of_locations() ? locations : whole_account);
  }
}

/// Exactly these. The loops of others end by themselves.
void AccountSyncer::ask(SyncerKind syncer, const std::set<std::string>& locations) {
  state_.ask_only(syncer, locations);
  for (const std::string& location : locations) {
    const ListingKey key{syncer, location};
    std::shared_ptr<Loop>& loop = loops_[key];
    if (loop) continue;
    loop = std::make_shared<Loop>(make_syncer(key), lanes_.at(syncer), clock_, rng_, loop_);
    tasks_.spawn(loop->syncer->name(), run(key, loop));
  }
}

std::unique_ptr<Syncer> AccountSyncer::make_syncer(const ListingKey& key) {
  std::unique_ptr<Syncer> syncer;
  switch (key.syncer) {
    case SyncerKind::instance_types:
      syncer = std::make_unique<InstanceTypeSyncer>(state_, account_, settings_, clock_, key.location);
      break;
    case SyncerKind::instances:
      syncer = std::make_unique<InstanceSyncer>(state_, account_, settings_, clock_, key.location);
      break;
    case SyncerKind::images: {
      auto ask = [images = account_.lists_images()](Scope scope) { return images->list_images(std::move(scope), {}); };
      syncer = std::make_unique<ListSyncer<Image>>(state_, std::move(ask), settings_, clock_, key);
      break;
    }
    case SyncerKind::quotas: {
      auto ask = [quotas = account_.quotas()](Scope scope) { return quotas->list_quotas(std::move(scope)); };
      syncer = std::make_unique<ListSyncer<Quota>>(state_, std::move(ask), settings_, clock_, key);
      break;
    }
  }
  return std::make_unique<Listing>(*this, key, std::move(syncer));
}

/// What it remembers of its answers goes with it: vendors may have ever new locations.
asio::awaitable<void> AccountSyncer::run(ListingKey key, std::shared_ptr<Loop> loop) {
  co_await loop->periodic.run();
  loops_.erase(key);
}

asio::awaitable<bool> AccountSyncer::tell(InstanceNews news) {
  Comparison<KnownInstances> answer;
  answer.listing = {SyncerKind::instances, news.location};
  answer.attempt = state_.begin();
  answer.seen_at = clock_.wall_now();
  answer.vouches_for_listing = false;
  answer.priority = WritePriority::journal;
  const InstanceRules rules =
      instance_rules(state_, settings_, answer.listing, answer.attempt.began, answer.attempt.began);
  answer.compare = [news = std::move(news), rules,
                    now = answer.seen_at](const std::shared_ptr<const KnownInstances>& known) {
    return diff_instance_news(known, news, rules, now);
  };
  co_return co_await state_.tell(std::move(answer));
}

void AccountSyncer::poke(const std::string& location) {
  want(location);
  const auto loop = loops_.find({SyncerKind::instances, location});
  if (loop != loops_.end()) loop->second->periodic.poke();
}

bool AccountSyncer::hides_rows(const std::string& location) const {
  return state_.hides_rows(ListingKey{SyncerKind::instances, location});
}

asio::awaitable<bool> AccountSyncer::is_listed_since(std::string location, TimePoint began, TimePoint deadline) {
  want(location);
  ListingKey key{SyncerKind::instances, std::move(location)};
  co_return co_await state_.is_listed_since(std::move(key), began, deadline);
}

}  // namespace tally
