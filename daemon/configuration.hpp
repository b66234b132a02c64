// The configuration as a daemon reads it: file and vault together, at start and again on SIGHUP.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "store/vault.hpp"

namespace tally {

/// What the command line says.
struct ConfigSource {
  std::filesystem::path file;
  std::filesystem::path state_dir;  // empty: the file's
};

struct ReadConfig {
  Config config;
  std::vector<std::string> problems;  // one line each; not empty: `config` must not be used
};

/// Reads files; a few milliseconds, so not on the loop.
ReadConfig read_configuration(const ConfigSource& source);

/// The vault's key: `vault.key` in $CREDENTIALS_DIRECTORY, else the configured file. Throws StoreError with what to do.
VaultKey read_vault_key(const std::filesystem::path& key_file);

std::filesystem::path vault_file(const std::filesystem::path& state_dir);

}  // namespace tally
