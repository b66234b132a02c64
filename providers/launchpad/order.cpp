#include "providers/launchpad/order.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cloud/limits.hpp"
#include "providers/guest/order_size.hpp"
#include "providers/guest/refusal.hpp"
#include "providers/launchpad/allow_list.hpp"
#include "providers/launchpad/deployment.hpp"
#include "providers/rest/create_attributes.hpp"
#include "runtime/ascii.hpp"

namespace tally::launchpad {
namespace {

constexpr std::size_t tags_beside = 4;
constexpr std::array honoured = {attributes::firewall, attributes::tags, attributes::retire_in};

/// The most exact of those that the configuration has.
std::string experience_of(const Product& product, const OptionTable<std::string>& experiences) {
  const std::string exact = product.cloud + "." + ascii::lower(product.family) + "." + product.connection;
  for (const std::string& key : {exact, product.cloud, std::string("default")}) {
    if (const auto at = experiences.find(key); at != experiences.end() && !at->second.empty()) return at->second;
  }
  return "";
}

/// "" for a tag that can be given.
std::string why_no_tag(const std::string& key, const std::string& /*value*/) {
  if (is_own_tag(key)) return "is tallyd's own";
  return key.empty() ? "has no name" : "";
}

}  // namespace

std::optional<Error> find_refusal(const CreateRequest& request, const Settings& settings) {
  if (auto refusal = find_not_honoured(request, honoured)) return refusal;
  if (auto missing = find_missing({{"ref_id", request.ref_id.empty()},
                                   {"type", request.type.empty()},
                                   {"location", request.location.empty()},
                                   {"public_key", request.public_key.empty()}})) {
    return missing;
  }
  if (request.tags.size() + tags_beside > limits::tags_per_instance) {
    return refused(Errc::invalid_request, "tags", "are more than can be read back");
  }
  if (auto bad = find_bad_tag(request.tags, why_no_tag)) return bad;
  const Result<std::vector<std::string>> allowed = allow_list_of(request.firewall, settings);
  if (!allowed) return allowed.error();
  const std::array<std::pair<const char*, bool>, 3> options = {{{"org_name", settings.org_name.empty()},
                                                                {"requester_name", settings.requester_name.empty()},
                                                                {"requester_email", settings.requester_email.empty()}}};
  for (const auto& [name, is_missing] : options) {
    if (is_missing) return refused(Errc::invalid_request, name, "must be set among the credential's options");
  }
  return std::nullopt;
}

std::string request_id_of(const CreateRequest& request) {
  if (request.generation == 0) return request.ref_id.str();
  return request.ref_id.str() + "." + std::to_string(request.generation);
}

Result<std::string> order_of(const CreateRequest& request, const Product& product, const CredentialRef& credential,
                             const Settings& settings, Timestamp now) {
  const std::string experience = experience_of(product, settings.experience_ids);
  if (experience.empty()) {
    return tl::unexpected(
        refused(Errc::invalid_request, "experience_ids",
                "must have one for " + product.cloud + ", or a default, among the credential's options"));
  }
  const Result<std::vector<std::string>> allowed = allow_list_of(request.firewall, settings);
  if (!allowed) return tl::unexpected(allowed.error());
  boost::json::array addresses;
  for (const std::string& address : *allowed) addresses.emplace_back(address);
  boost::json::object tags{{our_tags.ref_id, request.ref_id.str()},
                           {our_tags.credential, credential.str()},
                           {order_tags::name, request.name.empty() ? request.ref_id.str() : request.name},
                           {order_tags::type, request.type}};
  for (const auto& [key, value] : request.tags) tags[key] = value;
  boost::json::object body{{"experience_id", experience},
                           {"gpu_model", ordered_gpu(product)},
                           {"gpu_count", product.gpus},
                           {"provider_name", product.cloud},
                           {"region", request.location},
                           {"public_key", request.public_key},
                           {"request_id", request_id_of(request)},
                           {"org_name", settings.org_name},
                           {"requester_name", settings.requester_name},
                           {"requester_email", settings.requester_email},
                           {"ip_allowlist", std::move(addresses)},
                           {"tags", std::move(tags)},
                           {"workshop", nullptr},
                           {"workshop_id", nullptr},
                           {"expires_at", nullptr}};
  if (!product.workshop.empty()) {
    body["workshop"] = true;
    body["workshop_id"] = product.workshop;
  }
  if (request.retire_in) body["expires_at"] = to_iso8601(now + *request.retire_in + after_retirement);
  std::string order = boost::json::serialize(body);
  if (std::optional<Error> excess = find_excess(order, "tags")) return tl::unexpected(std::move(*excess));
  return order;
}

}  // namespace tally::launchpad
