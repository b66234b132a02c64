#include "cli/client/vault_access.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>

#include "cli/client/control_client.hpp"
#include "config/vault_key_file.hpp"
#include "runtime/system_clock.hpp"
#include "store/files.hpp"

namespace tally::cli {
namespace {

namespace fs = std::filesystem;

/// Makes the directory as the daemon does.
void make_state_directory(const fs::path& state_dir) {
  constexpr mode_t mode = 0750;
  std::error_code failure;
  fs::create_directories(state_dir.parent_path(), failure);
  if (mkdir(state_dir.c_str(), mode) == 0) {
    chmod(state_dir.c_str(), mode);  // whatever the umask says: the group reads the catalog
  } else if (errno != EEXIST) {
    throw StoreError(fmt::format("cannot make the state directory {}: {}", state_dir.string(), std::strerror(errno)),
                     errno == EACCES || errno == EROFS ? EX_NOPERM : EX_CANTCREAT);
  }
}

VaultLock lock_vault(const Places& places) {
  make_state_directory(places.state_dir);
  return {places.state_dir, vault_patience};
}

void give_to_owner(const fs::path& file, const fs::path& state_dir) {
  struct stat owner{};
  if (geteuid() != 0 || stat(state_dir.c_str(), &owner) != 0) return;
  if (chown(file.c_str(), owner.st_uid, owner.st_gid) != 0) {
    throw StoreError(fmt::format("{}: cannot be given to the owner of {}", file.string(), state_dir.string()),
                     EX_NOPERM);
  }
}

/// On disk when it returns: `from` has become `to`, or nothing has changed and StoreError is thrown.
void put_in_place(const fs::path& from, const fs::path& to) {
  std::error_code failure;
  fs::rename(from, to, failure);
  if (failure) throw StoreError(fmt::format("{}: cannot be made: {}", to.string(), failure.message()), EX_CANTCREAT);
  sync_directory(to.parent_path());
}

/// The whole key is at `file`, on disk and its owner's, or nothing is. Throws StoreError.
void write_key(const VaultKey& key, const fs::path& file, const fs::path& state_dir) {
  const fs::path unfinished = file.string() + ".new";
  std::error_code ignored;
  fs::remove(unfinished, ignored);  // of a command that was killed
  if (const std::string problem = make_private_file(unfinished, key.base64()); !problem.empty()) {
    throw StoreError(fmt::format("{}: {}", file.string(), problem), EX_CANTCREAT);
  }
  give_to_owner(unfinished, state_dir);
  put_in_place(unfinished, file);
}

/// After a change of keys that was cut off: the vault says which of the two keys it is sealed with. When that is
/// neither, nothing is touched: one of them may be the only one that opens something.
void settle_keys(Vault& vault, const VaultKeys& keys, const VaultKeyFiles& files) {
  const fs::path next = files.next();
  if (files.is_handed_over || !is_there(next)) return;
  if (vault.is_sealed_with(keys.in_force)) {
    fs::remove(next);
    sync_directory(next.parent_path());
  } else if (keys.next && vault.is_sealed_with(*keys.next)) {
    put_in_place(next, files.in_force);
  }
}

Vault open_locked(VaultLock lock, const VaultKeyFiles& files) {
  VaultKeyTexts texts = read_vault_keys(files);
  if (texts.is_missing) texts.problem += "; " + Vault::advice_without_key(lock);
  if (!texts.problem.empty()) throw StoreError(texts.problem + "; nothing was changed", EX_CONFIG);
  const VaultKeys keys = VaultKeys::parse(texts.in_force.reveal(), files.in_force, texts.next.reveal());
  Vault vault(std::move(lock), keys);
  settle_keys(vault, keys, files);
  return vault;
}

/// Throws StoreError unless all of the vault opens, and no other key waits that may be the only one that opens
/// something.
void require_settled(Vault& vault, const VaultKeyFiles& files) {
  const VaultContents contents = vault.open_all();
  if (!contents.faults.empty()) throw StoreError(contents.faults.front(), EX_DATAERR);
  if (is_there(files.next())) {
    throw StoreError(fmt::format("{}: is left of a change of keys that was cut off, and could not be settled; nothing "
                                 "was changed",
                                 files.next().string()),
                     EX_DATAERR);
  }
}

}  // namespace

std::string make_vault_key(const Places& places) {
  const VaultLock lock = lock_vault(places);
  const fs::path file = vault_key_files(places.vault_key_file).in_force;
  if (is_there(file)) {
    throw StoreError(fmt::format("{}: is there already; `tallyctl credential rekey` changes keys", file.string()),
                     EX_CANTCREAT);
  }
  if (!Vault::list(lock).empty()) {
    throw StoreError(fmt::format("{}: is missing; {}; no key was made", file.string(), Vault::advice_without_key(lock)),
                     EX_DATAERR);
  }
  std::error_code failure;
  fs::create_directories(file.parent_path(), failure);
  const VaultKey key = VaultKey::make();
  write_key(key, file, places.state_dir);
  return key.id();
}

void tell_vault_key(const Places& places, const std::string& id) {
  std::cerr << places.vault_key_file.string() << ": key " << id
            << "; keep a copy of the file elsewhere: without it the vault cannot be opened\n";
}

Vault open_vault(const Places& places) {
  return open_locked(lock_vault(places), vault_key_files(places.vault_key_file));
}

std::string rekey_vault(const Places& places) {
  VaultLock lock = lock_vault(places);
  const VaultKeyFiles files = vault_key_files(places.vault_key_file);
  if (files.is_handed_over) {
    throw StoreError(fmt::format("{}: was handed over in $CREDENTIALS_DIRECTORY and cannot be replaced from here: "
                                 "change it where it comes from; nothing was changed",
                                 files.in_force.string()),
                     EX_CONFIG);
  }
  Vault vault = open_locked(std::move(lock), files);
  require_settled(vault, files);
  VaultKey key = VaultKey::make();
  std::string id = key.id();
  write_key(key, files.next(), places.state_dir);
  vault.rekey(std::move(key), SystemClock().wall_now());
  put_in_place(files.next(), files.in_force);
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
