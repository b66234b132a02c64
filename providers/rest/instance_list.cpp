#include "providers/rest/instance_list.hpp"

#include <algorithm>

#include "net/json_quote.hpp"
#include "net/json_rows.hpp"
#include "net/url.hpp"
#include "providers/rest/model_size.hpp"

namespace tally {
namespace {

bool is_believable_id(std::string_view id) {
  return !id.empty() && id.size() <= limits::id &&
         std::none_of(id.begin(), id.end(), [](unsigned char c) { return c <= 0x20 || c == 0x7f || c == '/'; });
}

/// No GPU cloud is older, and no clock that a vendor keeps is further ahead.
bool is_believable_birth(const std::optional<Timestamp>& created_at, Timestamp now) {
  constexpr Timestamp first_cloud{std::chrono::sys_days(std::chrono::year(2010) / 1 / 1)};
  return !created_at || (*created_at >= first_cloud && *created_at <= now + std::chrono::minutes(5));
}

}  // namespace

CloudId read_cloud_id(const json::Fields& fields) {
  const std::string id = fields.deciding().text("id", limits::id);
  if (is_believable_id(id)) return CloudId(id);
  fields.deciding().report("id", "is missing or no ID");
  return {};
}

InstanceList::Entry InstanceList::decode_row(std::string_view text) const {
  Entry entry;
  json::RowReader row;
  const auto kind = row.parse(text);
  entry.is_json = kind != json::RowReader::Kind::not_json;
  if (kind == json::RowReader::Kind::good) {
    Instance instance = mapping_.decode(row.fields(), loopback_);
    entry.id = instance.cloud_id.str();
    entry.row = std::make_shared<const Instance>(std::move(instance));
  }
  entry.findings = row.findings();
  entry.size = size_of(entry.findings) + (entry.row ? size_of(*entry.row) : 0);
  return entry;
}

Result<Answer<Instance>> InstanceList::read(std::string body, Timestamp now, WorkLimit limit) {
  RowMemo<Entry>::Reading reading(memo_, std::move(body));
  const auto rows = json::split_rows(reading.body(), mapping_.field, json::Container::list, limit);
  if (!rows) return tl::unexpected(rows.error());
  ModelSize size;
  Answer<Instance> listing;
  listing.rows.reserve(rows->size());
  for (const json::RawRow& raw : *rows) {
    if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
    const Entry& entry = reading.get(raw.text, [this](std::string_view text) { return decode_row(text); });
    if (!entry.is_json) return tl::unexpected(json::bad_reply("an instance is not JSON"));
    size.add(entry.size);
    if (size.is_too_large()) return tl::unexpected(too_much_to_hold());
    if (!entry.findings.fault.empty()) {
      const bool is_told = listing.rejected.size() < limits::rejected_told;
      listing.rejected.push_back(
          {entry.id, entry.findings.fault, is_told ? json::quoted(raw.text, redactor_) : std::string()});
      continue;
    }
    json::add_odd(listing.odd, entry.id, entry.findings);
    listing.rows.push_back(entry.row);
    if (is_believable_birth(entry.row->created_at, now)) continue;
    auto unborn = std::make_shared<Instance>(*entry.row);
    unborn->created_at.reset();
    size.add(entry.size);
    listing.rows.back() = std::move(unborn);
  }
  reading.finish();
  return listing;
}

Result<Instance> read_one_instance(std::string_view text, InstanceMapping mapping, LoopbackIs loopback,
                                   const CloudId& asked, Timestamp now) {
  json::RowReader row;
  if (row.parse(text) != json::RowReader::Kind::good) {
    return tl::unexpected(json::bad_reply("the instance is " + row.findings().fault));
  }
  Instance instance = mapping.decode(row.fields(), loopback);
  if (!row.findings().fault.empty()) return tl::unexpected(json::bad_reply(row.findings().fault));
  if (instance.cloud_id != asked) return tl::unexpected(json::bad_reply("the answer is for another instance"));
  if (!is_believable_birth(instance.created_at, now)) instance.created_at.reset();
  return instance;
}

LoopbackIs loopback_behind(const std::string& endpoint) {
  const auto url = parse_http_url(endpoint);
  return url && is_loopback(url->host) ? LoopbackIs::an_instances : LoopbackIs::nobodys;
}

}  // namespace tally
