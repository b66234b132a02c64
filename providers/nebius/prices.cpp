#include "providers/nebius/prices.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "net/json_rows.hpp"
#include "providers/nebius/protos/billing.pb.h"
#include "runtime/contains.hpp"

namespace tally::nebius {
namespace {

constexpr std::chrono::hours good_for{1};
constexpr std::chrono::minutes slack{15};  // a pass may come late; after that it is a list of its date
constexpr std::size_t most_quotes = 10'000;

}  // namespace

Result<std::optional<Money>> read_estimate(const std::string& message) {
  ::nebius::billing::v1alpha1::EstimateResponse answer;
  if (!answer.ParseFromString(message)) return tl::unexpected(json::bad_reply("the answer is not the API's message"));
  std::optional<Money> cost = Money::parse(answer.hourly_cost().general().total().cost());
  if (cost && cost->nanos <= 0) cost.reset();
  return cost;
}

PriceList::PriceList(Cache& cache, const std::string& region) : cache_(cache), key_("prices/" + region) {
  const std::optional<std::string> kept = cache_.get(key_);
  if (!kept) return;
  boost::system::error_code failure;
  const boost::json::value document = boost::json::parse(*kept, failure);
  if (failure || !document.is_object()) return;
  for (const auto& [name, value] : document.get_object()) {
    const auto* quote = value.if_array();
    if (quote == nullptr || quote->size() != 2 || !quote->at(1).is_int64()) continue;
    Quote known;
    if (const auto* nanos = quote->at(0).if_int64()) known.amount = Money{*nanos, {}};
    known.asked_at = Timestamp(std::chrono::milliseconds(quote->at(1).get_int64()));
    quotes_.emplace(std::string(name), known);
  }
}

bool PriceList::is_due(const std::string& name, Timestamp now) const {
  const auto at = quotes_.find(name);
  return at == quotes_.end() || now >= at->second.asked_at + good_for || now < at->second.asked_at;
}

void PriceList::note(const std::string& name, std::optional<Money> amount, Timestamp now) {
  if (quotes_.size() >= most_quotes && !quotes_.contains(name)) return;
  quotes_[name] = Quote{amount, now};
  is_changed_ = true;
}

void PriceList::keep(const std::vector<std::string>& names) {
  if (!is_changed_) return;
  std::erase_if(quotes_, [&names](const auto& quote) { return !contains(names, quote.first); });
  boost::json::object document;
  for (const auto& [name, quote] : quotes_) {
    boost::json::value amount;
    if (quote.amount) amount = quote.amount->nanos;
    document[name] = boost::json::array{amount, quote.asked_at.time_since_epoch().count()};
  }
  cache_.put(key_, boost::json::serialize(document));
  is_changed_ = false;
}

Price PriceList::price_of(const std::string& name, UsageClass usage, Timestamp now) const {
  Price price;
  price.usage_class = usage;
  const auto at = quotes_.find(name);
  if (at == quotes_.end()) return price;
  price.amount = at->second.amount;
  const bool is_old = now >= at->second.asked_at + good_for + slack;
  if (price.amount && is_old) {
    price.source = PriceSource::list;
    price.listed_at = at->second.asked_at;
  }
  return price;
}

std::optional<Money> PriceList::amount_of(const std::string& name) const {
  const auto at = quotes_.find(name);
  return at == quotes_.end() ? std::nullopt : at->second.amount;
}

}  // namespace tally::nebius
