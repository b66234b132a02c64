#include "providers/fluidstack/order.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cloud/limits.hpp"
#include "providers/fluidstack/mapping.hpp"
#include "providers/guest/firewall_script.hpp"
#include "providers/guest/key_script.hpp"
#include "providers/guest/order_size.hpp"
#include "providers/guest/refusal.hpp"
#include "providers/guest/user_data.hpp"
#include "providers/rest/create_attributes.hpp"
#include "runtime/ascii.hpp"
#include "runtime/base64.hpp"

namespace tally::fluidstack {
namespace {

constexpr std::int32_t ssh_port = 22;
constexpr std::size_t longest_user_data = 2 * limits::user_data;  // the vendor names no limit
constexpr std::size_t longest_tag_name = 63;
constexpr std::string_view image_scheme = "image://";
constexpr std::string_view default_image = "ubuntu22.04";

constexpr std::array honoured = {attributes::spot, attributes::image, attributes::firewall, attributes::user_data,
                                 attributes::tags};

bool is_tag_name(const std::string& name) {
  if (name.empty() || name.size() > longest_tag_name) return false;
  if (!ascii::is_letter_or_digit(name.front()) || !ascii::is_letter_or_digit(name.back())) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return ascii::is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; });
}

/// "" for a tag that can be given.
std::string why_no_tag(const std::string& name, const std::string& /*value*/) {
  if (our_tags.has(name)) return "is tallyd's own";
  if (is_tag_name(name)) return "";
  return "is no tag's name here: 1 to 63 letters, digits, - _ and ., the first and last a letter or digit";
}

Result<> check(const CreateRequest& request) {
  if (auto refusal = find_not_honoured(request, honoured)) return tl::unexpected(std::move(*refusal));
  if (auto missing = find_missing({{"ref_id", request.ref_id.empty()},
                                   {"type", request.type.empty()},
                                   {"location", request.location.empty()}})) {
    return tl::unexpected(std::move(*missing));
  }
  if (request.tags.size() + 2 > limits::tags_per_instance) {
    return tl::unexpected(refused(Errc::invalid_request, "tags", "are more than can be read back"));
  }
  if (auto bad = find_bad_tag(request.tags, why_no_tag)) return tl::unexpected(std::move(*bad));
  return {};
}

/// An image with a scheme is as it is.
std::string image_of(const std::string& id) {
  if (id.find("://") != std::string::npos) return id;
  return std::string(image_scheme).append(id.empty() ? default_image : std::string_view(id));
}

Result<std::string> user_data_of(const CreateRequest& request, const std::string& user) {
  Result<std::string> users = read_user_data(request.user_data_base64);
  if (!users) return users;
  Result<std::string> key = key_script(request.public_key, user);
  if (!key) return key;
  Result<std::string> firewall = firewall_script(request.firewall, {ssh_port});
  if (!firewall) return firewall;
  return multipart_user_data(*key + *firewall, *users, longest_user_data);
}

}  // namespace

Result<std::string> order_of(const CreateRequest& request, const CredentialRef& credential, const std::string& user) {
  if (const Result<> fault = check(request); !fault) return tl::unexpected(fault.error());
  Result<std::string> user_data = user_data_of(request, user);
  if (!user_data) return user_data;
  boost::json::object tags{{our_tags.ref_id, request.ref_id.str()}, {our_tags.credential, credential.str()}};
  for (const auto& [name, value] : request.tags) tags[name] = value;
  const boost::json::object body{{"name", request.name.empty() ? request.ref_id.str() : request.name},
                                 {"type", request.type},
                                 {"image", image_of(request.image_id)},
                                 {"preemptible", request.is_spot},
                                 {"ephemeral", false},
                                 {"userData", to_base64(*user_data)},
                                 {"filesystems", boost::json::array()},
                                 {"tags", std::move(tags)}};
  std::string order = boost::json::serialize(body);
  if (std::optional<Error> excess = find_excess(order, "tags")) return tl::unexpected(std::move(*excess));
  return order;
}

}  // namespace tally::fluidstack
