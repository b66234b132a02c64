// [[notify]]: the rules of notifications.
#include <algorithm>
#include <catch2/catch.hpp>
#include <regex>
#include <set>

#include "runtime/contains.hpp"
#include "tally/event_kinds.hpp"
#include "tests/config/config_site.hpp"
#include "tests/fakes/files.hpp"

namespace tally::notify_config_test {
using namespace tally::fakes;

namespace {

const std::string hook = "url = \"http://127.0.0.1:1/hook\"\n";

std::string rule(const std::string& more, const std::string& name = "r") {
  return "[[notify]]\nname = \"" + name + "\"\nevents = [\"available\"]\n" + more;
}

}  // namespace

TEST_CASE("a rule is read whole, and shown without its secrets", "[config]") {
  const Site site;
  const std::string toml =
      "[[notify]]\nname = \"h100-free\"\nevents = [\"available\", \"probe_failed\"]\ncredential = \"prod\"\ngpu = "
      "\"H100\"\n"
      "max_price = 30\ntag = \"team=a=b\"\nurl = \"https://hooks.example.com:8443/s3cret-path?token=s3cret\"\n"
      "secret_file = \"" +
      site.file("notify.key", "s3cret-key\n") + "\"\n" +
      rule("command = [\"/usr/local/bin/told\", \"--now\"]\n", "told");
  const LoadedConfig loaded = site.load(toml);
  REQUIRE(loaded.problems.empty());
  const NotifyConfig& first = loaded.config.notify.at(0);
  CHECK(first.name == "h100-free");
  CHECK(first.events == std::vector<std::string>{"available", "probe_failed"});
  CHECK(first.credential == "prod");
  CHECK(first.gpu == "H100");
  CHECK(first.max_price == 30.0);
  CHECK(first.tag == std::pair<std::string, std::string>("team", "a=b"));
  CHECK(first.url == "https://hooks.example.com:8443/s3cret-path?token=s3cret");
  CHECK(first.secret.reveal() == "s3cret-key");
  CHECK(loaded.config.notify.at(1).command == std::vector<std::string>{"/usr/local/bin/told", "--now"});

  const std::string shown = to_toml(loaded.config);
  CHECK(shown.find("s3cret") == std::string::npos);
  CHECK(shown.find("https://hooks.example.com:8443/...") != std::string::npos);
  INFO(shown);
  CHECK(std::regex_search(shown, std::regex("command = \\[ ?./usr/local/bin/told., .--now. ?\\] +# ")));
  CHECK(std::regex_search(shown, std::regex("name = .told. +# .*tallyd.toml:11")));
}

TEST_CASE("each wrong rule is a problem that says what to do and shows no secret", "[config]") {
  const Site site;
  const std::string shared = site.file("shared.key", "s3cret", 0644);
  const auto [toml, problem] = GENERATE_COPY(table<std::string, std::string>({
      {"[[notify]]\nevents = [\"price\"]\n" + hook, "notify[1].name: is missing"},
      {"[[notify]]\nname = \"Not Good\"\nevents = [\"price\"]\n" + hook, "name: is \"Not Good\"; must be lower-case"},
      {"[[notify]]\nname = \"r\"\n" + hook, "events: is missing"},
      {"[[notify]]\nname = \"r\"\nevents = \"price\"\n" + hook, "events: is \"price\"; must be a list"},
      {"[[notify]]\nname = \"r\"\nevents = [\"availble\"]\n" + hook, "is \"available\" meant?"},
      {"[[notify]]\nname = \"r\"\nevents = [\"zzz\"]\n" + hook, "docs/notifications.md lists them"},
      {rule(hook + "max_price = \"30\"\n"), "max_price: is \"30\"; must be a number"},
      {rule(hook + "max_price = 0\n"), "max_price: is 0; must be above 0"},
      {rule(hook + "max_price = nan\n"), "must be above 0"},
      {rule(hook + "gpu = \"\"\n"), "gpu: is empty"},
      {rule(hook + "credential = \"A B\"\n"), "must be the ref of a credential"},
      {rule(hook + "tag = \"team\"\n"), "must be KEY=VALUE"},
      {rule(hook + "tags = \"a=b\"\n"), "is \"tag\" meant?"},
      {rule(""), "url: must be given, or command"},
      {rule(hook + "command = [\"/bin/true\"]\n"), "url: must be given, or command"},
      {rule("command = []\n"), "command: must be a list"},
      {rule("command = \"/bin/true\"\n"), "must be a list"},
      {rule("command = [\"told\"]\n"), "a program by its whole path"},
      {rule("command = [\"/bin/told\", \"a\\u0000b\"]\n"), "holds a zero byte"},
      {rule("command = [\"/bin/told\"]\nsecret_file = \"/nonexistent/notify.key\"\n"), "no url that it would be for"},
      {rule("url = \"http://hooks.example.com/s3cret\"\n"), "plain http is for loopback addresses only"},
      {rule("url = \"https://u:s3cret@hooks.example.com/\"\n"), "must not carry a user or password"},
      {rule("url = \"http://127.0.0.1/?a=s3cret#b\"\n"), "must have no #"},
      {rule("url = \"http://127.0.0.1/?a=s3cret b\"\n"), "url: holds a blank"},
      {rule("url = \"https://hooks.example.com/s3cret\"\n"), "secret_file: is missing"},
      {rule(hook + "secret_file = \"/nonexistent/notify.key\"\n"), "/nonexistent/notify.key"},
      {rule(hook + "secret_file = \"" + shared + "\"\n"), "shared.key"},
      {rule(hook) + rule(hook), "name: \"r\" is already used in line 2"},
  }));
  INFO(toml);
  const std::string problems = site.problems(toml);
  CHECK(problems.find(problem) != std::string::npos);
  CHECK(problems.find("s3cret") == std::string::npos);
}

TEST_CASE("rules of several files add up, and a name that comes again is told with both places", "[config]") {
  const Site site;
  site.part("10-more.toml", rule(hook, "b"));
  CHECK(site.load(rule(hook, "a")).config.notify.size() == 2);
  site.part("20-again.toml", rule(hook, "a"));
  const std::string problems = site.problems(rule(hook, "a"));
  CHECK(problems.find("20-again.toml:2: notify[1].name: \"a\" is already used in ") != std::string::npos);
  CHECK(problems.find("tallyd.toml:2") != std::string::npos);
}

TEST_CASE("the rules can be read without the right to read their secrets", "[config]") {
  const Site site;
  const std::string file = site.file(
      "tallyd.toml", rule("url = \"https://hooks.example.com/\"\nsecret_file = \"/nonexistent/notify.key\"\n") +
                         site.credential("endpoint = \"nonsense\"\n"));
  const ReadNotify read = notify_rules_of(file);
  CHECK(read.problems.empty());
  CHECK(read.rules.at(0).name == "r");
  CHECK(read.rules.at(0).secret.empty());
}

TEST_CASE("the catalog's document tells of every kind of event, and a rule may name each", "[config]") {
  const std::string document = text_of(std::string(TALLY_TESTS_DIR) + "/../docs/catalog.md");
  const std::size_t begin = document.find("\nKinds: ");
  REQUIRE(begin != std::string::npos);
  const std::string words = document.substr(begin, document.find("\n\n", begin) - begin);
  std::set<std::string> told;
  const std::regex word("`([a-z_]+)`");
  for (std::sregex_iterator at(words.begin(), words.end(), word), end; at != end; ++at) told.insert((*at)[1]);
  for (const char* no_kind : {"orphans", "old", "new", "state", "detail", "retire_at_ms"}) told.erase(no_kind);
  std::set<std::string> kinds;
  for (const EventKind& kind : event_kinds) kinds.emplace(kind.name);
  CHECK(told == kinds);
  for (const std::string& kind : kinds) CHECK(contains(notify_events(), kind));
}

}  // namespace tally::notify_config_test
