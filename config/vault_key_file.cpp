#include "config/vault_key_file.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace tally {

std::filesystem::path vault_key_file_in_force(const std::filesystem::path& configured) {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr) return configured;
  std::filesystem::path handed_over = std::filesystem::path(directory) / "vault.key";
  return std::filesystem::exists(handed_over) ? handed_over : configured;
}

PrivateFile read_vault_key_file(const std::filesystem::path& configured) {
  const std::filesystem::path file = vault_key_file_in_force(configured);
  PrivateFile contents = read_private_file(file);
  if (!contents.problem.empty()) {
    contents.problem = fmt::format(
        "the vault's key, {}: {}; `tallyctl vault init` makes one, [vault] key_file in the configuration names another",
        file.string(), contents.problem);
  }
  return contents;
}

}  // namespace tally
