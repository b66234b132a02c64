#include "config/vault_key_file.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "config/text_fault.hpp"

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

VaultKeyTexts read_vault_keys(const VaultKeyFiles& files) {
  std::error_code failure;
  PrivateFile in_force = read_private_file(files.in_force);
  if (!in_force.problem.empty()) {
    const bool is_missing = in_force.fault == FileFault::missing;
    std::string problem = fmt::format("the vault's key, {}: {}; [vault] key_file in the configuration names another",
                                      shown_path(files.in_force.string()), in_force.problem);
    if (is_missing && std::filesystem::exists(files.next(), failure)) {
      problem +=
          fmt::format("; {} is left of a change of keys that was cut off, and may be the one that opens the vault",
                      files.next().string());
    }
    return {{}, {}, std::move(problem), is_missing};
  }
  if (!std::filesystem::exists(files.next(), failure) && !failure) return {std::move(in_force.text), {}, ""};
  PrivateFile next = read_private_file(files.next());
  if (!next.problem.empty()) {
    return {{},
            {},
            fmt::format("the vault's next key, {}: {}; a change of keys was cut off, and this may be the only key that "
                        "opens the vault",
                        files.next().string(), next.problem)};
  }
  return {std::move(in_force.text), std::move(next.text), ""};
}

}  // namespace tally
