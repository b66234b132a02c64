// Rows and errors in the words of Verda's API v1. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <string>

#include "simcloud/reply.hpp"
#include "simcloud/world.hpp"

namespace tally::simcloud::verda_api {

inline const std::string ref_tag = "ref-id";
inline const std::string credential_tag = "cloud-cred-ref-id";

Reply error(int status, const char* code, const std::string& message);
Reply invalid(const std::string& message);  // 400 invalid_request
Reply not_found(const std::string& message);

/// An ID as the body, which is no JSON.
Reply id_reply(const std::string& id, int status);

boost::json::object type_of(const Shape& shape);
boost::json::object machine_of(const World& world, const Machine& machine);
std::string tag_id(const std::string& key);

/// The ID of the volume that a machine's system is on; "" while it has none yet.
std::string system_volume_of(const Machine& machine);
boost::json::object volume_of(const World& world, const Machine& machine);

/// What its status is called in refusals: "provisioning".
const char* status_of(const Machine& machine);

}  // namespace tally::simcloud::verda_api
