// The private files that a configuration names.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "config/toml_reader.hpp"

namespace tally {

/// Where the private file is that the key's value names (private_file_path). Nothing after a problem, which is told: no
/// name, a relative one without $CREDENTIALS_DIRECTORY, or what is no file and does not look like the path of one: that
/// is likely the secret itself, and not shown.
std::optional<std::filesystem::path> private_file(TableReader& reader, std::string_view key, const std::string& name);

}  // namespace tally
