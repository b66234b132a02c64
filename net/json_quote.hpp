// A vendor's row as it may be quoted: in events, logs and errors. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/redactor.hpp"

namespace tally::json {

/// Whether a field of that name holds what nobody else may see: a key (not its name), a token, a password, start-up
/// scripts.
bool is_secret_name(std::string_view name);

/// The row's text without secrets: values under secret names are blanked at any depth, the credential's own are taken
/// out of every decoded text; cut to limits::raw_row only then. A row that cannot be read is withheld.
std::string quoted(std::string_view row, const Redactor& redactor);

/// Adds a row that cannot be read, with its text as long as the list has fewer than limits::rejected_told rows.
void reject(std::vector<Rejected>& list, std::string id, std::string why, std::string_view row,
            const Redactor& redactor);

}  // namespace tally::json
