// Configuration and keys that went through an editor, a word processor or a chat: taken when harmless, else the cause
// is named, once, and nothing of a key.
#include <algorithm>
#include <catch2/catch.hpp>

#include "config/credential_file.hpp"
#include "config/ssh_key_record.hpp"
#include "config/text_fault.hpp"
#include "config/vault_key_file.hpp"
#include "tests/config/config_site.hpp"

namespace tally::edited_text_test {
using namespace tally::fakes;

namespace {

/// As Windows' editors save it: little-endian, with a byte order mark.
std::string utf16(const std::string& ascii) {
  std::string out = "\xff\xfe";
  for (const char c : ascii) out += {c, '\0'};
  return out;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

std::string fault_of_json(const std::string& json, const std::vector<CredentialField>& fields) {
  std::vector<ConfigProblem> problems;
  ProblemList list("standard input", problems);
  parse_credential(json, fields, list);
  std::string text;
  for (const ConfigProblem& problem : problems) text += to_text(problem) + "\n";
  return text;
}

const std::string good_json = R"({"api_key": "canary"})";

}  // namespace

TEST_CASE("a byte order mark and CR LF do no harm", "[config]") {
  const Site site;
  for (const std::string& json : {"\xef\xbb\xbf" + good_json, replaced(good_json, " ", "\r\n")}) {
    const LoadedConfig loaded = site.load(site.credential("", json));
    REQUIRE(loaded.problems.empty());
    CHECK(loaded.config.credentials.at(0).credential.fields.at("api_key").reveal() == "canary");
    CHECK(fault_of_json(json, lambda().credential_fields).empty());
  }
  const std::string toml = site.credential();
  CHECK(site.problems("\xef\xbb\xbf" + toml).empty());
  CHECK(site.problems(replaced(toml, "\n", "\r\n")).empty());
  const auto key = site.file("vault.key", "\xef\xbb\xbfkey\r\n");
  CHECK(read_vault_keys({key}).in_force.reveal() == "key\r\n");
}

TEST_CASE("a character that no key has is named by what it is", "[config]") {
  const Site site;
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"canary\u200b", "ends with a zero-width space (U+200B)"},
      {"\u00a0canary", "begins with a no-break space (U+00A0)"},
      {"\ufeffcanary", "begins with a byte order mark (U+FEFF)"},
      {"can\u00adary", "holds a soft hyphen (U+00AD)"},
      {"\u201ccanary\u201d", "begins with a typographic quote (U+201C)"},
      {"can\u2026", "ends with an ellipsis (U+2026)"},
      {"can\u200dary", "holds a zero-width joiner (U+200D)"},
      {"can\u202eary", "holds an invisible character (U+202E)"},
      {"can\u00e9ry", "holds a character outside ASCII (U+00E9)"},
      {"can ary", "holds a blank (U+0020)"},
      {"canary\\n", "ends with a line break (U+000A)"},
      {"canary\\r", "ends with a line break (U+000D)"},
      {"can\\tary", "holds a tab (U+0009)"},
      {"can\\u007fary", "holds a control character (U+007F)"},
      {"can\\u200bary", "holds a zero-width space (U+200B)"},
  };
  for (const auto& [key, problem] : wrong) {
    const std::string json = R"({"api_key": ")" + key + "\"}";
    for (const std::string& problems :
         {site.problems(site.credential("", json)), fault_of_json(json, lambda().credential_fields)}) {
      INFO(problems);
      CHECK(problems.find("api_key: " + problem + "; only visible ASCII characters can be right") != std::string::npos);
      CHECK(std::count(problems.begin(), problems.end(), '\n') == 1);
      CHECK(problems.find("canary") == std::string::npos);
    }
  }
}

TEST_CASE("a passphrase may hold what a person thought of, but nothing unseen", "[config]") {
  const auto fault = [](const std::string& phrase) {
    return fault_of_json(R"({"private_key": "a\nb\n", "passphrase": ")" + phrase + "\"}", ssh_key_fields());
  };
  CHECK(fault("gr\u00fcn und \u4e2d").empty());
  CHECK(fault("a\u200bb").find("passphrase: holds a zero-width space") != std::string::npos);
}

TEST_CASE("how a file is encoded is told when that is wrong", "[config]") {
  const Site site;
  const std::string utf16_words = "is UTF-16 or UTF-32; save it as UTF-8";
  CHECK_THAT(site.problems(site.credential("", utf16(good_json))), Catch::Contains("key.json: " + utf16_words));
  CHECK_THAT(fault_of_json(utf16(good_json), lambda().credential_fields), Catch::Contains(utf16_words));
  CHECK_THAT(fault_of_json(utf16(good_json).substr(2), lambda().credential_fields), Catch::Contains(utf16_words));
  CHECK_THAT(site.problems(site.credential("", "{\n\"api_key\": \"can\xe9ry\"}")),
             Catch::Contains("key.json:2: is not UTF-8 in this line") && !Catch::Contains("can\xe9"));
  CHECK_THAT(read_vault_keys({site.file("vault.key", utf16("key"))}).problem, Catch::Contains(utf16_words));
  CHECK_THAT(site.problems(utf16("[log]\n")), Catch::Contains("tallyd.toml: " + utf16_words));
  CHECK_THAT(site.problems("[log]\n# Z\xfcrich\n"), Catch::Contains("tallyd.toml:2: is not UTF-8 in this line"));
}

TEST_CASE("a text that does not parse is one problem with its line and cause", "[config]") {
  const Site site;
  const std::string toml = site.credential();
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {replaced(toml, "\n", "\r"), "tallyd.toml:1: its lines end in CR alone"},
      {replaced(toml, "\"prod\"", "\u201cprod\u201d"),
       "tallyd.toml:2: is not TOML from this line on: it holds a typographic quote (U+201C)"},
      {toml + "provider = \"lambda\"\n", "tallyd.toml:5: is not TOML from this line on: a key or table is there twice"},
      {toml + "[log\n", "tallyd.toml:5: is not TOML from this line on"},
  };
  for (const auto& [text, problem] : wrong) {
    const std::string problems = site.problems(text);
    INFO(problems);
    CHECK(problems.find(problem) != std::string::npos);
    CHECK(std::count(problems.begin(), problems.end(), '\n') == 1);
  }
  CHECK_THAT(fault_of_json("{\n  \u201capi_key\u201d: \"canary\"}", lambda().credential_fields),
             Catch::Equals("standard input:2: is not a JSON object from this line on: it holds a typographic quote "
                           "(U+201C)\n"));
  CHECK_THAT(fault_of_json("", lambda().credential_fields), Catch::Contains("is not a JSON object"));
}

TEST_CASE("a field that is given twice is refused, for nobody knows which is right", "[config]") {
  const std::vector<CredentialField>& fields = lambda().credential_fields;
  const std::string twice = R"({"api_key": "canary-1", "api_key": "canary-2"})";
  CHECK(fault_of_json(twice, fields) == "standard input: api_key: is given twice; which one is right?\n");
  CHECK_THAT(fault_of_json(R"({"api_key": "canary", "api\u005fkey": "canary"})", fields),
             Catch::Contains("given twice"));
  CHECK_THAT(fault_of_json(R"({"api_key": {"a": 1, "a": 2}})", fields), !Catch::Contains("given twice"));
}

TEST_CASE("a value is shown to whoever wrote it, but for what may be a secret", "[config]") {
  CHECK(shown_value("loud") == "\"loud\"");
  CHECK(shown_value("a\u200bb\n\"") == "\"a\\u200Bb\\u000A\"\"");
  CHECK(shown_value("sk_live_4eC39HqLyjWDarjtT1zdp7dc") == "a text of 32 characters");
  CHECK(shown_value("https://user:canary@host/?key=canary") == "\"https://user:...@host/?...\"");
  CHECK(shown_value("jump:canary@host:22") == "\"jump:...@host:22\"");
  CHECK(shown_value("-----BEGIN OPENSSH PRIVATE KEY-----") == "a private key");
  CHECK(shown_value("/etc/tallyd/credentials.d/lambda-prod-1.json") ==
        "\"/etc/tallyd/credentials.d/lambda-prod-1.json\"");
  CHECK(shown_value(std::string(1000, 'x')).size() < 100);
  // As the vendors make them.
  const std::string lambda_key = "secret_prod_0a1b2c3d4e5f60718293a4b5c6d7e8f9.Zx9Yw8Vu7Ts6Rq5Po4Nm3Lk2Ji1Hg0Fe";
  for (const std::string& secret :
       {lambda_key, "Bearer " + lambda_key, R"({"api_key":")" + lambda_key + "\"}",
        std::string(R"({"api_key": "short"})"), std::string("eyJhbGciOiJIUzI1NiIs.eyJzdWIi")}) {
    CHECK(shown_value(secret) == "a text of " + std::to_string(secret.size()) + " characters");
  }
  CHECK(shown_value("/etc/" + lambda_key + "/x") == "\"/etc/(78 characters)/x\"");
  CHECK(shown_value("https://gpu-1.a-long-name.example.com/api/v1") ==
        "\"https://gpu-1.a-long-name.example.com/api/v1\"");
  CHECK(shown_path("/etc/tallyd/credentials.d/lambda-production-account-2.json") ==
        "/etc/tallyd/credentials.d/lambda-production-account-2.json");
}

TEST_CASE("a secret in the place of a name or a path is shown in no problem", "[config]") {
  const Site site;
  const std::string secret = "canary_0a1b2c3d4e5f60718293a4b5c6d7e8f9.Zx9Yw8Vu7Ts6Rq5Po4Nm3Lk2Ji1Hg0Fe";
  const std::string json = R"({"api_key":")" + secret + "\"}";
  const std::string table = "[[credential]]\nref = \"prod\"\n";
  const std::string lambda_table = table + "provider = \"lambda\"\nfile = ";
  const bool has_directory = GENERATE(false, true);
  if (has_directory) setenv("CREDENTIALS_DIRECTORY", site.directory.path().c_str(), 1);
  for (const std::string& toml :
       {lambda_table + "'" + json + "'", lambda_table + "'" + secret + "'", lambda_table + "'/etc/" + secret + "'",
        table + "provider = '" + secret + "'", table + "'" + secret + "' = 1", "[vault]\nkey_file = '" + secret + "'",
        site.credential("[credential.ssh]\nkey_file = '" + secret + "'"),
        site.credential("[credential.ssh]\nkey = '" + secret + "'"),
        site.credential("", "{\"" + secret + "\": \"api_key\"}")}) {
    const std::string problems = site.problems(toml);
    CAPTURE(toml, problems);
    CHECK_FALSE(problems.empty());
    CHECK(problems.find("0a1b2c3d") == std::string::npos);
    CHECK(problems.find("Zx9Yw8Vu") == std::string::npos);
  }
  unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_CASE("a name in $CREDENTIALS_DIRECTORY that looks like nothing else is a file there", "[config]") {
  const Site site;
  setenv("CREDENTIALS_DIRECTORY", site.directory.path().c_str(), 1);
  site.file("lambda-prod-account-2026-11", R"({"api_key": "canary"})");
  const std::string table = "[[credential]]\nref = \"prod\"\nprovider = \"lambda\"\nfile = ";
  CHECK(site.problems(table + "\"lambda-prod-account-2026-11\"\n").empty());
  CHECK_THAT(site.problems(table + "\"lambda-prod-account-2026-12\"\n"),
             Catch::Contains("is a text of 27 characters; is not the name of a file"));
  unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_CASE("one cause is told once", "[config]") {
  const Site site;
  const std::string of_vault = "[[credential]]\nprovider = \"lambda\"\nref = ";
  const auto count = [](const LoadedConfig& loaded) { return loaded.problems.size(); };
  // Without a ref nobody can tell what the vault holds of it.
  CHECK(count(site.load("[[credential]]\nprovider = \"lambda\"\n")) == 1);
  CHECK(count(site.load(of_vault + "\"Wrong\"\n")) == 1);
  CHECK(count(site.load(site.credential() + of_vault + "\"prod\"\n")) == 1);
  // That the vault cannot be opened is told by whoever tried.
  const std::string two = of_vault + "\"one\"\n" + of_vault + "\"two\"\n[credential.ssh]\nkey = \"fleet\"\n";
  CHECK(count(load_config(site.file("tallyd.toml", two), {&lambda()}, {{}, true})) == 3);
  CHECK(count(load_config(site.file("tallyd.toml", two), {&lambda()}, {{}, false})) == 0);
}

TEST_CASE("where to listen on TCP is an address and a port, and is shown as it is in force", "[config]") {
  const Site site;
  CHECK(site.load("").config.http == HttpConfig());
  const LoadedConfig loaded = site.load("[http]\nlisten = \"[::1]:9714\"\nsd_port = 9100\nhosts = [\"tallyd\"]\n");
  REQUIRE(loaded.problems.empty());
  CHECK(loaded.config.http.address == "::1");
  CHECK(loaded.config.http.port == 9714);
  CHECK(loaded.config.http.sd_port == 9100);
  CHECK(loaded.config.http.hosts == std::vector<std::string>{"tallyd"});
  CHECK_THAT(to_toml(loaded.config),
             Catch::Contains("listen = '[::1]:9714'") || Catch::Contains("listen = \"[::1]:9714\""));
  const std::string bad = GENERATE("localhost:9714", "127.0.0.1", "127.0.0.1:", ":9714", "::1:9714", "[127.0.0.1]:1",
                                   "127.0.0.1:70000", "127.0.0.1:97x", "[::1]9714", "");
  CAPTURE(bad);
  CHECK_THAT(site.problems("[http]\nlisten = \"" + bad + "\"\n"), Catch::Contains("2: http.listen: "));
  CHECK_THAT(site.problems("[http]\nsd_port = 0\n"), Catch::Contains("2: http.sd_port: is 0; must be from 1 to 65535"));
  CHECK_THAT(site.problems("[http]\nport = 1\n"), Catch::Contains("http.port"));
}

TEST_CASE("what operations may cost, and when a create is given up, is read and has its bounds", "[config]") {
  const Site site;
  CHECK(site.load("").config.lifecycle.conclude_after == std::chrono::minutes(10));
  const std::string guards = "max_creates_per_hour = 20\nmax_price_per_hour = \"100 USD\"\n";
  const LoadedConfig loaded = site.load("[lifecycle]\nconclude_after = \"90s\"\n" + site.credential(guards));
  REQUIRE(loaded.problems.empty());
  CHECK(loaded.config.lifecycle.conclude_after == std::chrono::seconds(90));
  CHECK(loaded.config.credentials.at(0).max_creates_per_hour == 20);
  CHECK_THAT(to_toml(loaded.config), Catch::Contains("conclude_after = '90s'") &&
                                         Catch::Contains("max_creates_per_hour = 20") &&
                                         Catch::Contains("max_price_per_hour = '100.00 USD'"));
  CHECK_THAT(site.problems("[lifecycle]\nconclude_after = \"0s\"\n"), Catch::Contains("lifecycle.conclude_after"));
  CHECK_THAT(
      site.problems(site.credential("max_creates_per_hour = -1\nmax_price_per_hour = \"much\"\n")),
      Catch::Contains("max_creates_per_hour: is -1; must be from 0 to") && Catch::Contains("max_price_per_hour"));
}

TEST_CASE("retention is read and has its bounds", "[config]") {
  const Site site;
  const LoadedConfig usual = site.load("");
  CHECK(usual.config.retention.age == std::chrono::days(400));
  CHECK(usual.config.retention.rows == 20'000'000);
  CHECK(usual.config.retention.bytes == std::int64_t{8} * 1024 * 1024 * 1024);
  const LoadedConfig loaded = site.load("[retention]\ndays = 30\nrows = 1000\nbytes = 1048576\n");
  REQUIRE(loaded.problems.empty());
  CHECK(loaded.config.retention.age == std::chrono::days(30));
  CHECK(loaded.config.retention.rows == 1000);
  CHECK(loaded.config.retention.bytes == 1'048'576);
  CHECK_THAT(to_toml(loaded.config), Catch::Contains("[retention]\ndays = 30  # "));
  CHECK_THAT(site.problems("[retention]\ndays = 0\nrows = 999\nbytes = \"8 GiB\"\n"),
             Catch::Contains("2: retention.days: is 0; must be from 1 to") &&
                 Catch::Contains("3: retention.rows: is 999; must be from 1000 to") &&
                 Catch::Contains("4: retention.bytes: is \"8 GiB\"; must be a whole number"));
}

}  // namespace tally::edited_text_test
