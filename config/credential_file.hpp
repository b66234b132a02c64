// Reads a credential's secret fields from its file. Problems name file and field, never a value.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "cloud/provider.hpp"
#include "config/config.hpp"
#include "config/toml_reader.hpp"

namespace tally {

/// The fields of `{"api_key": "..."}` in a private file (private_file.hpp).
SecretFields read_credential_file(const std::filesystem::path& file, const std::vector<CredentialField>& known,
                                  std::vector<ConfigProblem>& problems);

/// The fields of such a text, every problem named.
SecretFields parse_credential(std::string_view text, const std::vector<CredentialField>& known, ProblemList& problems);

}  // namespace tally
