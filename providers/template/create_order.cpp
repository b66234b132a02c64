#include "providers/template/create_order.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "providers/guest/refusal.hpp"
#include "providers/rest/create_attributes.hpp"
#include "providers/template/mapping.hpp"

namespace tally::template_api {
namespace {

constexpr std::array honoured = {attributes::spot,     attributes::image,     attributes::disk_size,
                                 attributes::firewall, attributes::user_data, attributes::tags};

void append(std::vector<boost::json::object>& list, const char* direction, const std::vector<FirewallRule>& rules) {
  static const std::vector<std::string> anywhere = {"0.0.0.0/0"};  // what a rule that names nobody is for
  for (const FirewallRule& rule : rules) {
    for (const std::string& range : rule.ip_ranges.empty() ? anywhere : rule.ip_ranges) {
      list.push_back(
          {{"direction", direction}, {"from_port", rule.from_port}, {"to_port", rule.to_port}, {"range", range}});
    }
  }
}

}  // namespace

std::optional<Error> find_refusal(const CreateRequest& request) {
  if (auto missing = find_missing({{"ref_id", request.ref_id.empty()},
                                   {"token", request.token.empty()},
                                   {"type", request.type.empty()},
                                   {"location", request.location.empty()},
                                   {"public_key", request.public_key.empty()}})) {
    return missing;
  }
  if (auto bad = find_bad_tag(request.tags, why_no_tag)) return bad;
  return find_not_honoured(request, honoured);
}

std::string why_no_tag(const std::string& key, const std::string& /*value*/) {
  return our_tags.has(key) ? "says whose a machine is" : "";
}

std::string order_of(const CreateRequest& request, const CredentialRef& credential) {
  boost::json::object tags{{our_tags.ref_id, request.ref_id.str()}, {our_tags.credential, credential.str()}};
  for (const auto& [name, value] : request.tags) tags[name] = value;
  boost::json::object order{{"type", request.type},
                            {"name", request.name.empty() ? request.ref_id.str() : request.name},
                            {"public_key", request.public_key},
                            {"tags", std::move(tags)},
                            {"spot", request.is_spot}};
  if (!request.image_id.empty()) order["image"] = request.image_id;
  if (request.disk_size) order["disk_gib"] = gib_of(*request.disk_size);
  if (!request.user_data_base64.empty()) order["user_data"] = request.user_data_base64;
  boost::json::array rules;
  for (boost::json::object& rule : rules_of(request.firewall)) rules.push_back(std::move(rule));
  if (!rules.empty()) order["firewall_rules"] = std::move(rules);
  return boost::json::serialize(order);
}

std::vector<boost::json::object> rules_of(const FirewallRules& rules) {
  std::vector<boost::json::object> list;
  append(list, "ingress", rules.ingress);
  append(list, "egress", rules.egress);
  return list;
}

}  // namespace tally::template_api
