// Reads a credential's secret fields from its file. Problems name file and field, never a value.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cloud/provider.hpp"
#include "cloud/secret.hpp"
#include "config/config.hpp"

namespace tally {

using SecretFields = std::map<std::string, Secret, std::less<>>;

/// The fields of `{"api_key": "..."}`. The file must be a regular one, not over 64 KiB, without permission bits for
/// group or others (those that systemd and container engines hand over excepted).
SecretFields read_credential_file(const std::filesystem::path& file, const ProviderDescription& provider,
                                  std::vector<ConfigProblem>& problems);

}  // namespace tally
