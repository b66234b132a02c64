#include "store/vault.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>

#include "store/files.hpp"

namespace tally {
namespace json = boost::json;

namespace {

constexpr std::size_t key_size = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::int64_t vault_application_id = 0x74766C74;  // "tvlt"
constexpr std::int64_t schema_version = 1;
constexpr int vault_busy_ms = 5000;

void start_sodium() {
  if (sodium_init() < 0) throw StoreError("libsodium cannot start", EX_SOFTWARE);
}

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

/// What the seal binds the secret to.
std::string associated_data(const std::string& ref, const std::string& provider, const std::string& key_id,
                            bool is_removed) {
  return ref + '\0' + provider + '\0' + key_id + '\0' + (is_removed ? "removed" : "in force");
}

/// {"api_key": "..."} as text; wiped by its owner.
Secret to_text(const SecretFields& fields) {
  json::object object;
  for (const auto& [name, value] : fields) object[name] = json::string(value.reveal());
  Secret text(json::serialize(object));
  for (auto& [name, value] : object) {
    json::string& secret = value.as_string();
    sodium_memzero(secret.data(), secret.size());
  }
  return text;
}

SecretFields from_text(const Secret& text) {
  SecretFields fields;
  json::value parsed = json::parse({text.reveal().data(), text.reveal().size()});
  for (auto& [name, value] : parsed.as_object()) {
    json::string& secret = value.as_string();
    fields.emplace(std::string(name), Secret(std::string(secret)));
    sodium_memzero(secret.data(), secret.size());
  }
  return fields;
}

[[noreturn]] void cannot_make(const std::filesystem::path& file, int error) {
  throw StoreError(fmt::format("{}: cannot be made: {}", file.string(), std::strerror(error)),
                   error == EACCES || error == EROFS ? EX_NOPERM : EX_IOERR);
}

[[noreturn]] void name_file(const std::filesystem::path& file, const StoreError& error) {
  throw StoreError(fmt::format("{}: {}; nothing was changed", file.string(), error.what()), error.exit_code());
}

/// Makes an empty file where there is none. One that is there is left to SQLite alone: to close a descriptor of a file
/// takes away all locks that the process has on it.
void make_if_missing(const std::filesystem::path& file) {
  const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0) {
    if (errno != EEXIST) cannot_make(file, errno);
    return require_regular(file);
  }
  fchmod(descriptor, S_IRUSR | S_IWUSR);
  // What root makes for a daemon that runs as another user must be that user's.
  struct stat directory{};
  const bool is_given_away = geteuid() != 0 || stat(file.parent_path().c_str(), &directory) != 0 ||
                             fchown(descriptor, directory.st_uid, directory.st_gid) == 0;
  const int error = errno;
  close(descriptor);
  if (!is_given_away) cannot_make(file, error);
}

sqlite::Connection open_for_writing(const std::filesystem::path& file) {
  make_if_missing(file);
  try {
    return {file, SQLITE_OPEN_READWRITE};
  } catch (const StoreError& error) {
    name_file(file, error);
  }
}

/// One that was put back from a copy may have bits that let others read it.
void keep_others_out(const std::filesystem::path& file) {
  struct stat status{};
  if (lstat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    chmod(file.c_str(), S_IRUSR | S_IWUSR);
  }
}

/// True when the file is a vault, false when it is new. Throws StoreError for anything else.
bool is_vault(sqlite::Connection& connection) {
  const std::int64_t application = connection.integer("PRAGMA application_id");
  const bool is_new = application == 0 && connection.integer("SELECT count(*) FROM sqlite_master") == 0;
  const std::int64_t version = connection.integer("PRAGMA user_version");
  if ((!is_new && application != vault_application_id) || version < 0) {
    throw StoreError("an SQLite file, but not a vault of tallyd; move it away", EX_DATAERR);
  }
  if (version > schema_version) {
    throw StoreError("made by a newer tallyd; run that version or newer", EX_DATAERR);
  }
  return !is_new;
}

VaultEntry entry_of(const sqlite::Statement& row) {
  return {row.text(0), row.text(1), row.text(2), row.integer(3), row.integer(4) != 0};
}

std::vector<VaultEntry> read_entries(sqlite::Connection& connection) {
  std::vector<VaultEntry> entries;
  sqlite::Statement select(connection.handle(),
                           "SELECT ref, provider, key_id, sealed_at_ms, is_removed FROM record ORDER BY ref");
  while (select.step()) entries.push_back(entry_of(select));
  return entries;
}

void make_tables(sqlite::Connection& connection) {
  sqlite::Transaction transaction(connection);
  connection.execute(
      "CREATE TABLE record (ref TEXT PRIMARY KEY, provider TEXT NOT NULL, key_id TEXT NOT NULL, "
      "is_removed INTEGER NOT NULL CHECK (is_removed IN (0, 1)), sealed_at_ms INTEGER NOT NULL, "
      "nonce BLOB NOT NULL, sealed BLOB NOT NULL)");
  connection.execute(fmt::format("PRAGMA application_id = {}", vault_application_id));
  connection.execute(fmt::format("PRAGMA user_version = {}", schema_version));
  transaction.commit();
}

}  // namespace

std::filesystem::path vault_file(const std::filesystem::path& state_dir) { return state_dir / "vault.db"; }

bool has_vault(const std::filesystem::path& state_dir) { return is_there(vault_file(state_dir)); }

VaultKey VaultKey::make() {
  start_sodium();
  std::string bytes(key_size, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return VaultKey(Secret(std::move(bytes)));
}

VaultKey VaultKey::parse(std::string_view base64, const std::filesystem::path& origin) {
  start_sodium();
  std::string bytes(key_size, '\0');
  std::size_t size = 0;
  const int failure = sodium_base642bin(bytes_of(bytes), bytes.size(), base64.data(), base64.size(), " \t\r\n", &size,
                                        nullptr, sodium_base64_VARIANT_ORIGINAL);
  Secret secret(std::move(bytes));
  if (failure != 0 || size != key_size) {
    throw StoreError(origin.string() + ": is no vault key: not 32 bytes in base64", EX_CONFIG);
  }
  return VaultKey(std::move(secret));
}

Secret VaultKey::base64() const {
  std::string text(sodium_base64_ENCODED_LEN(key_size, sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes(), key_size, sodium_base64_VARIANT_ORIGINAL);
  text.back() = '\n';
  return Secret(std::move(text));
}

std::string VaultKey::id() const {
  constexpr std::string_view purpose = "tallyd vault key ID";
  constexpr std::size_t id_size = 8;
  std::string hash(crypto_generichash_BYTES_MIN, '\0');
  crypto_generichash(bytes_of(hash), hash.size(), bytes_of(purpose), purpose.size(), bytes(), key_size);
  std::string text(2 * id_size + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes_of(hash), id_size);
  text.pop_back();
  return text;
}

const unsigned char* VaultKey::bytes() const { return bytes_of(bytes_.reveal()); }

VaultKeys VaultKeys::parse(std::string_view in_force, const std::filesystem::path& origin, std::string_view next) {
  VaultKeys keys{VaultKey::parse(in_force, origin), std::nullopt};
  try {
    if (!next.empty()) keys.next = VaultKey::parse(next, origin);
  } catch (const StoreError&) {
    keys.next.reset();  // written by a version that could be killed in the middle of it
  }
  return keys;
}

Vault::Vault(VaultLock lock, VaultKeys keys)
    : lock_(std::move(lock)),
      file_(vault_file(lock_.state_dir())),
      key_(std::move(keys.in_force)),
      connection_(open_for_writing(file_)) {
  sqlite3_busy_timeout(connection_.handle(), vault_busy_ms);
  keep_others_out(file_);
  try {
    connection_.execute("PRAGMA secure_delete = ON");
    connection_.execute("PRAGMA synchronous = FULL");
    if (!is_vault(connection_)) make_tables(connection_);
    if (keys.next && !is_sealed_with(key_) && is_sealed_with(*keys.next)) key_ = std::move(*keys.next);
  } catch (const StoreError& error) {
    name_file(file_, error);
  }
}

std::vector<VaultEntry> Vault::list(const std::filesystem::path& state_dir, std::chrono::milliseconds patience) {
  if (!has_vault(state_dir)) return {};
  return list(VaultLock(state_dir, patience));
}

std::vector<VaultEntry> Vault::list(const VaultLock& lock) {
  const std::filesystem::path file = vault_file(lock.state_dir());
  if (!has_vault(lock.state_dir())) return {};
  require_regular(file);
  try {
    // Not read-only: what a killed command left half done could not be undone then.
    sqlite::Connection connection(file, SQLITE_OPEN_READWRITE);
    return is_vault(connection) ? read_entries(connection) : std::vector<VaultEntry>();
  } catch (const StoreError& error) {
    name_file(file, error);
  }
}

std::string Vault::advice_without_key(const VaultLock& lock) {
  if (list(lock).empty()) return "`tallyctl vault init` makes one";
  return fmt::format("no new one opens {}: put the key back from its backup, or move the vault away to begin anew",
                     vault_file(lock.state_dir()).string());
}

std::vector<VaultEntry> Vault::entries() { return read_entries(connection_); }

bool Vault::is_sealed_with(const VaultKey& key) {
  const std::vector<VaultEntry> records = entries();
  return std::all_of(records.begin(), records.end(),
                     [id = key.id()](const VaultEntry& record) { return record.key_id == id; });
}

VaultContents Vault::open_all() {
  VaultContents contents;
  sqlite::Statement select(
      connection_.handle(),
      "SELECT ref, provider, key_id, sealed_at_ms, is_removed, nonce, sealed FROM record ORDER BY ref");
  try {
    while (select.step()) {
      const VaultEntry entry = entry_of(select);
      try {
        contents.credentials.push_back({CredentialRef(entry.ref), entry.provider,
                                        open_record(entry, select.blob(5), select.blob(6)), entry.is_removed});
      } catch (const StoreError& fault) {
        contents.faults.push_back(
            fmt::format("{}: the record of {} {}; nothing was changed", file_.string(), entry.ref, fault.what()));
      }
    }
  } catch (const StoreError& error) {
    name_file(file_, error);
  }
  return contents;
}

SecretFields Vault::open_record(const VaultEntry& entry, const std::string& nonce, const std::string& sealed) {
  if (entry.key_id != key_.id()) {
    throw StoreError(
        fmt::format("is sealed with key {}, but the key in use is {}: put that key back", entry.key_id, key_.id()),
        EX_DATAERR);
  }
  const std::string bound = associated_data(entry.ref, entry.provider, entry.key_id, entry.is_removed);
  std::string plain(sealed.size(), '\0');
  unsigned long long size = 0;
  if (nonce.size() != nonce_size || sealed.size() < tag_size ||
      crypto_aead_xchacha20poly1305_ietf_decrypt(bytes_of(plain), &size, nullptr, bytes_of(std::string_view(sealed)),
                                                 sealed.size(), bytes_of(std::string_view(bound)), bound.size(),
                                                 bytes_of(std::string_view(nonce)), key_.bytes()) != 0) {
    throw StoreError("is damaged: restore the file from a backup, or add the credential again", EX_DATAERR);
  }
  const Secret text(plain.substr(0, size));
  sodium_memzero(plain.data(), plain.size());
  return from_text(text);
}

void Vault::seal(const StoredCredential& credential, const VaultKey& key, Timestamp now) {
  const Secret text = to_text(credential.fields);
  std::string nonce(nonce_size, '\0');
  randombytes_buf(nonce.data(), nonce.size());
  const std::string bound = associated_data(credential.ref.str(), credential.provider, key.id(), credential.is_removed);
  std::string sealed(text.reveal().size() + tag_size, '\0');
  unsigned long long size = 0;
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(sealed), &size, bytes_of(text.reveal()), text.reveal().size(),
                                             bytes_of(std::string_view(bound)), bound.size(), nullptr,
                                             bytes_of(std::string_view(nonce)), key.bytes());
  connection_
      .statement(
          "INSERT OR REPLACE INTO record (ref, provider, key_id, is_removed, sealed_at_ms, nonce, sealed) VALUES "
          "(?, ?, ?, ?, ?, ?, ?)")
      .bind(credential.ref.str(), credential.provider, key.id(), credential.is_removed, now.time_since_epoch().count(),
            sqlite::Blob{nonce}, sqlite::Blob{sealed})
      .run();
}

void Vault::put(const StoredCredential& credential, Timestamp now) {
  sqlite::Transaction transaction(connection_);
  sqlite::Statement foreign(connection_.handle(), "SELECT ref, key_id FROM record WHERE ref <> ? AND key_id <> ?");
  if (foreign.bind(credential.ref.str(), key_.id()).step()) {
    throw StoreError(fmt::format("{}: the record of {} is sealed with key {}, but the key in use is {}: put that key "
                                 "back; nothing was changed",
                                 file_.string(), foreign.text(0), foreign.text(1), key_.id()),
                     EX_DATAERR);
  }
  seal(credential, key_, now);
  transaction.commit();
}

void Vault::erase(const CredentialRef& ref) {
  connection_.statement("DELETE FROM record WHERE ref = ?").bind(ref.str()).run();
}

void Vault::erase_removed(const CredentialRef& ref) {
  connection_.statement("DELETE FROM record WHERE ref = ? AND is_removed = 1").bind(ref.str()).run();
}

void Vault::rekey(VaultKey key, Timestamp now) {
  sqlite::Transaction transaction(connection_);
  const VaultContents contents = open_all();
  if (!contents.faults.empty()) throw StoreError(contents.faults.front(), EX_DATAERR);
  for (const StoredCredential& credential : contents.credentials) seal(credential, key, now);
  transaction.commit();
  key_ = std::move(key);
}

}  // namespace tally
