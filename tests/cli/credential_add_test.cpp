// What becomes of files that cannot be added as credentials; no vault is needed to say so.
#include <sysexits.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/cli/program.hpp"

namespace tally::credential_add_test {
using namespace tally::cli_tests;

namespace {

struct AddSite {
  TemporaryDirectory directory;
  std::filesystem::path file = directory / "secret";

  void write(const std::string& text, unsigned mode = 0600) const {
    std::ofstream(file) << text;
    std::filesystem::permissions(file, std::filesystem::perms(mode));
  }
  [[nodiscard]] Ran json() const { return add({"lambda", "--ref", "new", "--file", file.string()}); }
  [[nodiscard]] Ran key() const { return add({"ssh", "--ref", "new", "--key", file.string()}); }

 private:
  [[nodiscard]] Ran add(std::vector<std::string> words) const {
    words.insert(words.begin(), {"credential", "add"});
    return run(directory.path(), words);
  }
};

}  // namespace

TEST_CASE("a file of secrets that is not there is said to be missing", "[cli]") {
  const AddSite site;
  for (const Ran& ran : {site.json(), site.key()}) {
    CHECK(ran.exit_code == EX_NOINPUT);
    CHECK(ran.err == "tallyctl: " + site.file.string() + ": cannot be read: No such file or directory\n");
  }
}

TEST_CASE("a file of secrets that others may read is not permitted", "[cli]") {
  const AddSite site;
  site.write(R"({"api_key": "a-key"})", 0644);
  for (const Ran& ran : {site.json(), site.key()}) {
    CHECK(ran.exit_code == EX_NOPERM);
    CHECK(ran.err.starts_with("tallyctl: " + site.file.string() + ": others may read it (mode 0644)"));
  }
}

TEST_CASE("a file of secrets with the wrong content is a data error, each problem in a line of its own", "[cli]") {
  const AddSite site;
  site.write(R"({"api_kye": "a-key"})");
  const Ran wrong = site.json();
  CHECK(wrong.exit_code == EX_DATAERR);
  CHECK(wrong.err.starts_with("tallyctl: " + site.file.string() + ": "));
  CHECK(wrong.err.find("\ntallyctl: " + site.file.string() + ": ") != std::string::npos);
  site.write("");
  const Ran empty = site.key();
  CHECK(empty.exit_code == EX_DATAERR);
  CHECK(empty.err == "tallyctl: " + site.file.string() + ": is empty\n");
}

TEST_CASE("a file that was handed over is judged by its content, not by its mode", "[cli]") {
  const AddSite site;
  setenv("CREDENTIALS_DIRECTORY", site.directory.path().c_str(), 1);
  site.write(std::string("\xff\xfe{\0}\0", 6), 0444);
  const Ran utf16 = site.json();
  site.write(std::string((std::size_t{64} << 10U) + 1, 'k'), 0444);
  const Ran large = site.key();
  unsetenv("CREDENTIALS_DIRECTORY");
  CHECK(utf16.exit_code == EX_DATAERR);
  CHECK(large.exit_code == EX_DATAERR);
  CHECK(large.err == "tallyctl: " + site.file.string() + ": is larger than 64 KiB\n");
}

}  // namespace tally::credential_add_test
