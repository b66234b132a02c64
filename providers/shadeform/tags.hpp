// Shadeform's tags: texts "key=value", which split at the first equals sign; one without it is a key that has the value
// "". Of a repeated key the last counts. Two of them say whose the machine is. A list that is written replaces all
// there were. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/abilities.hpp"
#include "cloud/ids.hpp"
#include "cloud/result.hpp"
#include "providers/rest/our_tags.hpp"

namespace tally::shadeform {

inline constexpr OurTags our_tags{"refID", "cloudCredRefID"};

/// Why a tag cannot be written by a user; "" when it can.
std::string why_no_tag(const std::string& key, const std::string& value);

/// All tags of a machine that is to be made: ours, then the user's by their keys.
std::vector<std::string> tags_to_write(const RefId& ref, const CredentialRef& credential,
                                       const std::map<std::string, std::string>& tags);

/// The texts of GET /instances/{id}/info, as they are. Error: it is for another
/// instance, or not all of them can be read, so that none may be written.
Result<std::vector<std::string>> read_tag_texts(std::string_view body, const CloudId& asked);

/// The texts after the changes: those of other keys stay as they are.
std::vector<std::string> changed_tags(std::vector<std::string> texts, const TagChanges& changes);

}  // namespace tally::shadeform
