// What a provider lets a configuration say, in [credential.options].
#include <catch2/catch.hpp>

#include "tests/config/config_site.hpp"

namespace tally::options_test {
using namespace tally::fakes;

namespace {

/// A provider with an option of each type.
const ProviderDescription& acme() {
  static const ProviderDescription description = [] {
    ProviderDescription acme = lambda();
    acme.name = "acme";
    acme.credential_fields = {{"api_key"}, {"project", false, false}};
    acme.options = {{"project", "", "whose machines"},
                    {"presets", std::int64_t{3}, "how many are shown"},
                    {"private", false, "whether the private address counts"},
                    {"regions", std::vector<std::string>(), "where to look"},
                    {"images", OptionTable<std::string>(), "by region"},
                    {"prices", OptionTable<Money>{{"small", {500'000'000, {}}}}, "by type"},
                    {"allow", OptionTable<std::vector<std::string>>(), "types by cloud"},
                    {"services", std::vector<NamedUrl>(), "by region"}};
    return acme;
  }();
  return description;
}

const std::string all = R"([credential.options]
project = "p-1"
presets = 5
private = true
regions = ["eu", "us"]
images = { eu = "ubuntu" }
prices = { "h100-80gb.8x" = "16.00 USD", a10 = "0.754 EUR" }
allow = { cloud = ["a", "b"] }
services = [{ name = "eu", url = "https://eu.example/v1/" }]
)";

struct OptionSite : Site {
  std::string table(const std::string& options, const std::string& json = R"({"api_key": "canary"})") const {
    return "[[credential]]\nref = \"prod\"\nprovider = \"acme\"\nfile = \"" + file("key.json", json) + "\"\n" + options;
  }
  LoadedConfig load(const std::string& toml) const { return load_config(file("tallyd.toml", toml), {&acme()}); }
  std::string problems(const std::string& toml) const {
    std::string text;
    for (const ConfigProblem& problem : load(toml).problems) text += to_text(problem) + "\n";
    return text;
  }
};

template <class T>
T value(const LoadedConfig& loaded, std::string_view name) {
  return option<T>(loaded.config.credentials.at(0).credential, acme(), name);
}

}  // namespace

TEST_CASE("options come by their types, and those that are not given have their defaults", "[config]") {
  const OptionSite site;
  LoadedConfig loaded = site.load(site.table(""));
  REQUIRE(loaded.problems.empty());
  CHECK(value<std::string>(loaded, "project").empty());
  CHECK(value<std::int64_t>(loaded, "presets") == 3);
  CHECK(value<OptionTable<Money>>(loaded, "prices").at("small") == Money::parse("0.50"));

  loaded = site.load(site.table(all));
  REQUIRE(loaded.problems.empty());
  CHECK(value<std::string>(loaded, "project") == "p-1");
  CHECK(value<std::int64_t>(loaded, "presets") == 5);
  CHECK(value<bool>(loaded, "private"));
  CHECK(value<std::vector<std::string>>(loaded, "regions") == std::vector<std::string>{"eu", "us"});
  CHECK(value<OptionTable<std::string>>(loaded, "images") == OptionTable<std::string>{{"eu", "ubuntu"}});
  const auto prices = value<OptionTable<Money>>(loaded, "prices");
  CHECK(prices.size() == 2);
  CHECK(prices.at("h100-80gb.8x") == Money::parse("16"));
  CHECK(prices.at("a10") == Money::parse("0.754", *Currency::from_code("EUR")));
  CHECK(value<OptionTable<std::vector<std::string>>>(loaded, "allow").at("cloud").size() == 2);
  CHECK(value<std::vector<NamedUrl>>(loaded, "services") == std::vector<NamedUrl>{{"eu", "https://eu.example/v1"}});
}

TEST_CASE("options in force are shown with their origins, defaults too, and can be read again", "[config]") {
  const OptionSite site;
  for (const std::string& options : {std::string(), all}) {
    const LoadedConfig loaded = site.load(site.table(options));
    const std::string toml = to_toml(loaded.config);
    INFO(toml);
    CHECK(toml.find("presets = " + std::string(options.empty() ? "3  # default\n" : "5  # ")) != std::string::npos);
    const LoadedConfig again = site.load(toml);
    CHECK(again.problems.empty());
    CHECK(again.config.credentials.at(0).credential.options.size() == acme().options.size());
    CHECK(without_comments(to_toml(again.config)) == without_comments(toml));
  }
}

TEST_CASE("each wrong option is a problem that says what to do", "[config]") {
  const OptionSite site;
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"projct = \"p\"", "6: credential[1].options.projct: unknown key; is \"project\" meant?"},
      {"project = 5", "6: credential[1].options.project: is 5; must be a text in quotes"},
      {"project = \"a\\u200b\"", "options.project: ends with a zero-width space (U+200B)"},
      {"presets = -1", "options.presets: is -1; must be 0 or more"},
      {"presets = \"3\"", "options.presets: is \"3\"; must be a whole number"},
      {"private = 1", "options.private: is 1; must be true or false"},
      {"regions = \"eu\"", "options.regions: is \"eu\"; must be a list of texts"},
      {"regions = [\"\"]", "options.regions: holds an empty text"},
      {"images = \"eu\"", "options.images: is \"eu\"; must be a table"},
      {"images = { eu = 5 }", "options.images.eu: is 5; must be a text in quotes"},
      {"prices = { a10 = 1.5 }", "options.prices.a10: is 1.5; must be a price per hour with its currency"},
      {"prices = { a10 = \"1.5\" }", "options.prices.a10: is \"1.5\"; must be a price per hour with its currency"},
      {"prices = { a10 = \"-1 USD\" }", "options.prices.a10: is \"-1 USD\"; must be a price"},
      {"prices = { a10 = \"0 USD\" }", "options.prices.a10: is \"0 USD\"; must be a price"},
      {"allow = { cloud = \"a\" }", "options.allow.cloud: is \"a\"; must be a list of texts"},
      {"services = [{ name = \"eu\" }]", "options.services[1].url: is missing"},
      {"services = [{ url = \"https://eu.example\" }]", "options.services[1].name: is missing"},
      {"services = [{ name = \"eu\", url = \"http://eu.example\" }]", "plain http is for loopback addresses only"},
      {"services = [{ name = \"eu\", url = \"https://a\" }, { name = \"eu\", url = \"https://b\" }]",
       "options.services[2].name: is \"eu\"; stands there twice"},
  };
  for (const auto& [line, problem] : wrong) {
    const std::string problems = site.problems(site.table("[credential.options]\n" + line + "\n"));
    CAPTURE(line, problems);
    CHECK(problems.find(problem) != std::string::npos);
    CHECK(std::count(problems.begin(), problems.end(), '\n') == 1);
  }
  CHECK_THAT(site.problems(site.table("options = 5\n")), Catch::Contains("must be a table"));
}

TEST_CASE("a provider without options takes none", "[config]") {
  const Site site;
  CHECK_THAT(site.problems(site.credential("[credential.options]\nssh_user = \"x\"\n")),
             Catch::Contains("credential[1].options.ssh_user: unknown key"));
}

TEST_CASE("an option that also stands in the credential's file must agree with it", "[config]") {
  const OptionSite site;
  const std::string json = R"({"api_key": "canary", "project": "p-1"})";
  const LoadedConfig loaded = site.load(site.table("", json));
  REQUIRE(loaded.problems.empty());
  CHECK(value<std::string>(loaded, "project") == "p-1");
  CHECK_THAT(to_toml(loaded.config), Catch::Contains("project = 'p-1'  # " + (site.directory / "key.json").string()));
  CHECK(site.problems(site.table("[credential.options]\nproject = \"p-1\"\n", json)).empty());
  CHECK_THAT(site.problems(site.table("[credential.options]\nproject = \"p-2\"\n", json)),
             Catch::Contains("credential[1].options.project: differs from the field of this name"));
}

}  // namespace tally::options_test
