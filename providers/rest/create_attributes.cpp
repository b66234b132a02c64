#include "providers/rest/create_attributes.hpp"

#include "runtime/contains.hpp"

namespace tally {

std::vector<std::string_view> attributes_of(const CreateRequest& request) {
  std::vector<std::string_view> asked;
  const auto add = [&asked](bool is_asked_for, std::string_view name) {
    if (is_asked_for) asked.push_back(name);
  };
  add(!request.sub_location.empty(), attributes::sub_location);
  add(request.is_spot, attributes::spot);
  add(!request.image_id.empty(), attributes::image);
  add(request.disk_size.has_value(), attributes::disk_size);
  add(!request.additional_disks.empty(), attributes::additional_disks);
  add(request.uses_multi_attach_volume, attributes::multi_attach_volume);
  add(!request.vpc_id.empty(), attributes::vpc);
  add(!request.subnet_id.empty(), attributes::subnet);
  add(request.uses_persistent_ip, attributes::persistent_ip);
  add(request.firewall != FirewallRules(), attributes::firewall);
  add(!request.key_pair_name.empty(), attributes::key_pair);
  add(!request.user_data_base64.empty(), attributes::user_data);
  add(!request.environment.empty(), attributes::environment);
  add(!request.tags.empty(), attributes::tags);
  add(request.retire_in.has_value(), attributes::retire_in);
  return asked;
}

std::optional<Error> find_not_honoured(const CreateRequest& request, std::span<const std::string_view> honoured) {
  for (const std::string_view name : attributes_of(request)) {
    if (contains(honoured, name)) continue;
    Error error;
    error.kind = Errc::not_implemented;
    error.message = "`" + std::string(name) + "` is nothing that can be asked for here";
    error.certainty = Certainty::nothing_happened;
    return error;
  }
  return std::nullopt;
}

}  // namespace tally
