#include "providers/verda/order.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "net/json_fields.hpp"
#include "net/json_rows.hpp"
#include "providers/guest/refusal.hpp"
#include "providers/rest/create_attributes.hpp"
#include "providers/verda/belongings.hpp"
#include "providers/verda/mapping.hpp"
#include "runtime/ascii.hpp"

namespace tally::verda {
namespace {

constexpr std::array honoured = {attributes::spot,     attributes::image,    attributes::disk_size,
                                 attributes::firewall, attributes::key_pair, attributes::user_data,
                                 attributes::tags};
constexpr std::size_t most_tags = 10;
constexpr std::size_t own_tags = 2;
constexpr std::size_t longest_key = 63;
constexpr std::size_t longest_value = 127;
constexpr std::size_t longest_hostname = 60;
constexpr std::int64_t smallest_system_gib = 50;
constexpr std::size_t uuid_length = 36;

boost::json::object tag(std::string_view key, std::string_view value) { return {{"key", key}, {"value", value}}; }

/// The vendor's IDs of volumes.
bool is_uuid(const std::string& text) {
  return text.size() == uuid_length &&
         std::all_of(text.begin(), text.end(), [](char c) { return c == '-' || ascii::is_hex_digit(c); });
}

/// Of a spot machine nothing may stay when the vendor takes it back: its disk would cost on.
boost::json::object system_volume(const CreateRequest& request) {
  boost::json::object volume{
      {"name", hostname_of(request) + "-os-" + request.ref_id.str()},
      {"size", std::max(request.disk_size ? gib_of(*request.disk_size) : 0, smallest_system_gib)}};
  if (request.is_spot) volume["on_spot_discontinue"] = "delete_permanently";
  return volume;
}

}  // namespace

std::optional<Error> find_refusal(const CreateRequest& request) {
  if (auto refusal = find_not_honoured(request, honoured)) return refusal;
  if (request.ref_id.empty()) return refused(Errc::invalid_request, "ref_id", "is missing");
  if (!is_segment(request.type)) return refused(Errc::invalid_request, "type", "is none that Verda sells");
  if (request.location.empty()) return refused(Errc::invalid_request, "location", "is missing");
  if (request.public_key.empty() && request.key_pair_name.empty()) {
    return refused(Errc::invalid_request, "public_key", "is missing: nobody could log in");
  }
  if (request.tags.size() > most_tags - own_tags) {
    return refused(Errc::invalid_request, "tags", "are more than eight, which is all that fit beside tallyd's own two");
  }
  if (auto bad = find_bad_tag(request.tags, why_no_tag)) return bad;
  return std::nullopt;
}

std::string why_no_tag(const std::string& key, const std::string& value) {
  const bool has_upper = std::any_of(key.begin(), key.end(), ascii::is_upper);
  if (key.empty()) return "has no name";
  if (our_tags.has(key)) return "is tallyd's own";
  if (has_upper) return "must be in lower case: Verda would change it";
  if (key.size() > longest_key) return "has a name of more than 63 characters";
  if (value.size() > longest_value) return "has a value of more than 127 characters";
  return "";
}

Result<std::string> choose_image(std::string_view body, const std::string& asked) {
  WorkLimit limit;
  const auto rows = json::split_rows(body, "", json::Container::list, limit);
  if (!rows) return tl::unexpected(rows.error());
  std::string vendors_default;
  std::string first;
  json::RowReader reader;
  for (const json::RawRow& row : *rows) {
    if (reader.parse(row.text) != json::RowReader::Kind::good) continue;
    const json::Fields fields = reader.fields();
    const std::string name = fields.text("image_type", limits::id);
    if (name.empty()) continue;
    if (!asked.empty() && (asked == name || asked == fields.text("id", limits::id))) return asked;
    if (fields.flag("is_cluster").value_or(false)) continue;
    if (first.empty()) first = name;
    if (vendors_default.empty() && fields.flag("is_default").value_or(false)) vendors_default = name;
  }
  if (!asked.empty()) {
    if (is_uuid(asked)) return asked;
    return tl::unexpected(refused(Errc::image_not_found, "image_id", "is none of this type's images"));
  }
  if (vendors_default.empty()) vendors_default = first;
  if (vendors_default.empty()) {
    return tl::unexpected(refused(Errc::image_not_found, "image_id", "is needed: this type has no image of its own"));
  }
  return vendors_default;
}

std::string hostname_of(const CreateRequest& request) {
  const std::string name = dashed(request.name.empty() ? request.ref_id.str() : request.name, longest_hostname);
  return name.empty() ? "gpu" : name;
}

std::string order_body(const CreateRequest& request, const CredentialRef& credential, const Parts& parts) {
  boost::json::array tags = {tag(our_tags.ref_id, request.ref_id.str()), tag(our_tags.credential, credential.str())};
  for (const auto& [key, value] : request.tags) tags.push_back(tag(key, value));
  boost::json::object order{{"instance_type", request.type},
                            {"image", parts.image},
                            {"hostname", hostname_of(request)},
                            {"description", description_of(request.ref_id, credential)},
                            {"ssh_key_ids", boost::json::array{parts.key_id}},
                            {"location_code", request.location},
                            {"startup_script_id", parts.script_id},
                            {"tags", std::move(tags)}};
  if (request.disk_size || request.is_spot) order["os_volume"] = system_volume(request);
  if (request.is_spot) order["is_spot"] = true;
  return boost::json::serialize(order);
}

}  // namespace tally::verda
