// The vault as an operator meets it: the real programs, a simulated cloud, and files that go wrong.
#include "store/vault.hpp"

#include <sys/stat.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <fstream>

#include "store/catalog.hpp"
#include "tests/daemon/asking.hpp"
#include "tests/daemon/programs.hpp"
#include "tests/fakes/files.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::vault_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

constexpr const char* first_key = "canary-first-4711";
constexpr const char* second_key = "canary-second-0815";

/// A simulated Shadeform account that takes one key.
struct ShadeformCloud : Cloud {
  explicit ShadeformCloud(const std::string& key, const std::string& instances = "12", const std::string& step = "50")
      : Cloud({"--provider", "shadeform", "--api-key", key, "--step", step, "--instances", instances}) {}
};

struct Site {
  TemporaryDirectory directory;
  std::filesystem::path config = directory / "tallyd.toml";
  std::filesystem::path state = directory / "state";
  std::filesystem::path key_file = directory / "vault.key";
  std::string written;  // everything that tallyctl ever printed

  explicit Site(const std::string& endpoint) { write_config(endpoint); }

  void write_config(const std::string& endpoint, const std::string& more = "") const {
    std::ofstream(config) << "state_dir = \"" << state.string() << "\"\ncontrol_socket = \""
                          << (directory / "run" / "tallyd.sock").string() << "\"\n[vault]\nkey_file = \""
                          << key_file.string()
                          << "\"\n[[credential]]\nref = \"sim\"\nprovider = \"shadeform\"\nendpoint = \"" << endpoint
                          << "\"\ninstance_type_interval = \"1s\"\ninstance_interval = \"1s\"\n"
                          << more;
  }

  RunOutcome tallyctl(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {binary("tallyctl"), "--config", config.string()});
    RunOutcome outcome = run(arguments);
    written += outcome.output;
    return outcome;
  }

  RunOutcome add(const std::string& key, const std::string& ref = "sim") {
    const std::filesystem::path file = directory / "credential.json";
    write_private(file, R"({"api_key": ")" + key + "\"}");
    RunOutcome outcome = tallyctl({"credential", "add", "shadeform", "--ref", ref, "--file", file.string()});
    std::filesystem::remove(file);
    return outcome;
  }

  [[nodiscard]] Vault open_vault() const {
    return {VaultLock(state, 5s), VaultKey::parse(text_of(key_file), key_file)};
  }

  [[nodiscard]] std::vector<std::string> daemon() const { return {binary("tallyd"), "--config", config.string()}; }

  void await(const std::string& condition) const { await_catalog(state, condition); }
};

const std::string fresh = "EXISTS (SELECT 1 FROM credentials WHERE credential = 'sim' AND health = 'fresh')";
const std::string refused = "EXISTS (SELECT 1 FROM sync_states WHERE last_error_kind = 'auth')";

}  // namespace

TEST_CASE("a credential is added before the first start, checked, rotated and removed without a restart",
          "[daemon][vault]") {
  ShadeformCloud cloud(second_key);
  Site site(cloud.endpoint());
  CHECK_THAT(site.add(first_key).output, Catch::Contains("vault init"));
  REQUIRE(site.tallyctl({"vault", "init"}).exit_code == 0);
  CHECK(site.tallyctl({"vault", "init"}).exit_code != 0);
  REQUIRE(site.add(first_key).exit_code == 0);

  Process daemon(site.daemon());
  daemon.read_until("syncing 1 credential");
  site.await(refused);
  const RunOutcome bad = site.tallyctl({"credential", "check", "sim"});
  CHECK(bad.exit_code == 1);
  CHECK_THAT(bad.output, Catch::Contains("cannot") && Catch::Contains("auth"));

  const RunOutcome rotated = site.add(second_key);
  CHECK(rotated.exit_code == 0);
  CHECK_THAT(rotated.output, Catch::Contains("replaced") && Catch::Contains("in force"));
  site.await(fresh);
  const RunOutcome good = site.tallyctl({"credential", "check", "sim", "-o", "json"});
  CHECK(good.exit_code == 0);
  CHECK(boost::json::parse(good.output).at("is_accepted").as_bool());

  CHECK(site.tallyctl({"credential", "rekey"}).exit_code == 0);
  CHECK_THAT(site.tallyctl({"credential", "list"}).output, Catch::Contains("sim") && Catch::Contains("shadeform"));

  site.await("EXISTS (SELECT 1 FROM instances WHERE is_ended = 0)");
  const RunOutcome kept = site.tallyctl({"credential", "remove", "sim"});
  CHECK(kept.exit_code == 1);
  CHECK_THAT(kept.output, Catch::Contains("--force"));
  CHECK(site.tallyctl({"credential", "remove", "sim", "--force"}).exit_code == 0);
  CHECK_THAT(site.tallyctl({"credential", "list"}).output, Catch::Contains("removed"));
  site.await("(SELECT is_read_only FROM credentials)");

  const std::filesystem::path proc = "/proc/" + std::to_string(daemon.pid());
  const std::string seen_by_others = text_of(proc / "cmdline") + text_of(proc / "environ");
  daemon.signal(SIGTERM);
  const std::string log = daemon.read_all() + seen_by_others;
  CHECK(daemon.wait() == 0);
  // The secrets are found nowhere.
  for (const std::string& canary : {std::string(first_key), std::string(second_key)}) {
    CHECK(log.find(canary) == std::string::npos);
    CHECK(site.written.find(canary) == std::string::npos);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(site.directory / "")) {
      if (entry.is_regular_file()) {
        INFO(entry.path());
        CHECK(text_of(entry.path()).find(canary) == std::string::npos);
      }
    }
  }
}

TEST_CASE("a check that a slow provider draws out is waited for", "[daemon][vault]") {
  ShadeformCloud cloud(first_key, "0", "0");
  Site site(cloud.endpoint());
  REQUIRE(site.tallyctl({"vault", "init"}).exit_code == 0);
  REQUIRE(site.add(first_key).exit_code == 0);
  Process daemon(site.daemon());
  site.await(fresh);
  // Types and instances are two steps: together longer than the daemon lets a client wait for one answer.
  command(cloud, "fault", {{"kind", "latency"}, {"path", "/instances"}, {"ms", 5000}, {"count", 1000}});
  const RunOutcome checked = site.tallyctl({"credential", "check", "sim"});
  INFO(checked.output);
  CHECK(checked.exit_code == 0);
  CHECK_THAT(checked.output, Catch::Contains(": accepted"));
}

TEST_CASE("a private SSH key is kept in the vault, rotated and removed, and is no credential", "[daemon][vault]") {
  ShadeformCloud cloud(first_key, "0");
  Site site(cloud.endpoint());
  REQUIRE(site.tallyctl({"vault", "init"}).exit_code == 0);
  REQUIRE(site.add(first_key).exit_code == 0);
  site.write_config(cloud.endpoint(), "[credential.ssh]\nprobe = false\nkey = \"fleet\"\n");
  const std::filesystem::path key = site.directory / "fleet";
  const std::filesystem::path pass = site.directory / "pass";
  make_ssh_key(key, "canary-right");
  const auto add_key = [&](const std::string& passphrase) {
    std::ofstream(pass) << passphrase << '\n';
    chmod(pass.c_str(), 0600);
    return site.tallyctl(
        {"credential", "add", "ssh", "--ref", "fleet", "--key", key.string(), "--passphrase-file", pass.string()});
  };
  const auto check_config = [&site] {
    return run({binary("tallyd"), "--config", site.config.string(), "--check-config"});
  };
  const RunOutcome keyless = check_config();
  CHECK(keyless.exit_code == 78);
  CHECK_THAT(keyless.output, Catch::Contains("tallyctl credential add ssh --ref fleet"));
  REQUIRE(add_key("canary-right").exit_code == 0);
  CHECK(check_config().exit_code == 0);
  CHECK_THAT(site.tallyctl({"credential", "list"}).output, Catch::Contains("fleet") && Catch::Contains("ssh"));
  const RunOutcome checked = site.tallyctl({"credential", "check", "fleet"});
  CHECK(checked.exit_code == 64);
  CHECK_THAT(checked.output, Catch::Contains("is an SSH key"));
  CHECK(site.add(second_key, "fleet").exit_code == 65);

  Process daemon(site.daemon());
  daemon.read_until("syncing 1 credential");
  const RunOutcome wrong = add_key("canary-wrong");
  CHECK(wrong.exit_code == 1);
  CHECK_THAT(wrong.output, Catch::Contains("not in force") && Catch::Contains("ssh.key: the vault's fleet: ") &&
                               Catch::Contains("the passphrase is wrong"));
  CHECK(add_key("canary-right").exit_code == 0);
  CHECK(site.tallyctl({"credential", "rekey"}).exit_code == 0);
  site.write_config(cloud.endpoint());
  CHECK(site.tallyctl({"credential", "remove", "fleet"}).exit_code == 0);
  CHECK(Vault::list(site.state, 5s).size() == 1);
  daemon.signal(SIGTERM);
  CHECK_THAT(daemon.read_all() + site.written, !Catch::Contains("canary-"));
  CHECK(daemon.wait() == 0);
}

TEST_CASE("an SSH key as JSON keeps its line breaks, and only ssh takes one", "[daemon][vault]") {
  Site site("http://127.0.0.1:9/api/v1");
  REQUIRE(site.tallyctl({"vault", "init"}).exit_code == 0);
  const std::filesystem::path key = site.directory / "fleet";
  make_ssh_key(key, "");
  const std::filesystem::path json = site.directory / "fleet.json";
  std::ofstream(json) << boost::json::serialize(boost::json::object{{"private_key", text_of(key)}});
  chmod(json.c_str(), 0600);
  CHECK(site.tallyctl({"credential", "add", "ssh", "--ref", "fleet", "--file", json.string()}).exit_code == 0);
  const std::vector<StoredCredential> stored = site.open_vault().open_all().credentials;
  REQUIRE(stored.size() == 1);
  CHECK(stored.at(0).fields.at("private_key").reveal() == text_of(key));
  CHECK(site.tallyctl({"credential", "add", "shadeform", "--ref", "sim", "--key", key.string()}).exit_code == 64);
  chmod(key.c_str(), 0644);
  const RunOutcome open = site.tallyctl({"credential", "add", "ssh", "--ref", "fleet", "--key", key.string()});
  CHECK(open.exit_code == 77);
  CHECK_THAT(open.output, Catch::Contains("chmod 600"));
}

TEST_CASE("a removed credential is forgotten once nothing of it runs any more", "[daemon][vault]") {
  ShadeformCloud cloud(first_key, "0");
  Site site(cloud.endpoint());
  REQUIRE(site.tallyctl({"vault", "init"}).exit_code == 0);
  REQUIRE(site.add(first_key).exit_code == 0);
  {
    Vault vault = site.open_vault();
    StoredCredential tombstone = vault.open_all().credentials.at(0);
    tombstone.is_removed = true;
    vault.put(tombstone, Timestamp(1ms));
  }
  Process daemon(site.daemon());
  site.await("EXISTS (SELECT 1 FROM sync_states WHERE syncer = 'instances' AND last_success_at_ms IS NOT NULL)");
  site.await("EXISTS (SELECT 1 FROM credentials WHERE health = 'removed')");
  CHECK(Vault::list(site.state, 5s).empty());
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
}

TEST_CASE("a bad configuration keeps the one in force and says why", "[daemon][vault]") {
  ShadeformCloud cloud(first_key, "12", "0");  // stands still, so that two credentials see the same
  Site site(cloud.endpoint());
  REQUIRE(site.tallyctl({"vault", "init"}).exit_code == 0);
  REQUIRE(site.add(first_key).exit_code == 0);
  Process daemon(site.daemon());
  site.await(fresh);
  site.write_config(cloud.endpoint(), "colour = 1\n");
  daemon.signal(SIGHUP);
  CHECK_THAT(daemon.read_until("is kept"), Catch::Contains("colour"));
  site.await("NOT EXISTS (SELECT 1 FROM credentials WHERE removed_at_ms IS NOT NULL)");
  // A second credential of the same account, by SIGHUP: both are told of each other.
  site.write_config(cloud.endpoint(), "[[credential]]\nref = \"twin\"\nprovider = \"shadeform\"\nendpoint = \"" +
                                          cloud.endpoint() + "\"\ninstance_interval = \"1s\"\n");
  REQUIRE(site.add(first_key, "twin").exit_code == 0);
  site.await("(SELECT count(*) FROM events WHERE kind = 'same_tenant') = 2");
  site.await("(SELECT count(*) FROM credentials WHERE health = 'fresh') = 2");
  site.await(
      "(SELECT sum(instances) FROM burns WHERE scope = 'tenant') = (SELECT count(*) FROM instances WHERE "
      "credential = 'sim' AND is_ended = 0 AND status <> 'stopped')");
  // Gone again.
  site.write_config(cloud.endpoint());
  REQUIRE(site.tallyctl({"credential", "remove", "twin", "--force"}).exit_code == 0);
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
}

TEST_CASE("a credential that operations need is not removed by the way", "[daemon][vault]") {
  Site site("http://127.0.0.1:9/api/v1");
  REQUIRE(site.tallyctl({"vault", "init"}).exit_code == 0);
  site.add(first_key);
  {
    Catalog catalog(site.state / "catalog.db");
    CredentialRecord record;
    record.ref = CredentialRef("sim");
    record.provider_id = "shadeform";
    catalog.set_credentials({record}, Timestamp(1h));
    JournalChanges changes;
    changes.at = Timestamp(1h);
    OperationRecord& create = changes.operations.emplace_back();
    create.id = "op-1";
    create.credential = record.ref;
    create.state = OperationState::unknown;
    catalog.apply(record.ref, changes);
  }
  const RunOutcome kept = site.tallyctl({"credential", "remove", "sim"});
  CHECK(kept.exit_code == 1);
  CHECK_THAT(kept.output, Catch::Contains("1 operation(s) go on") && Catch::Contains("--force"));
  site.tallyctl({"credential", "remove", "sim", "--force"});
  CHECK_THAT(site.tallyctl({"credential", "list"}).output, Catch::Contains("removed"));
}

TEST_CASE("a vault that cannot be opened stops the start with every reason, and nothing is lost", "[daemon][vault]") {
  Site site("http://127.0.0.1:9/api/v1");
  REQUIRE(site.tallyctl({"vault", "init"}).exit_code == 0);
  REQUIRE(site.add(first_key).exit_code == 0);
  const std::string vault = text_of(site.state / "vault.db");
  const std::string key = text_of(site.key_file);
  const auto start = [&site] {
    Process daemon(site.daemon());
    const std::string output = daemon.read_all();
    return RunOutcome{daemon.wait(), output};
  };

  SECTION("the key is missing") {
    std::filesystem::remove(site.key_file);
    const RunOutcome outcome = start();
    CHECK(outcome.exit_code == 78);
    CHECK_THAT(outcome.output, Catch::Contains(site.key_file.string()) &&
                                   Catch::Contains("put the key back from its backup") &&
                                   !Catch::Contains("vault init"));
  }
  SECTION("the key may be read by others") {
    chmod(site.key_file.c_str(), 0644);
    CHECK_THAT(start().output, Catch::Contains("chmod 600"));
  }
  SECTION("it is another key") {
    write_private(site.key_file, std::string(VaultKey::make().base64().reveal()));
    const RunOutcome outcome = start();
    CHECK(outcome.exit_code == 65);
    CHECK_THAT(outcome.output, Catch::Contains("sim") && Catch::Contains("put that key back"));
    CHECK(site.add(second_key, "other").exit_code == 65);
    CHECK(site.tallyctl({"credential", "rekey"}).exit_code == 65);
    std::ofstream(site.key_file) << key;
  }
  SECTION("the file is damaged") {
    std::ofstream(site.state / "vault.db") << std::string(9000, 'z');
    const RunOutcome outcome = start();
    CHECK(outcome.exit_code == 65);
    CHECK_THAT(outcome.output, Catch::Contains("vault.db"));
    CHECK(text_of(site.state / "vault.db") == std::string(9000, 'z'));
    return;
  }
  CHECK(text_of(site.state / "vault.db") == vault);
}

TEST_CASE("no new key is made while the vault holds what the missing one sealed", "[daemon][vault]") {
  Site site("http://127.0.0.1:9/api/v1");
  REQUIRE(site.tallyctl({"vault", "init"}).exit_code == 0);
  REQUIRE(site.add(first_key).exit_code == 0);
  const std::string key = text_of(site.key_file);
  const std::string vault = text_of(site.state / "vault.db");
  std::filesystem::remove(site.key_file);
  const std::vector<std::string> making = GENERATE(values<std::vector<std::string>>({{"vault", "init"}, {"init"}}));
  const RunOutcome refusal = site.tallyctl(making);
  CHECK(refusal.exit_code == 65);
  CHECK_THAT(refusal.output, Catch::Contains(site.key_file.string()) &&
                                 Catch::Contains("put the key back from its backup") &&
                                 Catch::Contains("move the vault away") && Catch::Contains("no key was made"));
  CHECK_THAT(site.add(second_key).output, Catch::Contains("put the key back") && !Catch::Contains("vault init"));
  CHECK_FALSE(std::filesystem::exists(site.key_file));
  CHECK(text_of(site.state / "vault.db") == vault);

  SECTION("the key is put back") {
    write_private(site.key_file, key);
    CHECK(site.open_vault().open_all().credentials.size() == 1);
  }
  SECTION("the vault is moved away") {
    std::filesystem::rename(site.state / "vault.db", site.directory / "vault.db");
    CHECK(site.tallyctl(making).exit_code == 0);
    CHECK(site.add(second_key).exit_code == 0);
  }
}

TEST_CASE("a vault that holds nothing yet may get another key", "[daemon][vault]") {
  Site site("http://127.0.0.1:9/api/v1");
  REQUIRE(site.tallyctl({"init"}).exit_code == 0);
  REQUIRE(std::filesystem::exists(site.state / "vault.db"));
  std::filesystem::remove(site.key_file);
  CHECK_THAT(site.add(first_key).output, Catch::Contains("vault init"));
  CHECK(site.tallyctl({"vault", "init"}).exit_code == 0);
  CHECK(site.add(first_key).exit_code == 0);
}

TEST_CASE("a change of keys that was cut off is finished, whichever way it had gone", "[daemon][vault]") {
  Site site("http://127.0.0.1:9/api/v1");
  REQUIRE(site.tallyctl({"vault", "init"}).exit_code == 0);
  REQUIRE(site.add(first_key).exit_code == 0);
  const std::filesystem::path next = site.key_file.string() + ".next";
  const VaultKey new_key = VaultKey::make();
  std::ofstream(next) << new_key.base64().reveal();
  chmod(next.c_str(), 0600);
  const bool was_sealed = GENERATE(false, true);
  if (was_sealed) {
    site.open_vault().rekey(new_key, Timestamp(1ms));
  }
  CHECK(site.add(second_key, "other").exit_code == 0);
  CHECK_FALSE(std::filesystem::exists(next));
  CHECK((VaultKey::parse(text_of(site.key_file), "key").id() == new_key.id()) == was_sealed);
  CHECK(site.open_vault().open_all().credentials.size() == 2);
}

TEST_CASE("every problem of a credential is named and none of its values", "[daemon][vault]") {
  Site site("http://127.0.0.1:9/api/v1");
  REQUIRE(site.tallyctl({"vault", "init"}).exit_code == 0);
  const std::filesystem::path file = site.directory / "credential.json";
  std::ofstream(file) << R"({"api_kye": "canary-4711", "secret": "canary-4711"})";
  chmod(file.c_str(), 0600);
  const RunOutcome outcome = site.tallyctl({"credential", "add", "lambda", "--ref", "sim", "--file", file.string()});
  CHECK(outcome.exit_code == 65);
  CHECK_THAT(outcome.output, Catch::Contains("is \"api_key\" meant?") && Catch::Contains("secret") &&
                                 Catch::Contains("is missing") && !Catch::Contains("4711"));
  CHECK(site.tallyctl({"credential", "add", "lambda", "--ref", "Sim", "--file", file.string()}).exit_code == 64);
  CHECK(site.tallyctl({"credential", "add", "lamda", "--ref", "sim", "--file", file.string()}).exit_code == 64);
  CHECK(site.tallyctl({"credential", "remove", "sim"}).exit_code == 1);
  CHECK(Vault::list(site.state, 5s).empty());
}

}  // namespace tally::vault_test
