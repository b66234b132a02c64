// The configuration as a daemon reads it: file and vault together, at start and again on SIGHUP.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "store/retention.hpp"
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
  int exit_code = 78;                 // of the problems, as sysexits.h has them (EX_CONFIG)
};

/// Reads files; some milliseconds, up to some hundreds for each encrypted SSH key, and up to two seconds when a command
/// has the vault open: so not on the loop. A daemon that runs names its state directory: another one takes a restart,
/// and until then the vault is the one there.
ReadConfig read_configuration(const ConfigSource& source, const std::filesystem::path& state_dir_in_force = {});

/// The vault of a state directory, with the key that fits it. Waits up to two seconds for a command that has it open,
/// so not on the loop. Throws StoreError with what to do.
Vault open_vault(const std::filesystem::path& state_dir, const std::filesystem::path& configured_key);

/// What the housekeeper keeps.
RetentionLimits retention_limits(const RetentionConfig& config);

}  // namespace tally
