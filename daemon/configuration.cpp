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
VaultRecords read_vault(const Places& places, ReadConfig& read) {
  try {
    if (!std::filesystem::exists(vault_file(places.state_dir))) return {};
    VaultContents contents = open_vault(places.state_dir, places.vault_key_file).open_all();
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
  const PrivateFile key = read_vault_key(files);
  if (!key.problem.empty()) throw StoreError(key.problem, EX_CONFIG);
  return {std::move(lock), VaultKeys::parse(key.text.reveal(), files.in_force, read_next_vault_key(files).reveal())};
}

RetentionLimits retention_limits(const RetentionConfig& config) { return {config.age, config.rows, config.bytes}; }

ReadConfig read_configuration(const ConfigSource& source) {
  ReadConfig read;
  const ReadPlaces said = places_of(source.file);
  const Places places = source.state_dir.empty() ? said.places : in_state_dir(said.places, source.state_dir);
  // Where the vault is may stand in a file that cannot be read, which is told below.
  const VaultRecords vault = said.problems.empty() ? read_vault(places, read) : VaultRecords{{}, false};
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
