#include "providers/aws/price_book.hpp"

#include "providers/aws/lacks_any.hpp"

namespace tally::aws {
namespace {

constexpr Operation list_prices{"list prices"};
constexpr Operation list_disk_prices{"list prices of disks"};
constexpr const char* target = "AWSPriceListService.GetProducts";
constexpr std::chrono::hours good_for{24};
constexpr std::chrono::minutes left_alone_for{15};
constexpr int most_restarts = 2;  // of a list whose token ran out

}  // namespace

PriceBook::Entry& PriceBook::entry_of(const std::string& region_code) {
  const auto known = entries_.find(region_code);
  if (known != entries_.end()) return known->second;
  if (entries_.size() >= limits::locations_per_account) entries_.clear();
  const auto text = cache_.get("prices/" + region_code);
  const auto cached = text ? from_cache(*text) : std::nullopt;
  auto list = std::make_shared<const PriceList>(cached ? cached->list : built_in_prices(region_code));
  Entry& entry = entries_[region_code];
  entry.list = std::move(list);
  if (cached) entry.fetched_at = cached->fetched_at;
  return entry;
}

boost::asio::awaitable<PriceBook::Known> PriceBook::list_of(std::string region_code) {
  const Turns::Place turn = co_await entry_of(region_code).turns.take();
  Entry& before = entry_of(region_code);
  const Timestamp now = clock_.wall_now();
  const bool is_fresh = before.fetched_at && *before.fetched_at <= now && now < *before.fetched_at + good_for;
  const auto is_ahead = [&](const std::optional<TimePoint>& until) { return until && clock_.now() < *until; };
  const bool is_left_alone = is_ahead(left_alone_until_) || is_ahead(before.left_alone_until);
  Known known{before.list, std::nullopt};
  if (!is_fresh) known.trouble = trouble_ ? trouble_ : before.disk_trouble;
  if (is_fresh || is_left_alone || pricing_region_of(region_code).empty()) co_return known;
  Result<Fetched> list = co_await fetch(region_code);
  if (list && list->list.hourly.empty() && !known.list->hourly.empty()) {
    list = tl::unexpected(client_.refusal(list_prices, Errc::service_unavailable, "no price on it could be read"));
  }
  if (!list) {
    left_alone_until_ = clock_.now() + left_alone_for;
    trouble_ = known.trouble = list.error();
    co_return known;
  }
  left_alone_until_.reset();
  trouble_.reset();
  take(entry_of(region_code), region_code, std::move(*list), now);
  const Entry& now_known = entry_of(region_code);
  Known fresh{now_known.list, now_known.disk_trouble};
  co_return fresh;
}

/// One list that lacks what AWS's last one had is not believed for a day: the next one is, a while later.
void PriceBook::take(Entry& entry, const std::string& region_code, Fetched fetched, Timestamp now) {
  PriceList& list = fetched.list;
  if (fetched.disk_trouble) list.gp3_gb_month = entry.list->gp3_gb_month;
  entry.disk_trouble = std::move(fetched.disk_trouble);
  if (list.unread > 0) keep_prices(*entry.list, list);
  entry.is_doubted = !entry.is_doubted && entry.fetched_at && lacks_any(list.hourly, entry.list->hourly);
  if (entry.is_doubted) keep_prices(*entry.list, list);
  if (*entry.list != list) entry.list = std::make_shared<const PriceList>(list);
  if (entry.is_doubted || entry.disk_trouble) {
    entry.left_alone_until = clock_.now() + left_alone_for;
    return;
  }
  entry.fetched_at = now;
  cache_.put("prices/" + region_code, to_cache({std::move(list), now}));
}

Task<PriceBook::Fetched> PriceBook::fetch(std::string region_code) {
  const std::string region(pricing_region_of(region_code));
  Fetched fetched;
  PriceList& list = fetched.list;
  std::optional<std::string> token;
  PageWalk walk("");
  int restarts = 0;
  do {
    Call call = asking_json(Service::pricing, region, target, products_body(region_code, token));
    std::size_t size = 0;
    Result<std::optional<std::string>> next =
        co_await client_.ask(list_prices, std::move(call), [&](const std::string& body, WorkLimit limit) {
          size = body.size();
          return read_products(body, region_code, limit, list);
        });
    const bool has_run_out = !next && next.error().code == "ExpiredNextTokenException";
    if (has_run_out && restarts++ < most_restarts) {
      list = {};
      token.reset();
      walk = PageWalk("");
      continue;
    }
    if (next) next = walk.go_on(std::move(*next), size);
    if (!next) co_return tl::unexpected(next.error());
    token = std::move(*next);
    if (!token) break;
  } while (true);
  const Result<> disk = co_await fetch_disk(region_code, region, list);
  if (!disk) fetched.disk_trouble = disk.error();
  co_return fetched;
}

Task<> PriceBook::fetch_disk(std::string region_code, std::string region, PriceList& list) {
  Call call = asking_json(Service::pricing, region, target, disk_body(region_code));
  const Result<std::optional<std::string>> read = co_await client_.ask(
      list_disk_prices, std::move(call),
      [&](const std::string& body, WorkLimit limit) { return read_products(body, region_code, limit, list); });
  if (!read) co_return tl::unexpected(read.error());
  co_return Result<>();
}

}  // namespace tally::aws
