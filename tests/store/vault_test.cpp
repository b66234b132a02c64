// Credentials at rest: what is sealed comes back, and what was tampered with does not.
#include "store/vault.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <optional>

#include "tests/fakes/files.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::vault_test {
using namespace std::chrono_literals;

namespace {

constexpr const char* canary = "canary-\"é\n-4711";

StoredCredential credential(const std::string& ref, const std::string& secret = canary) {
  StoredCredential made;
  made.ref = CredentialRef(ref);
  made.provider = "lambda";
  made.fields.emplace("api_key", Secret(secret));
  return made;
}

struct Site {
  fakes::TemporaryDirectory directory;
  std::filesystem::path file = directory / "vault.db";
  VaultKey key = VaultKey::make();

  [[nodiscard]] Vault open() const { return open_with(key); }
  [[nodiscard]] Vault open_with(VaultKey other) const { return {lock(), std::move(other)}; }
  [[nodiscard]] VaultLock lock() const { return {directory.path(), 0ms}; }
  [[nodiscard]] std::vector<VaultEntry> list() const { return Vault::list(directory.path(), 0ms); }
  [[nodiscard]] std::string bytes() const { return fakes::text_of(file); }
};

const Timestamp now{1'700'000'000'000ms};

/// Changes the vault as somebody would who can write the file but has no key.
void tamper(const Site& site, const std::string& sql) {
  sqlite::Connection connection(site.file.string(), SQLITE_OPEN_READWRITE);
  connection.execute(sql);
}

}  // namespace

TEST_CASE("a sealed credential comes back, and its file shows nothing of it", "[store][vault]") {
  const Site site;
  site.open().put(credential("prod"), now);
  const VaultContents contents = site.open().open_all();
  CHECK(contents.faults.empty());
  REQUIRE(contents.credentials.size() == 1);
  CHECK(contents.credentials[0].ref.str() == "prod");
  CHECK(contents.credentials[0].provider == "lambda");
  CHECK(contents.credentials[0].fields.at("api_key").reveal() == canary);
  CHECK_FALSE(contents.credentials[0].is_removed);
  CHECK(site.bytes().find("4711") == std::string::npos);
  CHECK(site.bytes().find("api_key") == std::string::npos);
  struct stat status{};
  REQUIRE(stat(site.file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600U);
}

TEST_CASE("a credential of the same ref is replaced, and an erased one leaves no trace", "[store][vault]") {
  const Site site;
  site.open().put(credential("prod", "first"), now);
  site.open().put(credential("prod", "second"), now + 1s);
  CHECK(site.open().open_all().credentials.at(0).fields.at("api_key").reveal() == "second");
  const std::vector<VaultEntry> entries = site.list();
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].sealed_at_ms == 1'700'000'001'000);
  CHECK(entries[0].key_id == site.key.id());
  site.open().erase(CredentialRef("prod"));
  CHECK(site.list().empty());
}

TEST_CASE("a removed record is erased, and one that took its place is not", "[store][vault]") {
  const Site site;
  StoredCredential removed = credential("one");
  removed.is_removed = true;
  Vault vault = site.open();
  vault.put(removed, now);
  vault.put(credential("one"), now);
  vault.erase_removed(CredentialRef("one"));
  CHECK(vault.entries().size() == 1);
  vault.put(removed, now);
  vault.erase_removed(CredentialRef("one"));
  CHECK(vault.entries().empty());
}

TEST_CASE("with another key every record is named and none is opened, replaced or sealed beside", "[store][vault]") {
  const Site site;
  site.open().put(credential("one"), now);
  site.open().put(credential("two"), now);
  const std::string before = site.bytes();
  std::optional<Vault> wrong(site.open_with(VaultKey::make()));
  const VaultContents contents = wrong->open_all();
  CHECK(contents.credentials.empty());
  REQUIRE(contents.faults.size() == 2);
  CHECK_THAT(contents.faults[0], Catch::Contains("one") && Catch::Contains(site.key.id()));
  CHECK_THAT(contents.faults[1], Catch::Contains("two"));
  CHECK_THROWS_WITH(wrong->put(credential("three"), now), Catch::Contains(site.key.id()));
  CHECK_THROWS_AS(wrong->rekey(VaultKey::make(), now), StoreError);
  wrong.reset();
  CHECK(site.bytes() == before);
  CHECK(site.open().open_all().credentials.size() == 2);
}

TEST_CASE("a flipped bit anywhere in a record costs that record and is named", "[store][vault]") {
  const Site site;
  site.open().put(credential("good"), now);
  site.open().put(credential("hurt"), now);
  const std::string column = GENERATE("sealed", "nonce");
  sqlite::Connection connection(site.file.string(), SQLITE_OPEN_READWRITE);
  sqlite::Statement select(connection.handle(), "SELECT " + column + " FROM record WHERE ref = 'hurt'");
  REQUIRE(select.step());
  const std::string whole = select.blob(0);
  select.reset();
  sqlite::Statement update(connection.handle(), "UPDATE record SET " + column + " = ? WHERE ref = 'hurt'");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string hurt = whole;
    hurt[at] = static_cast<char>(hurt[at] ^ (1 << (at % 8)));
    update.bind(sqlite::Blob{hurt}).run();
    const VaultContents contents = site.open().open_all();
    REQUIRE(contents.credentials.size() == 1);
    CHECK(contents.credentials[0].ref.str() == "good");
    REQUIRE(contents.faults.size() == 1);
    CHECK_THAT(contents.faults[0], Catch::Contains("hurt") && Catch::Contains("damaged"));
  }
  update.bind(sqlite::Blob{whole}).run();
  CHECK(site.open().open_all().credentials.size() == 2);
}

TEST_CASE("what stands beside a seal is bound into it", "[store][vault]") {
  const Site site;
  site.open().put(credential("prod"), now);
  const std::string change = GENERATE("ref = 'other'", "provider = 'shadeform'", "is_removed = 1", "sealed = x''",
                                      "nonce = x'00'", "sealed = substr(sealed, 2)");
  tamper(site, "UPDATE record SET " + change);
  const VaultContents contents = site.open().open_all();
  CHECK(contents.credentials.empty());
  CHECK(contents.faults.size() == 1);
}

TEST_CASE("a new key opens everything, and the old one nothing any more", "[store][vault]") {
  Site site;
  const VaultKey old = site.key;
  site.open().put(credential("one"), now);
  StoredCredential removed = credential("two");
  removed.is_removed = true;
  site.open().put(removed, now);
  const VaultKey next = VaultKey::make();
  site.open().rekey(next, now + 1s);
  CHECK(site.open_with(old).open_all().faults.size() == 2);
  const VaultContents contents = site.open_with(next).open_all();
  REQUIRE(contents.credentials.size() == 2);
  CHECK(contents.credentials[0].fields.at("api_key").reveal() == canary);
  CHECK(contents.credentials[1].is_removed);
}

TEST_CASE("a key is 32 bytes in base64 and nothing else", "[store][vault]") {
  const VaultKey key = VaultKey::make();
  CHECK(VaultKey::parse(key.base64().reveal(), "k").id() == key.id());
  CHECK(VaultKey::make().id() != key.id());
  const std::string text(key.base64().reveal());
  for (const std::string& wrong : {std::string(), std::string("secret"), text.substr(2), "AAAA" + text, "!" + text}) {
    CHECK_THROWS_WITH(VaultKey::parse(wrong, "/k/vault.key"), Catch::Contains("/k/vault.key"));
  }
}

TEST_CASE("files that are no vault are left untouched", "[store][vault]") {
  const Site site;
  const std::string kind = GENERATE("text", "foreign", "newer", "negative", "damaged");
  if (kind == "text") {
    std::ofstream(site.file) << std::string(5000, 'x');
  } else if (kind == "foreign") {
    sqlite::Connection connection(site.file.string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    connection.execute("CREATE TABLE t (a)");
  } else {
    site.open().put(credential("prod"), now);
    if (kind == "newer") {
      tamper(site, "PRAGMA user_version = 99");
    } else if (kind == "negative") {
      tamper(site, "PRAGMA user_version = -1");
    } else {
      std::fstream file(site.file, std::ios::in | std::ios::out);
      file.seekp(4096);
      file << std::string(4096, '\xff');
    }
  }
  const std::string before = site.bytes();
  CHECK_THROWS_WITH(site.open().open_all(),
                    Catch::Contains(site.file.string()) && Catch::Contains("nothing was changed"));
  CHECK_THROWS_AS(site.list(), StoreError);
  CHECK(site.bytes() == before);
}

TEST_CASE("what is wrong with a vault is said of that file, and of no catalog", "[store][vault]") {
  const Site site;
  SECTION("no SQLite file") {
    std::ofstream(site.file) << std::string(5000, 'x');
    CHECK_THROWS_WITH(site.list(), site.file.string() + ": file is not a database; nothing was changed");
  }
  SECTION("a pipe") {
    REQUIRE(mkfifo(site.file.c_str(), 0600) == 0);
    CHECK_THROWS_WITH(site.open(), site.file.string() + ": is not a regular file");
    CHECK_THROWS_WITH(site.list(), site.file.string() + ": is not a regular file");
  }
}

TEST_CASE("one at a time has a vault open, and who waits in vain is told who has it", "[store][vault]") {
  const Site site;
  site.open().put(credential("prod"), now);
  {
    const Vault open = site.open();
    const std::string process = fmt::format("process {}", getpid());
    CHECK_THROWS_WITH(site.open(),
                      Catch::Contains("vault.lock: another vault command is running") && Catch::Contains(process));
    CHECK_THROWS_AS(site.list(), StoreError);
  }
  CHECK(site.list().size() == 1);
}

TEST_CASE("a vault is locked anew when its lock was removed in the meantime", "[store][vault]") {
  const Site site;
  {
    const VaultLock held = site.lock();
  }
  std::filesystem::remove(site.directory / "vault.lock");
  const VaultLock held = site.lock();
  CHECK_THROWS_AS(site.lock(), StoreError);
}

TEST_CASE("of two keys a vault takes the one that everything is sealed with", "[store][vault]") {
  const Site site;
  const VaultKey next = VaultKey::make();
  site.open().put(credential("one"), now);
  CHECK(Vault(site.lock(), VaultKeys{site.key, next}).open_all().faults.empty());
  site.open().rekey(next, now);
  CHECK(Vault(site.lock(), VaultKeys{site.key, next}).open_all().faults.empty());
  CHECK(Vault(site.lock(), VaultKeys{site.key, VaultKey::make()}).open_all().faults.size() == 1);
}

TEST_CASE("an open vault keeps SQLite's locks whatever else is opened beside it", "[store][vault]") {
  const Site site;
  site.open().put(credential("one"), now);
  sqlite::Connection other(site.file.string(), SQLITE_OPEN_READWRITE);
  const sqlite::Transaction transaction(other);  // holds a lock of this process on the file
  const Vault vault = site.open();
  // Another process would now be let in, had the file been opened and closed past SQLite.
  const std::string locks = fakes::text_of("/proc/locks");
  struct stat status{};
  REQUIRE(stat(site.file.c_str(), &status) == 0);
  CHECK_THAT(locks,
             Catch::Contains(fmt::format("{} ", getpid())) && Catch::Contains(fmt::format(":{} ", status.st_ino)));
}

}  // namespace tally::vault_test
