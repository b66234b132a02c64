#include "providers/instance_list.hpp"

#include <algorithm>

namespace tally {
namespace {

constexpr std::size_t longest_id = 256;

bool is_believable_id(std::string_view id) {
  return !id.empty() && id.size() <= longest_id &&
         std::none_of(id.begin(), id.end(), [](unsigned char c) { return c <= 0x20 || c == 0x7f || c == '/'; });
}

}  // namespace

CloudId read_cloud_id(const json::Fields& fields) {
  const std::string id = fields.text("id");
  if (is_believable_id(id)) return CloudId(id);
  fields.fail("id", "is missing or no ID");
  return {};
}

InstanceList::Entry InstanceList::decode_row(std::string_view text) const {
  Entry entry;
  json::Row row;
  const auto kind = row.parse(text);
  entry.is_json = kind != json::Row::Kind::not_json;
  if (kind == json::Row::Kind::good) {
    Instance instance = decode_(row.fields());
    entry.id = instance.cloud_id.str();
    entry.row = std::make_shared<const Instance>(std::move(instance));
  } else if (entry.is_json) {
    entry.id = json::salvaged_text(text, "/id");
    if (!is_believable_id(entry.id)) entry.id.clear();
  }
  entry.fault = row.fault();
  return entry;
}

Result<Listing<Instance>> InstanceList::read(std::string body) {
  const auto rows = json::split_rows(body, field_);
  if (!rows) return tl::unexpected(rows.error());
  Listing<Instance> listing;
  listing.items.reserve(rows->size());
  for (const json::RawRow& raw : *rows) {
    if (!raw.key.empty()) {
      return tl::unexpected(json::bad_reply("\"" + std::string(field_) + "\" is an object, not a list of instances"));
    }
    const Entry& entry = memo_.get(raw.text, [this](std::string_view text) { return decode_row(text); });
    if (!entry.is_json) return tl::unexpected(json::bad_reply("an instance is not JSON"));
    if (entry.fault.empty()) {
      listing.items.push_back(entry.row);
    } else {
      listing.rejected.push_back({entry.id, entry.fault, json::redacted(raw.text, secret_keys_)});
    }
  }
  memo_.finish();
  return listing;
}

Result<Instance> read_one_instance(std::string_view text, InstanceList::Decode decode, const CloudId& asked) {
  json::Row row;
  if (row.parse(text) != json::Row::Kind::good)
    return tl::unexpected(json::bad_reply("the instance is " + row.fault()));
  Instance instance = decode(row.fields());
  if (!row.fault().empty()) return tl::unexpected(json::bad_reply(row.fault()));
  if (instance.cloud_id != asked) return tl::unexpected(json::bad_reply("the answer is for another instance"));
  return instance;
}

}  // namespace tally
