#include "daemon/configuration.hpp"

#include <sysexits.h>

#include "config/vault_key_file.hpp"
#include "daemon/ssh_check.hpp"
#include "net/proxy.hpp"
#include "providers/registry.hpp"

namespace tally {
namespace {

VaultKey key_in_force(const std::filesystem::path& configured) {
  const PrivateFile key = read_vault_key_file(configured);
  if (!key.problem.empty()) throw StoreError(key.problem, EX_CONFIG);
  return VaultKey::parse(key.text.reveal(), vault_key_file_in_force(configured));
}

}  // namespace

Vault open_vault(const Config& config) {
  return Vault(vault_file(config.state_dir), key_in_force(config.vault_key_file));
}

ReadConfig read_configuration(const ConfigSource& source) {
  ReadConfig read;
  const Places places = source.state_dir.empty() ? places_of(source.file)
                                                 : places_in(std::filesystem::absolute(source.state_dir), source.file);
  std::vector<StoredCredential> stored;
  try {
    const std::filesystem::path vault = vault_file(places.state_dir);
    if (std::filesystem::exists(vault)) {
      VaultContents contents = Vault(vault, key_in_force(places.vault_key_file)).open_all();
      stored = std::move(contents.credentials);
      read.problems = std::move(contents.faults);
      if (!read.problems.empty()) read.exit_code = EX_DATAERR;
    }
  } catch (const StoreError& error) {
    read.problems.emplace_back(error.what());
    read.exit_code = error.exit_code();
  }
  if (const auto proxies = ProxyRules::from_environment(); !proxies) {
    read.problems.push_back(to_text(proxies.error()));
  }
  std::vector<const ProviderDescription*> known;
  for (const Provider* provider : providers()) known.push_back(&provider->description);
  LoadedConfig loaded = load_config(source.file, known, stored);
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
