#include "cli/vault_access.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <iostream>

#include "cli/control_client.hpp"
#include "cloud/system_clock.hpp"
#include "config/vault_key_file.hpp"

namespace tally::cli {
namespace {

namespace fs = std::filesystem;

/// Where a new key waits until everything is sealed with it.
fs::path next_key_file(const fs::path& key_file) { return key_file.string() + ".next"; }

VaultKey read_key(const fs::path& file) {
  const PrivateFile key = read_private_file(file);
  if (!key.problem.empty()) throw StoreError(fmt::format("{}: {}", file.string(), key.problem), EX_CONFIG);
  return VaultKey::parse(key.text.reveal(), file);
}

void write_key(const VaultKey& key, const fs::path& file, const fs::path& state_dir) {
  if (const std::string problem = make_private_file(file, key.base64()); !problem.empty()) {
    throw StoreError(fmt::format("{}: {}", file.string(), problem), EX_CANTCREAT);
  }
  struct stat owner{};
  if (geteuid() != 0 || stat(state_dir.c_str(), &owner) != 0) return;
  if (chown(file.c_str(), owner.st_uid, owner.st_gid) != 0) {
    throw StoreError(fmt::format("{}: cannot be given to the owner of {}", file.string(), state_dir.string()),
                     EX_NOPERM);
  }
}

void sync_directory(const fs::path& file) {
  const fs::path directory = file.parent_path();
  if (FILE* handle = fopen(directory.c_str(), "re"); handle != nullptr) {
    fsync(fileno(handle));
    fclose(handle);
  }
}

void put_in_place(const fs::path& next, const fs::path& key_file) {
  fs::rename(next, key_file);
  sync_directory(key_file);
}

/// A change of keys that was cut off: the vault says which of the two keys it is sealed with.
void finish_earlier_change(const Places& places, const fs::path& key_file) {
  const fs::path next = next_key_file(key_file);
  if (!fs::exists(next)) return;
  const std::vector<VaultEntry> entries = Vault::list(vault_file(places.state_dir));
  const bool is_sealed_with_next = !entries.empty() && entries.front().key_id == read_key(next).id();
  if (is_sealed_with_next) {
    put_in_place(next, key_file);
  } else {
    fs::remove(next);
  }
}

}  // namespace

std::string make_vault_key(const Places& places) {
  if (fs::exists(places.vault_key_file)) {
    throw StoreError(
        fmt::format("{}: is there already; `tallyctl credential rekey` changes keys", places.vault_key_file.string()),
        EX_CANTCREAT);
  }
  std::error_code failure;
  fs::create_directories(places.vault_key_file.parent_path(), failure);
  const VaultKey key = VaultKey::make();
  write_key(key, places.vault_key_file, places.state_dir);
  sync_directory(places.vault_key_file);
  return key.id();
}

Vault open_vault(const Places& places) {
  const fs::path key_file = vault_key_file_in_force(places.vault_key_file);
  finish_earlier_change(places, key_file);
  const PrivateFile key = read_vault_key_file(places.vault_key_file);
  if (!key.problem.empty()) throw StoreError(key.problem, EX_CONFIG);
  constexpr mode_t directory_mode = 0750;  // as the daemon makes it
  mkdir(places.state_dir.c_str(), directory_mode);
  return Vault(vault_file(places.state_dir), VaultKey::parse(key.text.reveal(), key_file));
}

std::string rekey_vault(const Places& places) {
  Vault vault = open_vault(places);
  const fs::path key_file = vault_key_file_in_force(places.vault_key_file);
  const fs::path next = next_key_file(key_file);
  VaultKey key = VaultKey::make();
  std::string id = key.id();
  write_key(key, next, places.state_dir);
  sync_directory(next);
  try {
    vault.rekey(std::move(key), SystemClock().wall_now());
  } catch (const StoreError&) {
    fs::remove(next);
    throw;
  }
  put_in_place(next, key_file);
  return id;
}

bool put_in_force(const Places& places) {
  constexpr std::chrono::seconds patience{60};
  ControlReply reply;
  try {
    reply = ask_daemon(places.control_socket, "POST", "/v1/reload", patience);
  } catch (const StoreError& error) {
    std::cerr << "not in force yet: " << error.what() << "\nit will be when tallyd starts or is sent SIGHUP\n";
    return true;
  }
  if (reply.is_ok()) {
    std::cerr << "in force\n";
    return true;
  }
  std::cerr << "stored, but not in force: " << reply.detail() << '\n';
  if (const auto* document = reply.body.if_object()) {
    if (const auto* problems = document->if_contains("problems"); problems != nullptr && problems->is_array()) {
      for (const auto& problem : problems->get_array()) {
        if (problem.is_string()) std::cerr << "  " << std::string_view(problem.get_string()) << '\n';
      }
    }
  }
  return false;
}

}  // namespace tally::cli
