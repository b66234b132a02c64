#include "cli/client/offer_choice.hpp"

#include <fmt/format.h>

#include "cli/show/format.hpp"
#include "store/resources.hpp"

namespace tally::cli {
namespace {

// Of `credentials c`.
constexpr const char* changes_things = "c.is_read_only = 0";
constexpr const char* can_create = "EXISTS (SELECT 1 FROM json_each(c.capabilities) WHERE value = 'create-instance')";

std::optional<CredentialFault> fault_of_rights(const std::string& credential, bool may_change, bool may_create) {
  if (!may_change) return CredentialFault{"forbidden", fmt::format("the credential \"{}\" is read-only", credential)};
  if (may_create) return std::nullopt;
  return CredentialFault{"not_implemented", fmt::format("the credential \"{}\" can make no instances", credential)};
}

}  // namespace

std::optional<CredentialFault> fault_of_credential(Reader& reader, const OfferWish& wish) {
  if (wish.credential.empty()) return std::nullopt;
  const SqlValue wanted = wish.credential;
  const SqlValue yes = std::int64_t{1};
  std::string known;
  const std::string sql =
      fmt::format("SELECT credential, {}, {} FROM credentials c WHERE removed_at_ms IS NULL ORDER BY 1", changes_things,
                  can_create);
  for (const auto& row : reader.query(sql).rows) {
    if (row.at(0) == wanted) return fault_of_rights(plain(wanted), row.at(1) == yes, row.at(2) == yes);
    known += (known.empty() ? "" : ", ") + plain(row.at(0));
  }
  return CredentialFault{"resource_not_found", fmt::format("no credential \"{}\" is in force; the catalog knows {}",
                                                           plain(wanted), known.empty() ? "none" : known)};
}

std::vector<Offer> find_offers(Reader& reader, const OfferWish& wish) {
  Where where;
  where.add("o.is_available = 1 AND o.is_stale = 0 AND o.price_nanos IS NOT NULL");
  where.add(changes_things);
  where.add(can_create);
  where.add("o.usage_class = ?", std::string(wish.is_spot ? "spot" : "on-demand"));
  where.add("o.gpu_name = upper(?)", wish.gpu);
  if (wish.count) where.add("o.gpu_count = ?", *wish.count);
  if (wish.max_price) where.add("o.price_per_hour <= ?", *wish.max_price);
  if (!wish.credential.empty()) where.add("o.credential = ?", wish.credential);
  if (!wish.location.empty()) where.add("o.location = ?", wish.location);
  const Reader::Rows rows = reader.query(
      "SELECT o.credential, o.instance_type_id, coalesce(o.type, ''), coalesce(o.location, ''), o.price_per_hour, "
      "o.currency FROM offers o JOIN credentials c USING (credential)" +
          where.text() +
          " ORDER BY o.currency <> 'USD', o.currency, o.price_nanos, o.credential, o.location, o.type, "
          "o.instance_type_id",
      where.parameters());
  std::vector<Offer> offers;
  for (const auto& row : rows.rows) {
    const auto text = [&row](std::size_t column) { return std::get<std::string>(row.at(column)); };
    const auto* price = std::get_if<double>(&row.at(4));
    offers.push_back({text(0), text(1), text(2), text(3), price == nullptr ? 0 : *price, text(5)});
  }
  return offers;
}

std::string title_of(const Offer& offer) {
  return plain(fmt::format("{} in {} through {}, {:.2f} {} per hour", offer.type, offer.location, offer.credential,
                           offer.price_per_hour, offer.currency));
}

}  // namespace tally::cli
