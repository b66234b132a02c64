// The imaginary vendor's replies as rows of the model: pure functions of the reply. Source: the head of
// simcloud/faces/template.cpp. Unknown fields, absent optional ones and nulls are accepted everywhere.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/abilities.hpp"
#include "cloud/image.hpp"
#include "cloud/instance.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/location.hpp"
#include "cloud/result.hpp"
#include "providers/rest/instance_list.hpp"
#include "providers/rest/our_tags.hpp"
#include "providers/rest/row_list.hpp"

namespace tally::template_api {

inline constexpr OurTags our_tags{"tallyd-ref-id", "tallyd-cloud-cred-ref-id"};

// Lists, a page after the other. A type says nothing of where it is: it is asked for region by region.
RowForm<Location> region_form();
RowForm<InstanceType> type_form(const std::string& region);
InstanceMapping instance_mapping();
RowForm<Image> image_form();
RowForm<Quota> quota_form();

/// An answer that is one instance. Error when it is for another one than asked (nothing: whichever).
Result<Instance> read_instance(std::string_view body, LoopbackIs loopback, const std::optional<CloudId>& asked,
                               Timestamp now);

/// All tags of an answer that is one instance, ours as well. Error when it is for another, or one of them cannot be
/// read: who writes them back would lose it.
Result<std::map<std::string, std::string>> read_all_tags(std::string_view body, const CloudId& asked);

/// All pages of an instance's firewall rules. Error when one rule cannot be read: the rest would not be the firewall.
Result<FirewallRules> read_rules(const std::vector<std::string>& pages, WorkLimit limit);

/// An answer that is one firewall rule.
Result<FirewallRules> read_rule(std::string_view body);

}  // namespace tally::template_api
