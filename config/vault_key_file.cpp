#include "config/vault_key_file.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace tally {
namespace {

/// A new key must stand beside the file itself to take its place.
std::filesystem::path behind_links(const std::filesystem::path& file) {
  std::error_code failure;
  const std::filesystem::path target = std::filesystem::canonical(file, failure);
  return failure ? file : target;
}

}  // namespace

VaultKeyFiles vault_key_files(const std::filesystem::path& configured) {
  if (const char* directory = std::getenv("CREDENTIALS_DIRECTORY"); directory != nullptr) {
    std::filesystem::path handed_over = std::filesystem::path(directory) / "vault.key";
    std::error_code failure;
    if (std::filesystem::exists(handed_over, failure)) return {std::move(handed_over), true};
  }
  return {behind_links(configured), false};
}

PrivateFile read_vault_key(const VaultKeyFiles& files) {
  PrivateFile contents = read_private_file(files.in_force);
  if (!contents.problem.empty()) {
    contents.problem = fmt::format(
        "the vault's key, {}: {}; `tallyctl vault init` makes one, [vault] key_file in the configuration names another",
        files.in_force.string(), contents.problem);
  }
  return contents;
}

Secret read_next_vault_key(const VaultKeyFiles& files) {
  PrivateFile contents = read_private_file(files.next());
  return contents.problem.empty() ? std::move(contents.text) : Secret();
}

}  // namespace tally
