// The pure parts, and the shell's word on those that are for it.
#include "ssh/text.hpp"

#include <catch2/catch.hpp>
#include <cstdio>

#include "ssh/algorithms.hpp"
#include "ssh/authorized_key.hpp"
#include "ssh/host_key.hpp"
#include "tests/ssh/support/servers.hpp"

namespace tally::text_test {
using namespace tally::fakes;

namespace {

/// What `line` prints when sh runs it with `input`.
std::string from_shell(const std::string& line, const std::string& input = "") {
  const TemporaryDirectory directory;
  write_file(directory / "line", line);
  write_file(directory / "input", input);
  FILE* pipe = popen(
      ("sh " + (directory / "line").string() + " <" + (directory / "input").string() + " 2>&1; echo \"=$?\"").c_str(),
      "r");
  std::string output;
  char buffer[4096];
  while (const std::size_t size = fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, size);
  pclose(pipe);
  return output;
}

const std::string written = "\nmark-begin\n\nmark-end\n=0\n";

std::string all_bytes() {
  std::string bytes;
  for (int i = 1; i < 256; ++i) bytes += static_cast<char>(i);
  return bytes;
}

}  // namespace

TEST_CASE("a quoted word reaches a program as it is, whatever bytes it holds", "[ssh]") {
  for (const std::string& word : {std::string("plain"), std::string(), std::string("it's"), std::string("''"),
                                  std::string("$(reboot) `x` \\ \" ! * ~ \n"), all_bytes()}) {
    CHECK(from_shell("printf %s " + shell_quote(word)) == word + "=0\n");
  }
}

TEST_CASE("a script may hold quotes of every kind", "[ssh]") {
  CHECK(from_shell(shell_script("printf '%s' \"it's $((1 + 1))\"")) == "it's 2=0\n");
}

TEST_CASE("an uploaded file has its content and its mode, whatever its name", "[ssh]") {
  const TemporaryDirectory directory;
  const std::string content("a\0b\r\n'c", 8);
  SshFile file;
  file.content = content;
  file.mode = 0640;
  for (const std::string name : {"plain", "it's $HOME `here`", "-n", " ", "new\nline"}) {
    file.path = (directory / name).string();
    CHECK(from_shell(upload_line(file, "mark"), content) == written);
    CHECK(text_of(directory / name) == content);
    struct stat status{};
    stat(file.path.c_str(), &status);
    CHECK((status.st_mode & 07777U) == 0640U);
  }
}

TEST_CASE("an upload that is cut off leaves the old file and nothing else", "[ssh]") {
  const TemporaryDirectory directory;
  write_file(directory / "file", "old");
  SshFile file;
  file.path = (directory / "file").string();
  file.content = "new content";
  CHECK(from_shell(upload_line(file, "mark"), "new con") == "the content was cut off\n=1\n");
  CHECK(text_of(directory / "file") == "old");
  CHECK(std::distance(std::filesystem::directory_iterator(directory.path()), {}) == 1);
}

TEST_CASE("an upload replaces a link but no directory", "[ssh]") {
  const TemporaryDirectory directory;
  write_file(directory / "other", "other");
  std::filesystem::create_symlink(directory / "other", directory / "link");
  std::filesystem::create_directory(directory / "directory");
  SshFile file;
  file.content = "new";
  file.path = (directory / "link").string();
  CHECK(from_shell(upload_line(file, "mark"), "new") == written);
  CHECK(text_of(directory / "link") == "new");
  CHECK(text_of(directory / "other") == "other");
  file.path = (directory / "directory").string();
  CHECK(from_shell(upload_line(file, "mark"), "new").find("is a directory\n=1\n") != std::string::npos);
  CHECK(std::filesystem::is_empty(directory / "directory"));
}

TEST_CASE("only algorithms of the expected keys are asked for", "[ssh]") {
  CHECK(host_key_algorithms({}) == key_algorithms);
  CHECK(host_key_algorithms({{"ssh-rsa", "SHA256:x", ""}}) == "rsa-sha2-512,rsa-sha2-256");
  CHECK(host_key_algorithms({{"ssh-rsa", "SHA256:x", ""}, {"ssh-ed25519", "SHA256:y", ""}}) ==
        "ssh-ed25519,rsa-sha2-512,rsa-sha2-256");
  CHECK(host_key_algorithms({{"ssh-dss", "SHA256:x", ""}}).empty());
  CHECK(std::string(key_algorithms).find("ssh-rsa") == std::string::npos);
}

TEST_CASE("a public key is checked before it is given to a machine", "[ssh]") {
  const TemporaryDirectory directory;
  for (const std::string type : {"ed25519", "rsa", "ecdsa"}) {
    std::string line = text_of(make_key(directory, type, type) + ".pub");
    line.pop_back();
    CHECK(read_authorized_key(line));
    CHECK(read_authorized_key(line)->fingerprint.rfind("SHA256:", 0) == 0);
    CHECK_FALSE(read_authorized_key(line + "\nssh-ed25519 AAAA"));
    CHECK_FALSE(read_authorized_key(line.substr(0, 40)));
    CHECK_FALSE(read_authorized_key("no-pty " + line));
  }
  CHECK_FALSE(read_authorized_key(""));
  CHECK_FALSE(read_authorized_key("ssh-ed25519"));
  CHECK_FALSE(read_authorized_key("ssh-ed25519 !!!!"));
  const auto secret = read_authorized_key(text_of(directory / "rsa"));
  REQUIRE_FALSE(secret);
  CHECK(secret.error().message == "this is a private key; the public half was asked for");
}

TEST_CASE("an expected key is known by type and fingerprint", "[ssh]") {
  const HostKey key{"ssh-ed25519", "SHA256:abc", ""};
  CHECK(is_expected(key, {{"ssh-rsa", "SHA256:xyz", ""}, key}));
  CHECK_FALSE(is_expected(key, {}));
  CHECK_FALSE(is_expected(key, {{"ssh-ed25519", "SHA256:abd", ""}}));
  CHECK_FALSE(is_expected(key, {{"ssh-ed25519", "", ""}}));
  CHECK_FALSE(is_expected(key, {{"ssh-rsa", "SHA256:abc", ""}}));
}

}  // namespace tally::text_test
