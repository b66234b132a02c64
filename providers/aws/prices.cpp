#include "providers/aws/prices.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cloud/limits.hpp"
#include "net/json_rows.hpp"
#include "net/json_value.hpp"
#include "runtime/number.hpp"

namespace tally::aws {
namespace {

constexpr std::int64_t hours_a_month = 730;
constexpr std::chrono::year_month_day built_in_date{std::chrono::year(2026), std::chrono::January,
                                                    std::chrono::day(21)};

struct BuiltIn {
  std::string_view region;
  std::string_view type;
  std::string_view price;
};

// As long as this, a list without its elements' type is too long for Clang.
#define PRICE(region, type, price) {region, type, price},
constexpr auto built_in = std::to_array<BuiltIn>({
#include "providers/aws/price_table.inc"
});
#undef PRICE

using Attributes = std::array<std::pair<const char*, const char*>, 5>;
constexpr Attributes machine_attributes = {{{"operatingSystem", "Linux"},
                                            {"tenancy", "Shared"},
                                            {"capacitystatus", "Used"},
                                            {"preInstalledSw", "NA"},
                                            {"marketoption", "OnDemand"}}};

boost::json::object term(const char* field, std::string_view value) {
  return {{"Type", "TERM_MATCH"}, {"Field", field}, {"Value", value}};
}

std::string body_of(boost::json::array filters, const std::optional<std::string>& token) {
  boost::json::object body{
      {"ServiceCode", "AmazonEC2"}, {"FormatVersion", "aws_v1"}, {"MaxResults", 100}, {"Filters", std::move(filters)}};
  if (token) body["NextToken"] = *token;
  return boost::json::serialize(body);
}

Currency currency_of(std::string_view region_code) {
  return region_code.starts_with("cn-") ? Currency::from_code("CNY").value_or(Currency()) : Currency();
}

/// The one price per that unit among the terms on demand; nothing when there are several, or none. `unread` counts what
/// is none although it stands where a price would.
std::optional<Money> read_price(const json::Value& product, std::string_view unit, Currency currency,
                                std::int64_t& unread) {
  const json::Value* terms = product.find("terms");
  const json::Value* on_demand = terms == nullptr ? nullptr : terms->find("OnDemand");
  std::optional<Money> price;
  if (on_demand == nullptr) return price;
  for (const json::Value& offer : on_demand->items) {
    const json::Value* dimensions = offer.find("priceDimensions");
    if (dimensions == nullptr) continue;
    for (const json::Value& rate : dimensions->items) {
      const json::Value* per_unit = rate.find("pricePerUnit");
      if (per_unit == nullptr || rate.text_of("unit") != unit) continue;
      const std::string text = per_unit->text_of(currency.code());
      const auto amount = Money::parse(text, currency);
      if (!amount && !text.empty()) ++unread;
      if (!amount || amount->nanos <= 0) continue;
      if (price) return std::nullopt;
      price = amount;
    }
  }
  return price;
}

bool is_asked_machine(const json::Value& attributes) {
  return std::all_of(machine_attributes.begin(), machine_attributes.end(),
                     [&](const auto& each) { return attributes.text_of(each.first) == each.second; });
}

void take_product(const json::Value& product, std::string_view region_code, PriceList& list) {
  const json::Value* described = product.find("product");
  const json::Value* attributes = described == nullptr ? nullptr : described->find("attributes");
  if (attributes == nullptr) ++list.unread;
  if (attributes == nullptr || attributes->text_of("regionCode") != region_code) return;
  const Currency currency = currency_of(region_code);
  const std::string type = attributes->text_of("instanceType");
  const bool has_gpu = attributes->find("gpu") != nullptr;
  if (attributes->text_of("volumeApiName") == "gp3") {
    if (const auto price = read_price(product, "GB-Mo", currency, list.unread)) list.gp3_gb_month = price;
  } else if (has_gpu && !type.empty() && type.size() <= limits::id && is_asked_machine(*attributes)) {
    if (const auto price = read_price(product, "Hrs", currency, list.unread))
      list.hourly.insert_or_assign(type, *price);
  }
  const auto date = parse_rfc3339(product.text_of("publicationDate"));
  if (date && (!list.listed_at || *list.listed_at < *date)) list.listed_at = date;
}

std::string decimal_of(const Money& money) {
  const std::string text = to_text(money);
  return text.substr(0, text.find(' '));
}

}  // namespace

std::string products_body(std::string_view region_code, const std::optional<std::string>& token) {
  boost::json::array filters = {term("regionCode", region_code)};
  for (const auto& [field, value] : machine_attributes) filters.push_back(term(field, value));
  return body_of(std::move(filters), token);
}

std::string disk_body(std::string_view region_code) {
  return body_of({term("regionCode", region_code), term("productFamily", "Storage"), term("volumeApiName", "gp3")},
                 std::nullopt);
}

Result<std::optional<std::string>> read_products(std::string_view body, std::string_view region_code, WorkLimit limit,
                                                 PriceList& list) {
  const auto rows = json::split_rows(body, "PriceList", json::Container::list, limit);
  if (!rows) return tl::unexpected(rows.error());
  json::Parser parser;
  json::Value text;
  json::Value product;
  for (const json::RawRow& row : *rows) {
    if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
    const bool is_text = row.text.size() <= limits::row && parser.parse(row.text, text) == json::Parsed::good &&
                         text.kind == json::Value::Kind::text;
    if (is_text && parser.parse(text.text, product) == json::Parsed::good) {
      take_product(product, region_code, list);
    } else {
      ++list.unread;
    }
  }
  const auto token = json::member_beside(body, "NextToken", limit);
  if (!token) return tl::unexpected(token.error());
  const std::optional<std::string_view>& next = *token;
  if (!next) return std::nullopt;
  json::Value value;
  if (next->size() > limits::row || parser.parse(*next, value) != json::Parsed::good) {
    return tl::unexpected(json::bad_reply("`NextToken` does not lead to another page"));
  }
  return value.text.empty() ? std::nullopt : std::optional(value.text);
}

PriceList built_in_prices(std::string_view region_code) {
  PriceList list;
  for (const BuiltIn& each : built_in) {
    if (each.region != region_code) continue;
    if (const auto price = Money::parse(each.price)) list.hourly.emplace(each.type, *price);
  }
  list.listed_at = Timestamp(std::chrono::sys_days(built_in_date));
  return list;
}

void keep_prices(const PriceList& before, PriceList& list) {
  list.hourly.insert(before.hourly.begin(), before.hourly.end());
  if (!list.gp3_gb_month) list.gp3_gb_month = before.gp3_gb_month;
}

std::string to_cache(const CachedPrices& prices) {
  boost::json::object hourly;
  std::string_view currency = "USD";
  for (const auto& [type, price] : prices.list.hourly) {
    hourly[type] = decimal_of(price);
    currency = price.currency.code();
  }
  boost::json::object text{
      {"fetched_at", to_iso8601(prices.fetched_at)}, {"currency", currency}, {"hourly", std::move(hourly)}};
  if (prices.list.gp3_gb_month) text["gp3_gb_month"] = decimal_of(*prices.list.gp3_gb_month);
  if (prices.list.listed_at) text["listed_at"] = to_iso8601(*prices.list.listed_at);
  if (prices.list.unread > 0) text["unread"] = prices.list.unread;
  return boost::json::serialize(text);
}

std::optional<CachedPrices> from_cache(std::string_view text) {
  json::Value value;
  if (json::Parser().parse(text, value) != json::Parsed::good) return std::nullopt;
  const auto fetched_at = parse_rfc3339(value.text_of("fetched_at"));
  const auto currency = Currency::from_code(value.text_of("currency"));
  const json::Value* hourly = value.find("hourly");
  if (!fetched_at || !currency || hourly == nullptr) return std::nullopt;
  CachedPrices prices;
  prices.fetched_at = *fetched_at;
  prices.list.listed_at = parse_rfc3339(value.text_of("listed_at"));
  if (const json::Value* unread = value.find("unread")) {
    prices.list.unread = std::max<std::int64_t>(parse_number<std::int64_t>(unread->text).value_or(0), 0);
  }
  prices.list.gp3_gb_month = Money::parse(value.text_of("gp3_gb_month"), *currency);
  for (const json::Value& each : hourly->items) {
    if (const auto price = Money::parse(each.text, *currency)) prices.list.hourly.emplace(each.name, *price);
  }
  return prices;
}

Money hourly_of_month(Money month) {
  month.nanos = (month.nanos + hours_a_month / 2) / hours_a_month;
  return month;
}

}  // namespace tally::aws
