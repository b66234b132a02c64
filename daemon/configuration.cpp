#include "daemon/configuration.hpp"

#include <sysexits.h>

#include "config/vault_key_file.hpp"
#include "daemon/ssh_check.hpp"
#include "net/proxy.hpp"
#include "providers/descriptions.hpp"

namespace tally {
namespace {

constexpr std::chrono::seconds vault_patience{2};

/// What the vault holds; what is wrong with it, or with its key, goes to the problems.
VaultRecords read_vault(const std::filesystem::path& state_dir, const std::filesystem::path& key, ReadConfig& read) {
  try {
    if (!has_vault(state_dir)) return {};
    VaultContents contents = open_vault(state_dir, key).open_all();
    if (!contents.faults.empty()) read.exit_code = EX_DATAERR;
    read.problems = std::move(contents.faults);
    return {std::move(contents.credentials), read.problems.empty()};
  } catch (const StoreError& error) {
    read.problems.emplace_back(error.what());
    read.exit_code = error.exit_code();
  }
  return {{}, false};
}

}  // namespace

Vault open_vault(const std::filesystem::path& state_dir, const std::filesystem::path& configured_key) {
  VaultLock lock(state_dir, vault_patience);
  const VaultKeyFiles files = vault_key_files(configured_key);
  VaultKeyTexts keys = read_vault_keys(files);
  if (keys.is_missing) keys.problem += "; " + Vault::advice_without_key(lock);
  if (!keys.problem.empty()) throw StoreError(keys.problem, EX_CONFIG);
  return {std::move(lock), VaultKeys::parse(keys.in_force.reveal(), files.in_force, keys.next.reveal())};
}

RetentionLimits retention_limits(const RetentionConfig& config) { return {config.age, config.rows, config.bytes}; }

ReadConfig read_configuration(const ConfigSource& source, const std::filesystem::path& state_dir_in_force) {
  ReadConfig read;
  const ReadPlaces said = places_of(source.file);
  const Places places = source.state_dir.empty() ? said.places : in_state_dir(said.places, source.state_dir);
  // Where the vault is may stand in a file that cannot be read, which is told below.
  const std::filesystem::path& of_vault = state_dir_in_force.empty() ? places.state_dir : state_dir_in_force;
  const VaultRecords vault =
      said.problems.empty() ? read_vault(of_vault, places.vault_key_file, read) : VaultRecords{{}, false};
  if (const auto proxies = ProxyRules::from_environment(); !proxies) {
    read.problems.push_back(to_text(proxies.error()));
  }
  LoadedConfig loaded = load_config(source.file, provider_descriptions(), vault);
  for (const ConfigProblem& problem : loaded.problems) read.problems.push_back(to_text(problem));
  read.config = std::move(loaded.config);
  for (std::string& problem : ssh_problems(read.config)) read.problems.push_back(std::move(problem));
  if (!source.state_dir.empty()) {
    read.config.state_dir = places.state_dir;
    read.config.control_socket = places.control_socket;
    for (const char* key : {"state_dir", "control_socket"}) read.config.origins[key] = "--state-dir";
  }
  return read;
}

}  // namespace tally
