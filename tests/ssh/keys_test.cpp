// Every kind and format of private key, against a real sshd.
#include <catch2/catch.hpp>

#include "ssh/private_key.hpp"
#include "ssh/ssh_prober.hpp"
#include "tests/fakes/await.hpp"
#include "tests/ssh/support/call.hpp"
#include "tests/ssh/support/servers.hpp"

namespace tally::keys_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

struct Kind {
  std::string name;
  std::string type;  // as ssh-keygen -t takes it
  std::string format;
};
const std::vector<Kind> kinds{{"ed25519", "ed25519", "OpenSSH"},          {"rsa", "rsa -b 3072", "OpenSSH"},
                              {"ecdsa256", "ecdsa -b 256", "OpenSSH"},    {"ecdsa384", "ecdsa -b 384", "OpenSSH"},
                              {"ecdsa521", "ecdsa -b 521", "OpenSSH"},    {"rsa-pem", "rsa -m PEM", "PKCS#1"},
                              {"ecdsa-pem", "ecdsa -m PEM", "SEC 1"},     {"rsa-pkcs8", "rsa -m PKCS8", "PKCS#8"},
                              {"ecdsa-pkcs8", "ecdsa -m PKCS8", "PKCS#8"}};

/// ssh-keygen writes no PKCS#8 for Ed25519; openssl does. Its public half comes from public_half.
std::string make_pkcs8_ed25519(const TemporaryDirectory& directory, const std::string& passphrase) {
  std::string path = (directory / "ed25519-pkcs8").string();
  const std::string encryption = passphrase.empty() ? "" : " -aes256 -pass 'pass:" + passphrase + "'";
  shell("openssl genpkey -algorithm ed25519 -out " + path + encryption);
  return path;
}

}  // namespace

TEST_CASE("every kind of key logs in, encrypted or not", "[ssh]") {
  const std::string passphrase = GENERATE(as<std::string>(), "", "correct horse");
  const Home home;
  Sshd sshd(home);
  SshProber prober;
  SshTarget target = sshd.target();
  std::vector<std::string> paths;
  for (const Kind& kind : kinds) paths.push_back(make_key(home.directory, kind.name, kind.type, passphrase));
  paths.push_back(make_pkcs8_ed25519(home.directory, passphrase));
  for (const std::string& path : paths) {
    target.key = load_key(path, passphrase);
    const auto half = public_half(*target.key);
    INFO(path << (half ? "" : ": " + half.error().message));
    REQUIRE(half);
    home.allow(half->type + " " + half->public_key + "\n");
    const SshReport report = call(prober.probe(target, longest_wait));
    INFO((report.failure ? report.failure->message : "") << sshd.log());
    CHECK_FALSE(report.failure);
    CHECK(report.stage == SshStage::auth);
  }
}

TEST_CASE("a key that cannot be used is told early and by the contact, without a secret", "[ssh]") {
  const Home home;
  Sshd sshd(home);
  SshProber prober;
  const std::string words = "correct horse";
  for (const Kind& kind : kinds) {
    const std::string path = make_key(home.directory, kind.name, kind.type, words);
    for (const std::string& given : {std::string(), std::string("battery staple")}) {
      SshTarget target = sshd.target();
      target.key = load_key(path, given);
      const auto half = public_half(*target.key);
      REQUIRE_FALSE(half);
      CHECK(half.error().kind == Errc::invalid_request);
      CHECK(half.error().message.find(given.empty() ? "no passphrase was given" : "the passphrase is wrong") !=
            std::string::npos);
      const SshReport report = call(prober.probe(target, longest_wait));
      REQUIRE(report.failure);
      CHECK(report.failure->stage == SshStage::auth);
      CHECK(report.failure->message == half.error().message);
      CHECK(report.failure->message.find("battery") == std::string::npos);
    }
  }
}

TEST_CASE("what is no private key is told", "[ssh]") {
  const Home home;
  const auto message = [](const std::string& text) { return public_half({Secret(text), Secret()}).error().message; };
  CHECK(message("").find("is none") != std::string::npos);
  CHECK(message("ssh-ed25519 AAAA x").find("is none") != std::string::npos);
  CHECK(message(text_of(home.directory / "client.pub")).find("is none") != std::string::npos);
  std::string damaged = text_of(home.directory / "client");
  damaged.replace(damaged.size() / 2, 8, "!!!!!!!!");
  CHECK(message(damaged).find("damaged") != std::string::npos);
  CHECK(message(damaged.substr(0, damaged.size() / 2)).find("damaged") != std::string::npos);
  shell("openssl genpkey -algorithm x25519 -out " + (home.directory / "x25519").string());
  CHECK(message(text_of(home.directory / "x25519")).find("not supported") != std::string::npos);
}

TEST_CASE("an encrypted key is decrypted once for many contacts, and forgotten with its text", "[ssh]") {
  const Home home;
  PrivateKeys keys;
  const auto key = load_key(make_key(home.directory, "key", "ed25519", "words"), "words");
  const auto first = keys.get(key);
  REQUIRE(first);
  REQUIRE(*first != nullptr);
  CHECK(*keys.get(key) == *first);
  const auto wrong = load_key((home.directory / "key").string(), "other");
  CHECK_FALSE(keys.get(wrong));
  CHECK(*keys.get(key) == *first);
}

TEST_CASE("a key that the server does not know is refused, and the user named", "[ssh]") {
  const Home home;
  Sshd sshd(home);
  SshProber prober;
  SshTarget target = sshd.target();
  target.key = load_key(make_key(home.directory, "other", "ed25519"));
  const SshReport report = call(prober.probe(target, longest_wait));
  REQUIRE(report.failure);
  CHECK(report.failure->stage == SshStage::auth);
  CHECK(report.failure->message.find("key refused for user \"" + target.user + "\"") == 0);
  CHECK(report.host_key->fingerprint == sshd.fingerprint());
  target.key = home.key;
  target.user = "nobody-of-that-name";
  CHECK(call(prober.probe(target, longest_wait)).failure->stage == SshStage::auth);
}

TEST_CASE("a server that wants a second factor is told apart", "[ssh]") {
  const Home home;
  SshdOptions options;
  options.config = "AuthenticationMethods publickey,publickey\n";
  Sshd sshd(home, options);
  SshProber prober;
  const SshReport report = call(prober.probe(sshd.target(), longest_wait));
  REQUIRE(report.failure);
  CHECK(report.failure->stage == SshStage::auth);
  CHECK(report.failure->message.find("more than this key") != std::string::npos);
}

TEST_CASE("a command without a key fails at auth", "[ssh]") {
  const Home home;
  Sshd sshd(home);
  SshProber prober;
  SshTarget target = sshd.target();
  target.key = nullptr;
  const SshRun run = call(prober.run(target, command("true")));
  REQUIRE(run.report.failure);
  CHECK(run.report.failure->stage == SshStage::auth);
}

}  // namespace tally::keys_test
