// What a create becomes at Shadeform: the checks that need no network but what the type is sold with, and the body of
// POST /instances/create. Pure.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>

#include "cloud/create_request.hpp"
#include "cloud/error.hpp"
#include "cloud/ids.hpp"
#include "cloud/result.hpp"
#include "providers/shadeform/sale.hpp"
#include "runtime/timestamp.hpp"

namespace tally::shadeform {

/// Why the request cannot be honoured whatever the type; the message begins with the parameter in back quotes.
std::optional<Error> find_refusal(const CreateRequest& request);

/// The image and the start-up script that the machine is to have.
struct Launch {
  std::string cloud;
  std::string shade_instance_type;
  std::string image;   // "": the vendor's choice
  std::string script;  // "": none
};

/// Refused: a region where it is not sold, an image that it has not got, what a container cannot honour, rules and user
/// data that are wrong (providers/guest/).
Result<Launch> launch_of(const CreateRequest& request, const Sale& sale);

/// What the vendor is told of a retirement; null: it does not end the machine.
boost::json::value auto_delete_at(std::optional<Timestamp> retire_at);

/// "{RefID}_{name}", or the RefID alone.
std::string machine_name(const CreateRequest& request);

/// The JSON body. `key_id`: "" for none. `now`: what a retirement counts from.
std::string launch_body(const CreateRequest& request, const CredentialRef& credential, const Launch& launch,
                        const std::string& key_id, Timestamp now);

}  // namespace tally::shadeform
