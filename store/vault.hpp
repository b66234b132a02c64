// Credentials at rest: vault.db, each record sealed with XChaCha20-Poly1305 (libsodium) under a key that is kept
// elsewhere. A record carries the ID of its key; its ref and provider are bound into the seal, so that records cannot
// be exchanged. An open vault holds its lock, so nobody else has one open, be it in this process or another. One thread
// at a time.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/credential.hpp"
#include "runtime/timestamp.hpp"
#include "store/error.hpp"
#include "store/sqlite.hpp"
#include "store/vault_lock.hpp"

namespace tally {

/// Where a state directory has its vault.
std::filesystem::path vault_file(const std::filesystem::path& state_dir);

/// Whether it has one. Throws StoreError (77) when the directory may not be looked into.
bool has_vault(const std::filesystem::path& state_dir);

/// 32 bytes.
class VaultKey {
 public:
  static VaultKey make();
  /// From base64, white space around it ignored. Throws StoreError (78) when it is no key; `origin` names its file.
  static VaultKey parse(std::string_view base64, const std::filesystem::path& origin);

  [[nodiscard]] Secret base64() const;
  /// Says which key it is, and nothing about it.
  [[nodiscard]] std::string id() const;
  [[nodiscard]] const unsigned char* bytes() const;

 private:
  explicit VaultKey(Secret bytes) : bytes_(std::move(bytes)) {}
  Secret bytes_;
};

/// What a vault may be sealed with.
struct VaultKeys {
  VaultKey in_force;
  std::optional<VaultKey> next;  // one that was about to take its place when a change of keys was cut off

  /// From the texts of both files; a next one that holds no key is none. Throws StoreError (78) that names `origin`
  /// when the first one is no key.
  static VaultKeys parse(std::string_view in_force, const std::filesystem::path& origin, std::string_view next);
};

/// What may be shown of a record.
struct VaultEntry {
  std::string ref;
  std::string provider;
  std::string key_id;
  std::int64_t sealed_at_ms = 0;
  bool is_removed = false;
};

/// What could be opened, and one line for each record that could not: sealed with another key, or damaged.
struct VaultContents {
  std::vector<StoredCredential> credentials;
  std::vector<std::string> faults;
};

class Vault {
 public:
  /// Opens or makes the file in the lock's directory: 0600; one that root makes belongs to the owner of that directory.
  /// What a killed command left half done is undone. Of the keys it takes the one that everything is sealed with, else
  /// the one in force. Throws StoreError: damaged, not a vault, newer, no permission.
  Vault(VaultLock lock, VaultKeys keys);
  Vault(VaultLock lock, VaultKey key) : Vault(std::move(lock), VaultKeys{std::move(key), {}}) {}

  /// What may be shown of all records; takes no key. Empty when there is no file. Throws StoreError.
  static std::vector<VaultEntry> list(const std::filesystem::path& state_dir, std::chrono::milliseconds patience);
  static std::vector<VaultEntry> list(const VaultLock& lock);

  /// What to do when the key's file is missing: a vault that holds records is opened by no new one. Throws StoreError.
  static std::string advice_without_key(const VaultLock& lock);

  [[nodiscard]] std::vector<VaultEntry> entries();

  /// Whether every record is sealed with this key; also true when there is none.
  [[nodiscard]] bool is_sealed_with(const VaultKey& key);

  [[nodiscard]] VaultContents open_all();

  /// Seals a new record or replaces that of the same ref; durable when it returns. Throws StoreError when others are
  /// sealed with another key.
  void put(const StoredCredential& credential, Timestamp now);
  void erase(const CredentialRef& ref);

  /// Erases the record if it is one that was removed, and not one that took its place since.
  void erase_removed(const CredentialRef& ref);

  /// Seals everything anew under another key, in one transaction. Throws StoreError when a record cannot be opened; all
  /// is as before then.
  void rekey(VaultKey key, Timestamp now);

 private:
  [[nodiscard]] SecretFields open_record(const VaultEntry& entry, const std::string& nonce, const std::string& sealed);
  void seal(const StoredCredential& credential, const VaultKey& key, Timestamp now);

  VaultLock lock_;
  std::filesystem::path file_;
  VaultKey key_;
  sqlite::Connection connection_;
};

}  // namespace tally
