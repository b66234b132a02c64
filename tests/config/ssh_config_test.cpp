// [credential.ssh]: how instances are reached, the key, and what is done on them once.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "config/public_key.hpp"
#include "tests/config/config_site.hpp"

namespace tally::ssh_config_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

const std::string ed25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICnIxiCiikZNVsTUb37vypLEDQjLdx+NJTx8SH4kx+7E";
const std::string ecdsa =
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBPWbdNk6AsFIDJdNYzKfOzW8fPu6HyQLciA1+"
    "JdVtiuZL1ZFsqDJMZLWFzq4qUuzoSpKMYhK0iOxQRXNZ5a8COA=";

// Whether it is a key is not asked here.
const std::string private_key = "-----BEGIN OPENSSH PRIVATE KEY-----\ncanary\n-----END OPENSSH PRIVATE KEY-----\n";

std::string quoted(const std::string& text) { return "\"" + text + "\"\n"; }

struct SshSite : Site {
  /// A credential with a table `ssh` from line 5 on.
  [[nodiscard]] std::string ssh(const std::string& lines) const { return credential("[credential.ssh]\n" + lines); }
  [[nodiscard]] std::string key_file() const { return "key_file = " + quoted(file("fleet", private_key)); }
  [[nodiscard]] std::string bootstrap(const std::string& lines) const {
    return ssh(key_file() + "[[credential.ssh.bootstrap]]\n" + lines);
  }
  [[nodiscard]] CredentialConfig good(const std::string& lines) const {
    const LoadedConfig loaded = load(ssh(lines));
    INFO(lines << (loaded.problems.empty() ? "" : to_text(loaded.problems.front())));
    REQUIRE(loaded.problems.empty());
    return loaded.config.credentials.at(0);
  }
};

StoredCredential record(const std::string& ref, const std::string& provider, SecretFields fields) {
  return {CredentialRef(ref), provider, std::move(fields), false};
}

std::vector<StoredCredential> vault_with_key() {
  SecretFields key;
  key.emplace("private_key", Secret(private_key));
  key.emplace("passphrase", Secret("canary"));
  SecretFields fields;
  fields.emplace("api_key", Secret("canary"));
  return {record("fleet", "ssh", key), record("sealed", "lambda", fields)};
}

std::string problems_of(const LoadedConfig& loaded) {
  std::string text;
  for (const ConfigProblem& problem : loaded.problems) text += to_text(problem) + "\n";
  return text;
}

}  // namespace

TEST_CASE("without a table for SSH instances are probed and nobody logs in", "[config]") {
  const SshSite site;
  const LoadedConfig loaded = site.load(site.credential());
  const SshConfig& ssh = loaded.config.credentials.at(0).ssh;
  CHECK(ssh.is_probed);
  CHECK(ssh.private_key.empty());
  CHECK(ssh.pace == ProbePace());
  CHECK_FALSE(ssh.port);
}

TEST_CASE("a good table for SSH is read", "[config]") {
  const SshSite site;
  const std::string admins =
      site.file("admins", "# of the team\n\n  " + ecdsa + "   two words \r\n\t# more\n" + ed25519 + "\n", 0644);
  const std::string script = site.file("agent.sh", "#!/bin/sh\necho hello\n", 0644);
  const CredentialConfig credential =
      site.good("probe = false\n" + site.key_file() + "passphrase_file = " + quoted(site.file("pass", "canary \n")) +
                "user = \"ubuntu\"\nport = 2222\nfirst_window = \"5m\"\nrecheck_interval = \"1h\"\n" +
                "bastion = \"jump@bastion.example.com:2200\"\nbastion_host_key = " + quoted(ed25519 + " host") +
                "[[credential.ssh.type]]\ntype = \"gpu_8x_h100_sxm5\"\nfirst_window = \"20m\"\n" +
                "[[credential.ssh.bootstrap]]\ntag = \"team=ml=x\"\nadmin_keys = [" + "\"" + ed25519 + "   ops\"]\n" +
                "admin_keys_file = " + quoted(admins) + "[[credential.ssh.bootstrap]]\nscript = " + quoted(script));
  const SshConfig& ssh = credential.ssh;
  const SshSources& sources = credential.ssh_sources;
  CHECK_FALSE(ssh.is_probed);
  CHECK(ssh.private_key.reveal() == private_key);
  CHECK(sources.key_file == site.directory / "fleet");
  CHECK(ssh.passphrase.reveal() == "canary ");
  CHECK(ssh.user == "ubuntu");
  CHECK(ssh.port == 2222);
  CHECK(ssh.pace.first_window == 5min);
  CHECK(ssh.pace.recheck_interval == 1h);
  REQUIRE(ssh.bastion);
  CHECK(ssh.bastion->user == "jump");
  CHECK(ssh.bastion->host == "bastion.example.com");
  CHECK(ssh.bastion->port == 2200);
  CHECK(ssh.bastion->host_key == ed25519);
  REQUIRE(ssh.types.contains("gpu_8x_h100_sxm5"));
  CHECK(ssh.types.at("gpu_8x_h100_sxm5").first_window == 20min);
  CHECK_FALSE(ssh.types.at("gpu_8x_h100_sxm5").recheck_interval);
  REQUIRE(ssh.bootstraps.size() == 2);
  CHECK(ssh.bootstraps.at(0).only_tag == TagSelector{"team", "ml=x"});
  CHECK(ssh.bootstraps.at(0).admin_keys == std::vector<std::string>{ed25519 + " ops", ecdsa + " two words", ed25519});
  CHECK(ssh.bootstraps.at(0).agent_script.empty());
  CHECK_FALSE(ssh.bootstraps.at(1).only_tag);
  CHECK(ssh.bootstraps.at(1).agent_script == "#!/bin/sh\necho hello\n");
  CHECK(sources.scripts == std::vector<std::filesystem::path>{"", script});
}

TEST_CASE("a bastion is user and host, and a port or 22", "[config]") {
  const SshSite site;
  const auto bastion = [&site](const std::string& text) {
    return site.good("bastion = " + quoted(text) + "bastion_host_key = " + quoted(ed25519)).ssh.bastion.value();
  };
  CHECK(bastion("jump@10.0.0.1").port == 22);
  CHECK(bastion("jump@[2001:db8::1]:2200").host == "2001:db8::1");
  CHECK(bastion("jump@[2001:db8::1]:2200").port == 2200);
  CHECK(bastion("jump@[::1]").port == 22);
  CHECK(bastion("jump@corp@host").user == "jump@corp");
  for (const std::string text :
       {"host", "@host", "jump@", "jump@host:", "jump@host:0", "jump@host:65536", "jump@host:x", "jump@2001:db8::1",
        "jump@[::1", "jump@[host]:22", "jump@[::1]22", "jump@[]:22", "jump:canary@host", "-jump@host", "jump@-host",
        "jump@ho st", "jump@host;x"}) {
    INFO(text);
    const std::string problems =
        site.problems(site.ssh("bastion = " + quoted(text) + "bastion_host_key = " + quoted(ed25519)));
    CHECK(problems.find("tallyd.toml:6: credential[1].ssh.bastion: is \"") != std::string::npos);
    CHECK(problems.find("; must be user@host") != std::string::npos);
    CHECK(problems.find("canary") == std::string::npos);
  }
}

TEST_CASE("each wrong value for SSH is a problem that says what to do and shows no secret", "[config]") {
  const SshSite site;
  const std::string key = site.key_file();
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"prob = true\n", "6: credential[1].ssh.prob: unknown key; is \"probe\" meant?"},
      {"probe = 1\n", "6: credential[1].ssh.probe: is 1; must be true or false"},
      {"user = \"\"\n", "6: credential[1].ssh.user: is \"\"; must be the name of a user"},
      {"user = \"-oProxyCommand=x\"\n", "user: is \"-oProxyCommand=x\"; must be the name of a user"},
      {"user = \"a b\"\n", "6: credential[1].ssh.user: is \"a b\"; must be the name of a user"},
      {"port = 0\n", "6: credential[1].ssh.port: is 0; must be from 1 to 65535"},
      {"port = 65536\n", "6: credential[1].ssh.port: is 65536; must be from 1 to 65535"},
      {"port = \"22\"\n", "6: credential[1].ssh.port: is \"22\"; must be a whole number"},
      {"first_window = \"0s\"\n", "6: credential[1].ssh.first_window: is \"0s\"; must be a time"},
      {"recheck_interval = \"1ms\"\n", "6: credential[1].ssh.recheck_interval: is \"1ms\"; must be a time"},
      {"bastion = \"jump@host\"\n", "5: credential[1].ssh.bastion_host_key: is missing"},
      {"bastion_host_key = " + quoted(ed25519), "6: credential[1].ssh.bastion_host_key: is given, but no bastion"},
      {"bastion = \"jump@host\"\nbastion_host_key = " + quoted("host " + ed25519),
       "7: credential[1].ssh.bastion_host_key: is no public key"},
      {"key_file = \"/nonexistent\"\n", "6: credential[1].ssh.key_file: /nonexistent: cannot be read"},
      {"key_file = \"\"\n", "6: credential[1].ssh.key_file: is empty: it must name a file"},
      {"key_file = \"relative\"\n",
       "6: credential[1].ssh.key_file: is a text of 8 characters; is relative, but $CREDENTIALS_DIRECTORY"},
      {"key_file = " + quoted(site.file("empty", "")), "empty: is empty"},
      {"key_file = " + quoted(site.file("open", private_key, 0640)), "others may read it (mode 0640); run: chmod 600"},
      {"passphrase_file = \"/x\"\n", "6: credential[1].ssh.passphrase_file: is given, but no key_file"},
      {key + "passphrase_file = \"/x\"\n", "7: credential[1].ssh.passphrase_file: /x: cannot be read"},
      {key + "passphrase_file = " + quoted(site.file("no-pass", "\n")), "no-pass: is empty"},
      {key + "passphrase_file = " + quoted(site.file("lines", "canary\ncanary\n")), "lines: is more than one line"},
      {key + "passphrase_file = " + quoted(site.file("seen", "canary", 0604)), "seen: others may read it"},
      {key + "key = \"fleet\"\n", "7: credential[1].ssh.key: is given, but key_file, too"},
      {"key = \"fleet\"\n",
       "key: is \"fleet\"; the vault holds no SSH key of this ref; run: tallyctl credential add ssh --ref fleet"},
      {"type = 5\n", "6: credential[1].ssh.type: is 5; must be tables"},
      {"[[credential.ssh.type]]\nfirst_window = \"5m\"\n", "6: credential[1].ssh.type[1].type: is missing"},
      {"[[credential.ssh.type]]\ntype = \"\"\n", "7: credential[1].ssh.type[1].type: is missing"},
      {"[[credential.ssh.type]]\ntype = \"a\"\nfirst_windw = \"5m\"\n", "is \"first_window\" meant?"},
      {"[[credential.ssh.type]]\ntype = \"a\"\nfirst_window = \"0s\"\n",
       "8: credential[1].ssh.type[1].first_window: is \"0s\"; must be a time"},
      {"[[credential.ssh.type]]\ntype = \"a\"\n[[credential.ssh.type]]\ntype = \"a\"\n",
       "9: credential[1].ssh.type[2].type: \"a\" has a table already"},
      {"[[credential.ssh.bootstrap]]\nadmin_keys = [" + ("\"" + ed25519 + "\"]\n"),
       "6: credential[1].ssh.bootstrap: needs key_file or key"},
  };
  for (const auto& [lines, problem] : wrong) {
    INFO(lines);
    const std::string problems = site.problems(site.ssh(lines));
    INFO(problems);
    CHECK(problems.find(problem) != std::string::npos);
    CHECK(std::count(problems.begin(), problems.end(), '\n') == 1);
    CHECK(problems.find("canary") == std::string::npos);
  }
  CHECK(site.problems(site.credential("ssh = 5\n")).find("5: credential[1].ssh: is 5; must be a table") !=
        std::string::npos);
}

TEST_CASE("each wrong bootstrap is a problem that says what to do", "[config]") {
  const SshSite site;
  const std::string keys = "admin_keys = [\"" + ed25519 + "\"]\n";
  const std::string in_file = "admin_keys_file = ";
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"tag = \"a=b\"\n", "script: is missing, and there are no admin keys"},
      {"tag = \"a\"\n" + keys, "tag: is \"a\"; must be a key, = and a value"},
      {"tag = \"=a\"\n" + keys, "tag: is \"=a\"; must be a key, = and a value"},
      {"admin_key = []\n" + keys, "admin_key: unknown key; is \"admin_keys\" meant?"},
      {"admin_keys = \"" + ed25519 + "\"\n", "; must be a list of texts"},
      {"admin_keys = []\n", "script: is missing, and there are no admin keys"},
      {"admin_keys = [\"" + ed25519 + "\", \"canary\"]\n", "admin_keys: key 2 is no public key"},
      {"admin_keys = [\"-----BEGIN OPENSSH PRIVATE KEY----- canary\"]\n", "admin_keys: key 1 is a private key"},
      {in_file + "\"relative\"\n", "admin_keys_file: is \"relative\"; must be a whole path"},
      {in_file + "\"/nonexistent\"\n", "admin_keys_file: /nonexistent: cannot be read"},
      {in_file + quoted(site.file("none", "# nothing\n")), "none: holds no key"},
      {in_file + quoted(site.file("bad", "# one\n" + ed25519 + "\nno-pty " + ed25519 + "\n")),
       "bad:3: is no public key: its type, its base64 and maybe a comment, without options before"},
      {in_file + quoted(site.file("wild", ed25519, 0666)), "wild: everybody may write it (mode 0666); run: chmod o-w"},
      {"script = \"relative\"\n", "script: is \"relative\"; must be a whole path"},
      {"script = \"/nonexistent\"\n", "script: /nonexistent: cannot be read"},
      {"script = " + quoted(site.file("empty.sh", "")), "empty.sh: must begin with #!"},
      {"script = " + quoted(site.file("plain.sh", "echo\n")), "plain.sh: must begin with #!"},
      {"script = " + quoted(site.file("dos.sh", "#!/bin/sh\r\necho\r\n")), "dos.sh: its first line ends in CR LF"},
      {"script = " + quoted(site.file("long.sh", "#!/bin/sh\n" + std::string(262'144, ' '))),
       "long.sh: is larger than 256 KiB"},
      {"script = " + quoted(site.directory.path().string()), "is not a regular file"},
  };
  for (const auto& [lines, problem] : wrong) {
    INFO(lines);
    const std::string problems = site.problems(site.bootstrap(lines));
    INFO(problems);
    CHECK(problems.find(problem) != std::string::npos);
    CHECK(std::count(problems.begin(), problems.end(), '\n') == 1);
    CHECK(problems.find("canary") == std::string::npos);
  }
}

TEST_CASE("a public key is a type, base64 and maybe a comment", "[config]") {
  CHECK(to_text(read_public_key("  " + ed25519 + "  a  b ")) == ed25519 + " a  b");
  CHECK(to_text(read_public_key(ecdsa)) == ecdsa);
  const std::string blob = ed25519.substr(ed25519.find(' ') + 1);
  for (const std::string& line : std::vector<std::string>{
           std::string(), std::string("ssh-ed25519"), blob, "ssh-ed25519 " + blob + "!", "ssh-ed25519 ----",
           "from=\"10.0.0.0/8\" " + ed25519, "host " + ed25519, ed25519 + "\ta", ed25519 + std::string(1, '\0')}) {
    INFO(line);
    CHECK_FALSE(read_public_key(line).problem.empty());
  }
}

TEST_CASE("the key of SSH may be in the vault, where it is no credential", "[config]") {
  const SshSite site;
  const std::vector<StoredCredential> vault = vault_with_key();
  const auto load = [&](const std::string& toml) {
    return load_config(site.file("tallyd.toml", toml), {&lambda()}, {vault});
  };
  const LoadedConfig loaded = load(site.ssh("key = \"fleet\"\n"));
  CHECK(problems_of(loaded) == "");
  REQUIRE(loaded.config.credentials.size() == 2);
  CHECK(loaded.config.credentials.at(1).credential.ref.str() == "sealed");
  const SshConfig& ssh = loaded.config.credentials.at(0).ssh;
  CHECK(ssh.private_key.reveal() == private_key);
  CHECK(ssh.passphrase.reveal() == "canary");
  CHECK(loaded.config.credentials.at(0).ssh_sources.key_ref == "fleet");

  CHECK_THAT(problems_of(load(site.ssh("key = \"sealed\"\n"))),
             Catch::Contains("is no SSH key, but a credential of lambda"));
  CHECK_THAT(problems_of(load(site.ssh("key = \"fleet\"\npassphrase_file = \"/x\"\n"))),
             Catch::Contains("passphrase_file: goes with key_file"));
  CHECK_THAT(problems_of(load("[[credential]]\nref = \"fleet\"\nprovider = \"lambda\"\n")),
             Catch::Contains("ref: \"fleet\" is an SSH key in the vault; rename one of them"));
}

TEST_CASE("a relative key file is looked up where systemd puts it, whatever its bits", "[config]") {
  const SshSite site;
  site.file("fleet", private_key, 0444);
  setenv("CREDENTIALS_DIRECTORY", site.directory.path().c_str(), 1);
  const std::string problems = site.problems(site.ssh("key_file = \"fleet\"\n"));
  unsetenv("CREDENTIALS_DIRECTORY");
  CHECK(problems.empty());
}

TEST_CASE("what is in force for SSH is shown with its origins and without secrets, and can be read again", "[config]") {
  const SshSite site;
  const std::string file = (site.directory / "tallyd.toml").string();
  const std::string admins = site.file("admins", ecdsa + "\n");
  const std::string script = site.file("agent.sh", "#!/bin/sh\n");
  const LoadedConfig loaded =
      site.load(site.ssh(site.key_file() + "passphrase_file = " + quoted(site.file("pass", "canary\n")) +
                         "port = 2222\n" + "bastion = \"jump@[::1]\"\nbastion_host_key = " + quoted(ed25519) +
                         "[[credential.ssh.type]]\ntype = \"a.b\"\nrecheck_interval = \"1h\"\n" +
                         "[[credential.ssh.bootstrap]]\ntag = \"team=ml\"\nadmin_keys = [" + "\"" + ed25519 +
                         "\"]\nadmin_keys_file = " + quoted(admins) + "script = " + quoted(script)));
  REQUIRE(problems_of(loaded) == "");
  const std::string toml = to_toml(loaded.config);
  INFO(toml);
  CHECK(toml.find("canary") == std::string::npos);
  for (const std::string& line : std::vector<std::string>{
           "probe = true  # default\n", "key_file = '" + (site.directory / "fleet").string() + "'  # " + file + ":6\n",
           "port = 2222  # " + file + ":8\n", "bastion = 'jump@[::1]:22'  # " + file + ":9\n",
           "first_window = '600s'  # default\n", "recheck_interval = '3600s'  # " + file + ":13\n",
           "# " + file + ":16, " + admins + ", 2 key(s)\n",
           "script = '" + script + "'  # " + file + ":18, 10 bytes\n"}) {
    CHECK_THAT(toml, Catch::Contains(line));
  }
  const LoadedConfig again = site.load(toml);
  CHECK(problems_of(again) == "");
  CHECK(without_comments(to_toml(again.config)) == without_comments(toml));
}

}  // namespace tally::ssh_config_test
