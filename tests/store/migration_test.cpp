// Every released schema is brought up to date with all that it holds.
#include <catch2/catch.hpp>

#include "runtime/sha256.hpp"
#include "store/schema.hpp"
#include "store/sqlite.hpp"
#include "tests/store/catalog_world.hpp"

namespace tally::migration_test {
using namespace tally::store_tests;

namespace {

/// A catalog as the version with so many migrations left it, with one row in each table of the first schema.
void make_old(const std::filesystem::path& file, std::size_t version) {
  sqlite::Connection connection(file.string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  for (std::size_t i = 0; i < version; ++i) connection.execute(std::string(schema_migrations.at(i)));
  connection.execute("PRAGMA application_id = 0x74616C79");
  connection.execute("PRAGMA user_version = " + std::to_string(version));
  connection.execute(
      "INSERT INTO credential VALUES (1, 'cred', 'fake', 'fake-1', 'global', '[]', 0, 1, NULL);"
      "INSERT INTO listing (listing_key, credential_key, syncer, location) VALUES (1, 1, 'instance_types', '');"
      "INSERT INTO listing (listing_key, credential_key, syncer, location) VALUES (2, 1, 'instances', '');"
      "INSERT INTO location VALUES (1, 1, 'a', 'A', 1, NULL, 0, 'USA', 0, 1, 1, 1, 1);"
      "INSERT INTO instance_type VALUES (1, 1, 1, 'a-noSub-t', 'fake', 'fake', 't', 'a', NULL, '[]', 8, 64, "
      "'[\"x86_64\"]', 'H100', 1, 80, 'NVIDIA', '[]', '[]', 1, NULL, 0, 1, '{}', 1, 1, 1, 1, 1);"
      "INSERT INTO price VALUES (1, 'on-demand', 5, 'USD', 'api', 1, NULL);"
      "INSERT INTO price_change VALUES (1, 'on-demand', 1, 5, 'USD', NULL);"
      "INSERT INTO availability_change VALUES (1, 1, 1, NULL, NULL);"
      "INSERT INTO instance (instance_key, credential_key, listing_key, cloud_id, status, is_spot, tags, attributes, "
      "absences, is_confirmed, first_seen_at_ms, status_since_ms, seen_at_ms) VALUES (1, 1, 2, 'i', 'running', 0, "
      "'{\"k\":\"v\"}', '{}', 0, 1, 1, 1, 1);"
      "INSERT INTO status_change VALUES (1, 1, 'running', NULL);"
      "INSERT INTO event (at_ms, credential_key, kind, subject_kind, subject_id) VALUES (1, 1, 'type_added', "
      "'instance_type', 'a-noSub-t');"
      "INSERT INTO problem (credential_key, listing_key, kind, subject_kind, subject_id, value, detail, started_at_ms) "
      "VALUES (1, 1, 'id_missing', 'instance_type', 'x', '', 'gone', 1);");
  if (version < 2) return;
  connection.execute(
      "INSERT INTO ssh_probe (credential_key, cloud_id, at_ms, stage, is_ok, total_ms) VALUES (1, 'i', 1, 'auth', 1, "
      "5);"
      "INSERT INTO host_key (credential_key, cloud_id, key_type, fingerprint_sha256, first_seen_at_ms, state) "
      "VALUES (1, 'i', 'ssh-ed25519', 'SHA256:x', 1, 'pinned');");
}

}  // namespace

TEST_CASE("a migration never changes once catalogs were made with it", "[store]") {
  const std::vector<std::string> frozen = {
      "4def2a8f6b2ae742ec73974c6a71963901c2e5ed36864568628b4d8ae601f799",
      "a0e10d7478c8fede5c214e36a62baf8430e3bb44e4e74e964a12f10057ad4e00",
      "a0dc17b59edb4fba9496ac07f9e17ff505d90c04070d76f93cfa76d10941bba7",
      "25333e019b54e797347e1d3300370fc4a0fbb35bdca933e7b0a6876560335803",
      "69075761a7f31dc3e55a4b16d1db08d28f51829955a19d4bb9a6c92b1c734c90",
      "7a8df731a895e09d304ba58249230089a82c7a773a4f8066113aa8ffdf0cd964",
      "65a39462b6a70982f984b0052ab2e9b86a7997638f14368dd980b0592b1f3601",
      "31bcc6fe233d4df1c76f50791157b3df19acb7d249a028dfb898fe9c6863eca4",
      "0689494fe1f05c80603a4370d66585b5aac3efda36210dbd572d7b6875eaed1e",
      "99e49080deb79045e9bd1253438da406346c6e39c0a0615a9df2a023a2c74e77",
  };
  REQUIRE(schema_migrations.size() == frozen.size());
  for (std::size_t i = 0; i < frozen.size(); ++i) {
    INFO(i);
    CHECK(sha256_hex(schema_migrations.at(i)) == frozen.at(i));
  }
}

TEST_CASE("a catalog of every earlier schema is migrated with all its rows", "[store]") {
  for (std::size_t version = 1; version <= schema_migrations.size(); ++version) {
    INFO(version);
    const fakes::TemporaryDirectory directory;
    const auto file = directory / "catalog.db";
    make_old(file, version);
    const Catalog catalog(file);
    Reader reader(file);
    const auto count = [&reader](const std::string& view) {
      return std::get<std::int64_t>(reader.query("SELECT count(*) FROM " + view).rows.at(0).at(0));
    };
    for (const char* view : {"credentials", "locations", "instance_types", "instance_type_prices", "offers",
                             "instances", "instance_tags", "price_history", "availability_history", "instance_history",
                             "events", "id_problems", "running_instances", "orphans"}) {
      INFO(view);
      CHECK(count(view) >= 1);
    }
    CHECK(std::get<std::int64_t>(reader.query("PRAGMA user_version").rows.at(0).at(0)) ==
          static_cast<std::int64_t>(schema_migrations.size()));
    CHECK(catalog.load(CredentialRef("cred")).types->size() == 1);
    CHECK(catalog.load(CredentialRef("cred")).instances->size() == 1);
    const SshRecords ssh = catalog.load_ssh(CredentialRef("cred"));
    CHECK(ssh.probes.size() == (version < 2 ? 0 : 1));
    CHECK(ssh.host_keys.size() == (version < 2 ? 0 : 1));
  }
}

TEST_CASE("what the breaker held before an upgrade is a problem after it", "[store]") {
  const fakes::TemporaryDirectory directory;
  const auto file = directory / "catalog.db";
  make_old(file, 4);
  sqlite::Connection(file.string(), SQLITE_OPEN_READWRITE)
      .execute("UPDATE listing SET held_passes = '{\"east\": 2}' WHERE listing_key = 2");
  const Catalog catalog(file);
  const KnownAccount known = catalog.load(CredentialRef("cred"));
  const ListingKey instances{SyncerKind::instances, ""};
  CHECK(known.instances->of(instances).problems == std::set<ProblemKey>{{"mass_change_held", "location", "east", ""}});
}

}  // namespace tally::migration_test
