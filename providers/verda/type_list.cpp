#include "providers/verda/type_list.hpp"

#include <algorithm>
#include <set>

#include "cloud/country.hpp"
#include "net/json_quote.hpp"
#include "net/json_rows.hpp"
#include "providers/rest/model_size.hpp"
#include "providers/verda/type_mapping.hpp"

namespace tally::verda {
namespace {

Location read_location(const json::Fields& fields) {
  Location location;
  location.name = fields.required_text("code");
  location.description = fields.text("name");
  location.country = country_from_alpha2(fields.text("country_code"));
  return location;
}

RowForm<Location> location_form() { return {"", read_location, limits::locations_per_account}; }

Error too_many(std::size_t most, const char* of_what) {
  return json::bad_reply("more than " + std::to_string(most) + of_what + ", which is not believable");
}

}  // namespace

TypeList::TypeList(const Redactor& redactor) : redactor_(redactor), locations_(location_form(), redactor) {}

Result<TypesAnswer> TypeList::read(const std::vector<std::string>& pages, WorkLimit limit) {
  return last_.get(pages, [&] { return read_pages(pages, limit); });
}

Result<TypesAnswer> TypeList::read_pages(const std::vector<std::string>& pages, WorkLimit& limit) {
  Result<Market> market = read_market(pages, limit);
  if (!market) return tl::unexpected(market.error());
  Result<Answer<Location>> locations = read_locations(pages.at(locations_page), *market, limit);
  if (!locations) return tl::unexpected(locations.error());
  for (const Row<Location>& location : locations->rows) market->locations.push_back(location->name);
  const auto has_no_name = [](const Rejected& row) { return row.id.empty(); };
  market->has_all_locations = std::none_of(locations->rejected.begin(), locations->rejected.end(), has_no_name);
  Result<Answer<InstanceType>> types = read_types(pages.at(types_page), *market, limit);
  if (!types) return tl::unexpected(types.error());
  return TypesAnswer{std::move(*types), std::move(*locations)};
}

Result<TypeList::Market> TypeList::read_market(const std::vector<std::string>& pages, WorkLimit& limit) {
  Result<Availability> on_demand = Availability::read(pages.at(on_demand_page), limit);
  if (!on_demand) return tl::unexpected(on_demand.error());
  Result<Availability> spot = Availability::read(pages.at(spot_page), limit);
  if (!spot) return tl::unexpected(spot.error());
  if (const Result<Money> price = read_storage_price(pages.at(volume_types_page), limit)) storage_price_ = *price;
  return Market{std::move(*on_demand), std::move(*spot), storage_price_, {}};
}

/// One of which nothing is said is not one that cannot be used.
bool TypeList::Market::has_anything_in(const std::string& location) const {
  return on_demand.anything_in(location).value_or(true) || spot.anything_in(location).value_or(true);
}

/// Those that are listed, and those where something can be had all the same.
Result<Answer<Location>> TypeList::read_locations(const std::string& page, const Market& market, WorkLimit& limit) {
  Result<Answer<Location>> listed = locations_.read({page}, limit);
  if (!listed) return listed;
  std::set<std::string> names;
  for (Row<Location>& row : listed->rows) {
    names.insert(row->name);
    auto location = std::make_shared<Location>(*row);
    location->is_available = market.has_anything_in(row->name);
    row = std::move(location);
  }
  for (const Availability* stock : {&market.on_demand, &market.spot}) {
    for (const Odd& odd : stock->odd()) {
      if (listed->odd.size() < limits::odd_per_listing) listed->odd.push_back(odd);
    }
    for (const std::string& name : stock->locations()) {
      if (!names.insert(name).second) continue;
      Location location;
      location.name = name;
      location.is_available = market.has_anything_in(name);
      listed->rows.push_back(std::make_shared<const Location>(std::move(location)));
    }
  }
  if (names.size() > limits::locations_per_account) {
    return tl::unexpected(too_many(limits::locations_per_account, " locations"));
  }
  return listed;
}

Result<Answer<InstanceType>> TypeList::read_types(const std::string& page, const Market& market, WorkLimit& limit) {
  RowReading<Entry> reading(memo_, "an instance type", limit);
  Answer<InstanceType> answer;
  const auto add = [&, &size = reading.size()](const json::RawRow& raw, Entry& entry) -> Result<> {
    const bool is_named = !entry.type.type.empty();
    const std::string& fault = entry.findings.fault;
    if (!is_named || !fault.empty()) {
      const bool is_told = answer.rejected.size() < limits::rejected_told;
      const std::string quoted = is_told ? json::quoted(raw.text, redactor_) : "";
      if (!is_named || market.locations.empty()) answer.rejected.push_back({"", fault, quoted});
      for (const std::string& location : market.locations) {
        if (is_named) answer.rejected.push_back({id_of(entry.type.type, location).str(), fault, quoted});
        size.add(sizeof(Rejected) + quoted.size());
      }
    } else {
      if (entry.rows.size() > market.locations.size()) entry.rows.clear();  // some are of places that are gone
      for (const std::string& location : market.locations) {
        answer.rows.push_back(row_in(entry, location, market));
        size.add(size_of(*answer.rows.back()));
        if (size.is_too_large()) break;
        if (answer.odd.size() < limits::odd_per_listing) {
          json::add_odd(answer.odd, answer.rows.back()->id.str(), entry.findings);
        }
      }
    }
    if (size.is_too_large()) return tl::unexpected(too_much_to_hold());
    if (answer.rows.size() + answer.rejected.size() > limits::rows_per_listing) {
      return tl::unexpected(too_many(limits::rows_per_listing, " types and locations"));
    }
    return {};
  };
  const Result<> read = reading.each(json::split_rows(page, "", json::Container::list, limit), decode, add);
  if (!read) return tl::unexpected(read.error());
  // Its types are not gone: which they are cannot be said.
  if (!market.has_all_locations) answer.rejected.push_back({"", "types of a location without a name", ""});
  reading.finish();
  return answer;
}

TypeList::Entry TypeList::decode(const json::RawRow& /*raw*/, json::RowReader& row, bool is_object) {
  Entry entry;
  if (is_object) entry.type = read_type(row.fields());
  entry.findings = row.findings();
  return entry;
}

/// The last answer's when it says the same.
Row<InstanceType> TypeList::row_in(Entry& entry, const std::string& location, const Market& market) {
  const std::string& name = entry.type.type;
  const Stock stock{market.on_demand.of(name, location), market.spot.of(name, location)};
  InstanceType made = in_location(entry.type, location, stock, market.storage_price);
  Row<InstanceType>& known = entry.rows[location];
  if (!known || *known != made) known = std::make_shared<const InstanceType>(std::move(made));
  return known;
}

}  // namespace tally::verda
