// What a create, and a firewall rule, look like on the wire. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "cloud/bytes.hpp"
#include "cloud/create_request.hpp"
#include "cloud/error.hpp"
#include "cloud/ids.hpp"

namespace tally::template_api {

/// What is wrong with a create before the vendor is asked.
struct OrderFault {
  Errc kind = Errc::invalid_request;  // or not_implemented
  std::string message;                // names the parameter; "": nothing is wrong
};
OrderFault find_fault(const CreateRequest& request);

/// The body of a create, with the tags by which the machine is ours.
std::string order_of(const CreateRequest& request, const CredentialRef& credential);

/// A rule of ours is one of theirs for each of its ranges.
std::vector<boost::json::object> rules_of(const FirewallRules& rules);

/// Whole GiB, the next larger: a disk is never smaller than it was asked for.
std::int64_t gib_of(Bytes size);

/// Whether a tag of that name says whose a machine is.
bool is_own_tag(std::string_view name);

}  // namespace tally::template_api
