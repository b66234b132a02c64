// What is sent to make a machine at Lambda. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/create_request.hpp"
#include "cloud/ids.hpp"
#include "cloud/result.hpp"
#include "providers/lambda/rulesets.hpp"
#include "runtime/timestamp.hpp"

namespace tally::lambda {

/// What a request comes to before anybody is asked.
struct Launch {
  std::string user_data;           // plain; "": none
  std::vector<RulesetRule> rules;  // of a ruleset of its own; empty: none is made
};

/// Refused: what Lambda's launch cannot honour, by the attribute's name.
Result<Launch> launch_of(const CreateRequest& request);

/// `ruleset`: its ID, "" for none. The key is that of the RefID's name.
std::string launch_body(const CreateRequest& request, const CredentialRef& credential, const Launch& launch,
                        const std::string& ruleset, Timestamp now);

/// The machines that a launch made.
Result<std::vector<std::string>> read_launched(std::string_view body);

/// What a refused launch means beyond its code: an image that does not exist; a region that "does not exist" is one
/// without capacity.
Error launch_error(Error error, const CreateRequest& request);

}  // namespace tally::lambda
