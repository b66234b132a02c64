// What a create, and a firewall rule, look like on the wire. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cloud/create_request.hpp"
#include "cloud/error.hpp"
#include "cloud/ids.hpp"

namespace tally::template_api {

/// What is wrong with a create before the vendor is asked: invalid_request or not_implemented, with the parameter's
/// name.
std::optional<Error> find_refusal(const CreateRequest& request);

/// The body of a create, with the tags by which the machine is ours.
std::string order_of(const CreateRequest& request, const CredentialRef& credential);

/// A rule of ours is one of theirs for each of its ranges.
std::vector<boost::json::object> rules_of(const FirewallRules& rules);

/// Why a tag cannot be had; "" when it can.
std::string why_no_tag(const std::string& key, const std::string& value);

}  // namespace tally::template_api
