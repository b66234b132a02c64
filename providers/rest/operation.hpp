// What is asked of a vendor: the words for errors and logs, and what "there is no such thing" means as its answer.
#pragma once

#include <string_view>

namespace tally {

struct Operation {
  std::string_view words;          // "list instances"
  bool is_about_instance = false;  // what may not exist is an instance
};

namespace operations {
inline constexpr Operation list_regions{"list regions"};
inline constexpr Operation list_instance_types{"list instance types"};
inline constexpr Operation list_instances{"list instances"};
inline constexpr Operation get_instance{"get instance", true};
inline constexpr Operation list_images{"list images"};
inline constexpr Operation list_quotas{"list quotas"};
inline constexpr Operation create_instance{"create instance"};
inline constexpr Operation remove{"remove what a create made"};
inline constexpr Operation terminate_instance{"terminate instance", true};
inline constexpr Operation stop_instance{"stop instance", true};
inline constexpr Operation start_instance{"start instance", true};
inline constexpr Operation reboot_instance{"reboot instance", true};
inline constexpr Operation resize_volume{"resize volume", true};
inline constexpr Operation update_tags{"update tags", true};
inline constexpr Operation change_type{"change instance type", true};
inline constexpr Operation set_end{"set when the vendor ends the instance", true};
inline constexpr Operation list_firewall_rules{"list firewall rules", true};
inline constexpr Operation add_firewall_rules{"add firewall rules", true};
inline constexpr Operation revoke_firewall_rules{"revoke firewall rules", true};
}  // namespace operations

}  // namespace tally
