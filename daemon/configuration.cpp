#include "daemon/configuration.hpp"

#include <sysexits.h>

#include <cstdlib>

#include "config/private_file.hpp"
#include "providers/registry.hpp"

namespace tally {
namespace {

std::filesystem::path key_file_in_force(const std::filesystem::path& configured) {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr) return configured;
  std::filesystem::path handed_over = std::filesystem::path(directory) / "vault.key";
  return std::filesystem::exists(handed_over) ? handed_over : configured;
}

}  // namespace

std::filesystem::path vault_file(const std::filesystem::path& state_dir) { return state_dir / "vault.db"; }

VaultKey read_vault_key(const std::filesystem::path& key_file) {
  const std::filesystem::path file = key_file_in_force(key_file);
  const PrivateFile contents = read_private_file(file);
  if (!contents.problem.empty()) {
    throw StoreError("the vault's key, " + file.string() + ": " + contents.problem +
                         "; `tallyctl vault init` makes one, [vault] key_file names another",
                     EX_CONFIG);
  }
  try {
    return VaultKey::parse(contents.text.reveal());
  } catch (const StoreError& error) {
    throw StoreError(file.string() + ": " + error.what(), error.exit_code());
  }
}

ReadConfig read_configuration(const ConfigSource& source) {
  ReadConfig read;
  const Places places = source.state_dir.empty() ? places_of(source.file)
                                                 : places_in(std::filesystem::absolute(source.state_dir), source.file);
  std::vector<StoredCredential> stored;
  try {
    const std::filesystem::path vault = vault_file(places.state_dir);
    if (std::filesystem::exists(vault)) stored = Vault(vault, read_vault_key(places.vault_key_file)).open_all();
  } catch (const StoreError& error) {
    read.problems.emplace_back(error.what());
  }
  std::vector<const ProviderDescription*> known;
  for (const Provider* provider : providers()) known.push_back(&provider->description);
  LoadedConfig loaded = load_config(source.file, known, stored);
  for (const ConfigProblem& problem : loaded.problems) read.problems.push_back(to_text(problem));
  read.config = std::move(loaded.config);
  if (!source.state_dir.empty()) {
    read.config.state_dir = places.state_dir;
    read.config.control_socket = places.control_socket;
  }
  return read;
}

}  // namespace tally
