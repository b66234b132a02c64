#include "providers/shadeform/launch.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cloud/limits.hpp"
#include "providers/guest/firewall_script.hpp"
#include "providers/guest/refusal.hpp"
#include "providers/guest/user_data.hpp"
#include "providers/rest/create_attributes.hpp"
#include "providers/shadeform/tags.hpp"
#include "runtime/ascii.hpp"
#include "runtime/base64.hpp"
#include "runtime/contains.hpp"
#include "runtime/text.hpp"

namespace tally::shadeform {
namespace {

constexpr std::int32_t ssh_port = 22;  // which port a cloud maps it to is known later, and none of the machine's
constexpr std::size_t longest_script = 2 * limits::user_data;  // the vendor names no limit

constexpr std::array honoured = {attributes::image,     attributes::firewall, attributes::key_pair,
                                 attributes::user_data, attributes::tags,     attributes::environment,
                                 attributes::retire_in};

bool is_variable_name(const std::string& name) {
  const auto is_of_it = [](char c) { return c == '_' || ascii::is_letter_or_digit(c); };
  return !name.empty() && !ascii::is_digit(name.front()) && std::all_of(name.begin(), name.end(), is_of_it);
}

boost::json::object variable(const std::string& name, const std::string& value) {
  return {{"name", name}, {"value", value}};
}

}  // namespace

std::optional<Error> find_refusal(const CreateRequest& request) {
  if (auto refusal = find_not_honoured(request, honoured)) return refusal;
  if (auto missing = find_missing({{"ref_id", request.ref_id.empty()}, {"location", request.location.empty()}})) {
    return missing;
  }
  if (auto bad = find_bad_tag(request.tags, why_no_tag)) return bad;
  for (const auto& [name, value] : request.environment) {
    if (is_variable_name(name)) continue;
    return refused(Errc::invalid_request, "environment." + printable(name), "is no name of a variable");
  }
  return std::nullopt;
}

Result<Launch> launch_of(const CreateRequest& request, const Sale& sale) {
  Launch launch;
  launch.cloud = sale.cloud;
  launch.shade_instance_type = sale.shade_instance_type;
  if (!contains(sale.regions, request.location)) {
    return tl::unexpected(refused(Errc::invalid_request, "location", "is nowhere that this type is sold"));
  }
  launch.image = request.image_id.empty() ? default_image(sale.images) : request.image_id;
  if (!request.image_id.empty() && !contains(sale.images, request.image_id)) {
    return tl::unexpected(refused(Errc::image_not_found, "image_id", "is none of this type's images"));
  }
  // A container has no firewall of its own that could be set from inside.
  if (sale.is_container && request.firewall != FirewallRules()) {
    return tl::unexpected(refused(Errc::not_implemented, "firewall_rules", "cannot be had on a container"));
  }
  Result<std::string> user_data = read_user_data(request.user_data_base64);
  if (!user_data) return tl::unexpected(user_data.error());
  Result<std::string> firewall = firewall_script(request.firewall, {ssh_port});
  if (!firewall) return tl::unexpected(firewall.error());
  Result<std::string> script = script_user_data(sale.is_container ? "" : *firewall, *user_data, longest_script);
  if (!script) return tl::unexpected(script.error());
  launch.script = std::move(*script);
  return launch;
}

std::string machine_name(const CreateRequest& request) {
  return request.name.empty() ? request.ref_id.str() : request.ref_id.str() + "_" + request.name;
}

std::string launch_body(const CreateRequest& request, const CredentialRef& credential, const Launch& launch,
                        const std::string& key_id, Timestamp now) {
  boost::json::object body{{"cloud", launch.cloud},
                           {"region", request.location},
                           {"shade_instance_type", launch.shade_instance_type},
                           {"shade_cloud", true},
                           {"name", machine_name(request)}};
  if (!launch.image.empty()) body["os"] = launch.image;
  if (!key_id.empty()) body["ssh_key_id"] = key_id;
  boost::json::array tags;
  for (const std::string& tag : tags_to_write(request.ref_id, credential, request.tags)) tags.emplace_back(tag);
  body["tags"] = std::move(tags);
  if (!launch.script.empty()) {
    const boost::json::object script{{"base64_script", to_base64(launch.script)}};
    body["launch_configuration"] = boost::json::object{{"type", "script"}, {"script_configuration", script}};
  }
  boost::json::array environment;
  for (const auto& [name, value] : request.environment) environment.push_back(variable(name, value));
  if (!environment.empty()) body["envs"] = std::move(environment);
  if (request.retire_in) body["auto_delete"] = auto_delete_at(now + *request.retire_in);
  return boost::json::serialize(body);
}

boost::json::value auto_delete_at(std::optional<Timestamp> retire_at) {
  if (!retire_at) return nullptr;
  return boost::json::object{{"date_threshold", to_iso8601(*retire_at + after_retirement)}};
}

}  // namespace tally::shadeform
