// What a create becomes at Nebius: the checks that need no network, and what is asked for. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cloud/create_request.hpp"
#include "cloud/ids.hpp"
#include "cloud/result.hpp"

namespace nebius::compute::v1 {
class CreateInstanceRequest;
}  // namespace nebius::compute::v1
namespace nebius::common::v1 {
class ResourceMetadata;
}  // namespace nebius::common::v1

namespace tally::nebius {

/// A create that can be honoured as far as is known here.
struct Order {
  std::string name;  // of the machine within its project, and what its parts are named by
  std::string platform;
  std::string preset;
  std::string image_family;  // or
  std::string image_id;      // this
  std::int64_t disk_gibibytes = 0;
  std::string user_data;
};

/// Refused: what cannot be honoured (not_implemented), and what is wrong (invalid_request), by its parameter.
Result<Order> order_of(const CreateRequest& request);

/// Why a tag cannot be written; "" when it can.
std::string why_no_tag(const std::string& key, const std::string& value);

/// The RefID; of a later generation with its number, for the name may still be taken.
std::string machine_name(const CreateRequest& request);

/// Where a create is made.
struct Site {
  std::string project;
  std::string network_id;  // "": none was made
  std::string subnet_id;
};

/// The labels say whose it is.
::nebius::compute::v1::CreateInstanceRequest instance_request(const CreateRequest& request, const Order& order,
                                                              const CredentialRef& credential, const Site& site);

/// Of what is made beside the machine.
::nebius::common::v1::ResourceMetadata part_metadata(const CreateRequest& request, const CredentialRef& credential,
                                                     const std::string& project, const std::string& name);

/// Whether this credential has made it, beside a machine.
bool is_part_of(const ::nebius::common::v1::ResourceMetadata& metadata, const CredentialRef& credential);

/// The same, and for a machine of this create's RefID.
bool is_part_for(const ::nebius::common::v1::ResourceMetadata& metadata, const CreateRequest& request,
                 const CredentialRef& credential);

/// A UUID (version 5) made of both: the same for the same call only.
std::string call_key(std::string_view token, std::string_view step);

}  // namespace tally::nebius
