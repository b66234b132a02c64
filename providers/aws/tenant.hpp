// Whose account a key belongs to. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tally::aws {

/// The account's number, which IDs of keys made since 2019 hold; nothing for others. AWS does not document it: what the
/// account's own answer says goes before it.
std::optional<std::string> account_in_key_id(std::string_view access_key_id);

}  // namespace tally::aws
