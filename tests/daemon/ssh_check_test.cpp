// What is found wrong with the SSH keys of a configuration when it is loaded.
#include "daemon/ssh_check.hpp"

#include <catch2/catch.hpp>

#include "tests/daemon/programs.hpp"
#include "tests/fakes/files.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::ssh_check_test {
using namespace tally::fakes;

namespace {

CredentialConfig credential(const std::string& ref) {
  CredentialConfig entry;
  entry.credential.ref = CredentialRef(ref);
  return entry;
}

const std::string ed25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICnIxiCiikZNVsTUb37vypLEDQjLdx+NJTx8SH4kx+7E";
const std::string security_key =
    "sk-ssh-ed25519@openssh.com "
    "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAICnIxiCiikZNVsTUb37vypLEDQjLdx+NJTx8SH4kx+7EAAAABHNzaDo=";
const std::string cut_off = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICnIxiCiikZNVsTUb37vypLE";

}  // namespace

TEST_CASE("a private key that its passphrase does not open is a problem of each credential that uses it", "[daemon]") {
  const TemporaryDirectory directory;
  make_ssh_key(directory / "fleet", "canary-right");
  Config config;
  for (const char* ref : {"one", "two"}) {
    CredentialConfig entry = credential(ref);
    entry.ssh.private_key = Secret(text_of(directory / "fleet"));
    entry.ssh_sources.key_file = "/etc/tallyd/ssh/fleet";
    entry.origins["ssh.key_file"] = std::string(ref) + ".toml:7";
    config.credentials.push_back(entry);
  }
  const std::string fault = "ssh.key_file: /etc/tallyd/ssh/fleet: the private key is encrypted and no passphrase";
  const std::vector<std::string> problems = ssh_problems(config);
  REQUIRE(problems.size() == 2);
  CHECK_THAT(problems.at(0), Catch::StartsWith("one.toml:7: credential one: " + fault));
  CHECK_THAT(problems.at(1), Catch::StartsWith("two.toml:7: credential two: " + fault));

  for (CredentialConfig& entry : config.credentials) entry.ssh.passphrase = Secret("canary-right");
  CHECK(ssh_problems(config).empty());
  // The same file with another passphrase is read for itself.
  config.credentials.at(1).ssh_sources.passphrase_file = "/etc/tallyd/ssh/wrong";
  config.credentials.at(1).ssh.passphrase = Secret("canary-wrong");
  REQUIRE(ssh_problems(config).size() == 1);
  CHECK_THAT(ssh_problems(config).at(0),
             Catch::Contains("credential two") && Catch::Contains("passphrase is wrong") && !Catch::Contains("canary"));
}

TEST_CASE("a public key that the SSH library does not take is a problem", "[daemon]") {
  Config config;
  CredentialConfig entry = credential("prod");
  entry.ssh.bastion = BastionConfig{"jump", "host", 22, ed25519};
  entry.ssh.bootstraps.resize(2);
  entry.ssh.bootstraps.at(1).admin_keys = {ed25519 + " ops", security_key};
  config.credentials = {entry};
  CHECK(ssh_problems(config).empty());

  config.credentials.at(0).ssh.bootstraps.at(1).admin_keys.push_back(cut_off);
  config.credentials.at(0).ssh.bastion->host_key = security_key;
  const std::vector<std::string> problems = ssh_problems(config);
  REQUIRE(problems.size() == 2);
  CHECK(problems.at(0) == "credential prod: ssh.bastion_host_key: no host key of this type is accepted");
  CHECK_THAT(problems.at(1), Catch::StartsWith("credential prod: ssh.bootstrap[2].admin_keys: "));
  const std::string blob = ed25519.substr(ed25519.find(' ') + 1);
  for (const std::string& line : std::vector<std::string>{cut_off, "ssh-rsa " + blob, "ssh-ed25519 " + blob.substr(1),
                                                          "ssh-ed25519 AAAA", "ssh-ed25519 /////w=="}) {
    INFO(line);
    config.credentials.at(0).ssh.bastion->host_key = line;
    CHECK_THAT(ssh_problems(config).at(0), Catch::Contains("is no public key"));
  }
}

}  // namespace tally::ssh_check_test
