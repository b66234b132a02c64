#include "config/config.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/config/config_site.hpp"
#include "tests/fakes/files.hpp"

namespace tally::config_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

TEST_CASE("a good configuration is read, with the provider's defaults", "[config]") {
  const Site site;
  const LoadedConfig loaded = site.load("state_dir = \"/srv/tally\"\n[log]\nlevel = \"debug\"\nformat = \"json\"\n" +
                                        site.credential("instance_interval = \"7s\"\nstable_ids = [\"a\", \"b\"]\n"));
  REQUIRE(loaded.problems.empty());
  CHECK(loaded.config.state_dir == "/srv/tally");
  CHECK(loaded.config.log.level == LogLevel::debug);
  CHECK(loaded.config.log.format == LogFormat::json);
  const CredentialConfig& entry = loaded.config.credentials.at(0);
  CHECK(entry.credential.ref.str() == "prod");
  CHECK(entry.credential.fields.at("api_key").reveal() == "canary");
  CHECK(entry.credential.endpoint == "https://cloud.lambda.ai/api/v1");
  CHECK(entry.instance_type_interval == 300s);
  CHECK(entry.instance_interval == 7s);
  CHECK(entry.stable_ids.size() == 2);
}

TEST_CASE("each wrong value is a problem that says what to do", "[config]") {
  const Site site;
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"instance_interval = \"0s\"\n", "instance_interval: is \"0s\"; must be a time"},
      {"instance_interval = \"5\"\n", "instance_interval: is \"5\"; must be a time"},
      {"instance_interval = \"1.5s\"\n", "instance_interval: is \"1.5s\"; must be a time"},
      {"instance_interval = \"99999999999999999999s\"\n", "99s\"; must be a time"},
      {"read_only = \"yes\"\n", "read_only: is \"yes\"; must be true or false"},
      {"stable_ids = \"a\"\n", "stable_ids: is \"a\"; must be a list"},
      {"stable_ids = [\"a\", \"a\"]\n", "stable_ids: holds \"a\" twice"},
      {"stable_ids = [\"\"]\n", "stable_ids: holds an empty ID"},
      {"stable_ids = [\"a\\u200bb\"]\n", "stable_ids: \"a\\u200Bb\" holds a zero-width space (U+200B)"},
      {"endpoint = \"ftp://x\"\n", "endpoint: is \"ftp://x\"; must begin with https://"},
      {"endpoint = \"https://u:p@x\"\n", "endpoint: is \"https://u:...@x\"; must not carry a user"},
      {"endpoint = \"https://x/?q=1\"\n", "endpoint: is \"https://x/?...\"; must end with its path"},
      {"endpoint = \"http://192.0.2.1/\"\n", "endpoint: is \"http://192.0.2.1\"; plain http"},
      {"endpoint = \"https://x:65536\"\n", "endpoint: is \"https://x:65536\"; has a port that is out of range"},
      {"endpoint = \"nonsense\"\n", "endpoint: is \"nonsense\"; is not a URL"},
      {"ca_file = \"/nonexistent.pem\"\n", "ca_file: is \"/nonexistent.pem\"; cannot be read"},
      {"ca_file = \"" + site.file("no.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n") + "\"\n",
       "; holds no certificate"},
      {"intance_interval = \"5s\"\n", "unknown key; is \"instance_interval\" meant?"},
  };
  for (const auto& [line, problem] : wrong) {
    INFO(line);
    const std::string problems = site.problems(site.credential(line));
    CHECK(problems.find("tallyd.toml:5: credential[1].") != std::string::npos);
    CHECK(problems.find(problem) != std::string::npos);
  }
  CHECK(site.problems("[log]\nlevel = \"loud\"\n").find("log.level: is \"loud\"; must be one of trace, debug, info") !=
        std::string::npos);
  CHECK(site.problems("credential = 5\n").find("is 5; must be tables: [[credential]]") != std::string::npos);
  CHECK(site.problems("state_dir = \"relative\"\n").find("is \"relative\"; must be a whole path") != std::string::npos);
  CHECK(site.problems("a = [\n").find("is not TOML") != std::string::npos);
}

TEST_CASE("each wrong credential file is a problem that shows no secret", "[config]") {
  const Site site;
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {R"({"api_key": "canary)", "is not a JSON object"},
      {R"(["canary"])", "is not a JSON object"},
      {"", "is not a JSON object"},
      {R"({"api_key": 17, "api_url": ["canary"]})", "api_key: must be a text"},
      {R"({"api_key": ""})", "api_key: is empty"},
      {R"({"api_key": " canary"})", "api_key: begins with a blank (U+0020)"},
      {R"({"api_key": "canary\u0000"})", "api_key: ends with a control character (U+0000)"},
      {R"({"api_key": "can\u0007ary"})", "api_key: holds a control character"},
      {R"({"apikey": "canary"})", "apikey: unknown field; is \"api_key\" meant?"},
      {R"({"api_url": "https://x"})", "api_key: is missing"},
      {std::string(70'000, ' '), "is larger than 64 KiB"},
  };
  for (const auto& [json, problem] : wrong) {
    INFO(json.substr(0, 60));
    const std::string problems = site.problems(site.credential("", json));
    INFO(problems);
    CHECK_THAT(problems, Catch::Contains("key.json") && Catch::Contains(": " + problem));
    CHECK(problems.find("canary") == std::string::npos);
  }
  const std::string toml = site.credential();
  chmod((site.directory / "key.json").c_str(), 0640);
  CHECK(site.problems(toml).find("others may read it (mode 0640); run: chmod 600") != std::string::npos);
  std::filesystem::remove(site.directory / "key.json");
  CHECK(site.problems(toml).find("cannot be read") != std::string::npos);
  std::filesystem::create_directory(site.directory / "key.json");
  CHECK(site.problems(toml).find("is not a regular file") != std::string::npos);
}

TEST_CASE("an endpoint given twice must be the same", "[config]") {
  const Site site;
  const std::string json = R"({"api_key": "canary", "api_url": "https://one.example/v1/"})";
  CHECK(site.problems(site.credential("endpoint = \"https://one.example/v1\"\n", json)).empty());
  CHECK(site.problems(site.credential("endpoint = \"https://two.example/v1\"\n", json))
            .find("differs from \"api_url\"") != std::string::npos);
}

TEST_CASE("a relative credential file is looked up where systemd puts it, whatever its bits", "[config]") {
  const Site site;
  site.file("key", R"({"api_key": "canary"})", 0444);
  const std::string toml = "[[credential]]\nref = \"prod\"\nprovider = \"lambdalabs\"\nfile = \"key\"\n";
  unsetenv("CREDENTIALS_DIRECTORY");
  CHECK(site.problems(toml).find("$CREDENTIALS_DIRECTORY is not set") != std::string::npos);
  setenv("CREDENTIALS_DIRECTORY", site.directory.path().c_str(), 1);
  CHECK(site.problems(toml).empty());
  unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_CASE("what is in force is shown with its origins and without secrets, and can be read again", "[config]") {
  const Site site;
  const LoadedConfig loaded = site.load(site.credential("stable_ids = [\"x\"]\n"));
  const std::string toml = to_toml(loaded.config);
  INFO(toml);
  CHECK(toml.find("canary") == std::string::npos);
  CHECK(toml.find("ref = 'prod'  # " + (site.directory / "tallyd.toml").string() + ":2\n") != std::string::npos);
  CHECK(toml.find("stable_ids = [ 'x' ]  # " + (site.directory / "tallyd.toml").string() + ":5\n") !=
        std::string::npos);
  CHECK(toml.find("state_dir = '/var/lib/tallyd'  # default\n") != std::string::npos);
  CHECK(toml.find("endpoint = 'https://cloud.lambda.ai/api/v1'  # default\n") != std::string::npos);
  const LoadedConfig again = site.load(toml);
  CHECK(again.problems.empty());
  CHECK(without_comments(to_toml(again.config)) == without_comments(toml));
}

TEST_CASE("an origin that is not a line of a file is named, too", "[config]") {
  const Site site;
  StoredCredential stored;
  stored.ref = CredentialRef("sealed");
  stored.provider = "lambda";
  stored.fields.emplace("api_key", Secret("canary"));
  const std::string toml = site.credential("", R"({"api_key": "canary", "api_url": "https://one.example"})");
  const LoadedConfig loaded = load_config(site.file("tallyd.toml", toml), {&lambda()}, {{stored}});
  REQUIRE(loaded.problems.empty());
  const std::string shown = to_toml(loaded.config);
  INFO(shown);
  CHECK(shown.find("endpoint = 'https://one.example'  # " + (site.directory / "key.json").string() + "\n") !=
        std::string::npos);
  CHECK(shown.find("[[credential]]  # its secret fields: the vault\nref = 'sealed'  # the vault\n") !=
        std::string::npos);
  CHECK(shown.find("canary") == std::string::npos);
}

TEST_CASE("what is in force is TOML whatever the names in it", "[config]") {
  const Site site;
  const LoadedConfig loaded = site.load("state_dir = \"" + std::string("/tmp/a'b\\\"c\\\\d\\u0007\\n[x]") + "\"\n");
  REQUIRE(loaded.problems.empty());
  LoadedConfig again = site.load(to_toml(loaded.config));
  CHECK(again.problems.empty());
  CHECK(again.config.state_dir == loaded.config.state_dir);
  Config config;
  config.origins["state_dir"] = "a\nlog.level = 'error'";
  CHECK(site.load(to_toml(config)).config.log.level == LogLevel::info);
}

TEST_CASE("conf.d adds credentials and replaces values, in the order of names", "[config]") {
  const Site site;
  const std::string first = site.part("10-first.toml", "[log]\nlevel = \"debug\"\nformat = \"json\"\n");
  const std::string second = site.part("20-second.toml",
                                       "state_dir = \"/srv/two\"\n[log]\nlevel = \"warn\"\n[[credential]]\nref = "
                                       "\"second\"\nprovider = \"lambda\"\nfile = \"" +
                                           site.file("second.json", R"({"api_key": "canary"})") + "\"\n");
  site.part("30-empty.toml", "");
  site.part("40-not-ours.toml.bak", "nonsense");
  site.part(".hidden.toml", "nonsense");
  const LoadedConfig loaded = site.load(
      "state_dir = \"/srv/one\"\ncontrol_socket = \"/run/one.sock\"\n[vault]\n"
      "key_file = \"/srv/key\"\n" +
      site.credential());
  REQUIRE(loaded.problems.empty());
  const Config& config = loaded.config;
  CHECK(config.state_dir == "/srv/two");
  CHECK(config.control_socket == "/run/one.sock");
  CHECK(config.log.level == LogLevel::warn);
  CHECK(config.log.format == LogFormat::json);
  REQUIRE(config.credentials.size() == 2);
  CHECK(config.credentials.at(1).credential.ref.str() == "second");

  CHECK(config.origins.at("state_dir") == second + ":1");
  CHECK(config.origins.at("control_socket") == (site.directory / "tallyd.toml").string() + ":2");
  CHECK(config.origins.at("log.level") == second + ":3");
  CHECK(config.origins.at("log.format") == first + ":3");
  CHECK(config.credentials.at(1).origins.at("provider") == second + ":6");

  const Places places = places_of(site.directory / "tallyd.toml").places;
  CHECK(places.state_dir == "/srv/two");
  CHECK(places.control_socket == "/run/one.sock");
  CHECK(places.vault_key_file == "/srv/key");
}

TEST_CASE("a problem in conf.d names its own file and line", "[config]") {
  const Site site;
  const std::string main = site.credential("\n[lgo]\n");
  const std::string odd = site.part("odd.toml", "\nstate_dri = \"/x\"\n[[credential]]\nref = \"prod\"\n");
  const std::string broken = site.part("zbroken.toml", "a = 1\nb = [\n");
  const std::string problems = site.problems(main);
  INFO(problems);
  CHECK(problems.find("tallyd.toml:6: lgo: unknown key; is \"log\" meant?") != std::string::npos);
  CHECK(problems.find(odd + ":2: state_dri: unknown key; is \"state_dir\" meant?") != std::string::npos);
  CHECK(problems.find(odd + ":4: credential[1].ref: \"prod\" is already used in " +
                      (site.directory / "tallyd.toml").string() + ":2\n") != std::string::npos);
  CHECK(problems.find(odd + ":3: credential[1].provider: is missing") != std::string::npos);
  CHECK(problems.find(broken + ":") != std::string::npos);
  CHECK(problems.find("is not TOML from this line on") != std::string::npos);
}

TEST_CASE("a conf.d that cannot be listed is a problem, and none is not", "[config]") {
  const Site site;
  CHECK(site.problems("").empty());
  site.file("conf.d", "a file");
  CHECK(site.problems("").find("conf.d: cannot be read: ") != std::string::npos);
}

TEST_CASE("a missing or unreadable configuration is a problem", "[config]") {
  CHECK(load_config("/nonexistent/tallyd.toml", {&lambda()}).problems.size() == 1);
  CHECK(load_config("/", {&lambda()}).problems.size() == 1);
}

TEST_CASE("the example configuration is complete and right but for its files", "[config]") {
  const std::string text = fakes::text_of(std::string(TALLY_TESTS_DIR) + "/../config/example.toml");
  REQUIRE(text.size() > 100);
  const Site site;
  CHECK(site.load(text).problems.empty());
  CHECK(site.load(text).config.credentials.empty());  // one would be in the way of the vault's
  // With every line of it in force, nothing but its files and its group is missing.
  std::istringstream lines(text);
  std::string all;
  for (std::string line; std::getline(lines, line);) {
    const bool is_option =
        line.starts_with("# ") && (line.find(" = ") != std::string::npos || line.starts_with("# [["));
    all += (is_option || line.starts_with("# [") ? line.substr(2) : line) + "\n";
  }
  for (const ConfigProblem& problem : site.load(all).problems) {
    INFO(to_text(problem));
    const bool is_of_file = problem.message.find("cannot be read") != std::string::npos;
    const bool is_of_key = problem.key.find("key") != std::string::npos;  // "AAAA..."
    const bool is_of_group = problem.key == "control.operator_group";     // which the package makes
    CHECK((is_of_file || is_of_key || is_of_group));
  }
}

TEST_CASE("the group that may act is named or numbered, and must be there", "[config]") {
  const Site site;
  const auto [text, id] = GENERATE(table<std::string, gid_t>({{"\"root\"", 0}, {"\"4711\"", 4711}, {"4711", 4711}}));
  const LoadedConfig loaded = site.load("[control]\noperator_group = " + text + "\n");
  REQUIRE(loaded.problems.empty());
  REQUIRE(loaded.config.operator_group);
  CHECK(loaded.config.operator_group->id == id);
  CHECK(to_toml(loaded.config).find("[control]\noperator_group = ") != std::string::npos);

  CHECK_FALSE(site.load("").config.operator_group);
  for (const char* wrong : {"\"no such group\"", "true", "-1"}) {
    const auto problems = site.load(std::string("[control]\noperator_group = ") + wrong + "\n").problems;
    REQUIRE(problems.size() == 1);
    CHECK(problems.front().key == "control.operator_group");
  }
}

}  // namespace tally::config_test
