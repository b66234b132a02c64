#include "providers/lambda/launch.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cloud/limits.hpp"
#include "net/json_fields.hpp"
#include "net/json_rows.hpp"
#include "providers/guest/firewall_script.hpp"
#include "providers/guest/refusal.hpp"
#include "providers/guest/user_data.hpp"
#include "providers/lambda/instance_name.hpp"
#include "providers/rest/create_attributes.hpp"
#include "runtime/ascii.hpp"

namespace tally::lambda {
namespace {

constexpr std::array honoured = {attributes::image, attributes::firewall, attributes::user_data, attributes::tags};
constexpr std::size_t longest_user_data = 1'000'000;
constexpr std::size_t longest_tag_key = 55;
constexpr std::size_t longest_tag_value = 128;

// Our own tags: whose it is, beside the names that say so, too; and the name that was wished for.
constexpr std::string_view ref_id_tag = "ref-id";
constexpr std::string_view credential_tag = "cloud-cred-ref-id";
constexpr std::string_view name_tag = "name";

/// "" for a tag that the vendor takes as it is.
std::string why_no_tag(const std::string& key, const std::string& value) {
  if (key == ref_id_tag || key == credential_tag || key == name_tag) return "says whose a machine is, or its name";
  const auto is_of_it = [](char c) { return ascii::is_lower(c) || ascii::is_digit(c) || c == '-' || c == ':'; };
  const bool is_key = key.size() >= 2 && key.size() <= longest_tag_key && ascii::is_lower(key[0]) &&
                      std::all_of(key.begin(), key.end(), is_of_it);
  if (!is_key)
    return "has a key that Lambda does not take: lower-case letters, digits, `-` and `:`, 2 to 55 characters";
  if (value.size() > longest_tag_value) return "has more than 128 characters";
  return "";
}

std::optional<Error> find_refusal(const CreateRequest& request) {
  if (auto refusal = find_not_honoured(request, honoured)) return refusal;
  if (auto missing = find_missing({{"ref_id", request.ref_id.empty()},
                                   {"type", request.type.empty()},
                                   {"location", request.location.empty()},
                                   {"public_key", request.public_key.empty()}})) {
    return missing;
  }
  if (auto bad = find_bad_tag(request.tags, why_no_tag)) return bad;
  if (request.name.size() > longest_tag_value) {
    return refused(Errc::invalid_request, "name", "has more than 128 characters");
  }
  return std::nullopt;
}

boost::json::object tag(std::string_view key, std::string_view value) { return {{"key", key}, {"value", value}}; }

}  // namespace

Result<Launch> launch_of(const CreateRequest& request) {
  if (std::optional<Error> refusal = find_refusal(request)) return tl::unexpected(std::move(*refusal));
  Launch launch;
  std::string script;
  if (request.firewall != FirewallRules() && !has_rulesets(request.location)) {
    Result<std::string> made = firewall_script(request.firewall, {22});
    if (!made) return tl::unexpected(made.error());
    script = std::move(*made);
  } else if (request.firewall != FirewallRules()) {
    Result<std::vector<RulesetRule>> rules = ruleset_rules(request.firewall);
    if (!rules) return tl::unexpected(rules.error());
    launch.rules = with_ssh(std::move(*rules));
  }
  const Result<std::string> user_data = read_user_data(request.user_data_base64);
  if (!user_data) return tl::unexpected(user_data.error());
  Result<std::string> merged = multipart_user_data(script, *user_data, longest_user_data);
  if (!merged) return tl::unexpected(merged.error());
  launch.user_data = std::move(*merged);
  return launch;
}

std::string launch_body(const CreateRequest& request, const CredentialRef& credential, const Launch& launch,
                        const std::string& ruleset, Timestamp now) {
  boost::json::array tags{tag(ref_id_tag, request.ref_id.str()), tag(credential_tag, credential.str())};
  if (!request.name.empty()) tags.push_back(tag(name_tag, request.name));
  for (const auto& [key, value] : request.tags) tags.push_back(tag(key, value));
  boost::json::object body{{"region_name", request.location},
                           {"instance_type_name", request.type},
                           {"ssh_key_names", boost::json::array{request.ref_id.str()}},
                           {"name", instance_name({credential, now})},
                           {"tags", std::move(tags)}};
  if (!request.image_id.empty()) body["image"] = boost::json::object{{"id", request.image_id}};
  if (!launch.user_data.empty()) body["user_data"] = launch.user_data;
  if (!ruleset.empty()) {
    const boost::json::object reference{{"id", ruleset}};
    body["firewall_rulesets"] = boost::json::array{reference};
  }
  return boost::json::serialize(body);
}

Result<std::vector<std::string>> read_launched(std::string_view body) {
  WorkLimit limit;
  const Result<std::string_view> row = json::single_row(body, "data", limit);
  if (!row) return tl::unexpected(row.error());
  json::RowReader reader;
  if (reader.parse(*row) != json::RowReader::Kind::good) return tl::unexpected(json::bad_reply("no JSON object"));
  return reader.fields().texts("instance_ids", limits::tags_per_instance);
}

Error launch_error(Error error, const CreateRequest& request) {
  const bool is_not_there = error.kind == Errc::resource_not_found || error.kind == Errc::instance_not_found;
  const auto has = [&error](std::string_view words) { return error.message.find(words) != std::string::npos; };
  // A key may be gone as well.
  const bool is_of_image = !request.image_id.empty() && (has("image") || has("Image") || has(request.image_id));
  if (is_not_there && is_of_image) {
    error.kind = Errc::image_not_found;
    error.message = "`image_id` " + error.message;
  }
  if (error.code == "global/invalid-parameters" && has("Region ") && has("does not exist")) {
    error.kind = Errc::insufficient_resources;
  }
  return error;
}

}  // namespace tally::lambda
