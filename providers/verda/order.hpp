// What a create becomes at Verda: the checks that need no network, and the body of POST /instances. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/create_request.hpp"
#include "cloud/error.hpp"
#include "cloud/ids.hpp"
#include "cloud/result.hpp"

namespace tally::verda {

/// Why the request cannot be honoured; the message begins with the parameter in back quotes.
std::optional<Error> find_refusal(const CreateRequest& request);

/// Why a tag cannot be written; "" when it can. Keys would be stored in lower case.
std::string why_no_tag(const std::string& key, const std::string& value);

/// The image that a machine is to have, of GET /images?instance_type=…: the one that was asked for, else the vendor's
/// default, else the first that is for no cluster. What is no image may be the ID of a volume with a system on it.
/// Error: there is none, or not that one (image_not_found).
Result<std::string> choose_image(std::string_view body, const std::string& asked);

/// A host name (RFC 1123) made of the name, else of the RefID; at most 60 characters.
std::string hostname_of(const CreateRequest& request);

/// What an order takes that there is already.
struct Parts {
  std::string image;
  std::string key_id;
  std::string script_id;
};
std::string order_body(const CreateRequest& request, const CredentialRef& credential, const Parts& parts);

}  // namespace tally::verda
