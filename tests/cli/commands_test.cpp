// Each command on a real catalog.
#include <sysexits.h>

#include <boost/json/value_to.hpp>
#include <catch2/catch.hpp>
#include <fstream>

#include "providers/descriptions.hpp"
#include "tests/cli/program.hpp"
#include "tests/fakes/files.hpp"
#include "tests/fakes/money.hpp"

namespace tally::commands_test {
using namespace tally::cli_tests;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// No control but line ends, no broken UTF-8 that a terminal could take for one.
bool is_harmless(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n') || byte == 0x7f || byte == 0x9b;
  });
}

void add_location(Catalog& catalog, const std::string& name) {
  ChangeSet changes;
  changes.at = now();
  KnownLocation known;
  known.row = row(make_location(name));
  known.first_seen_at = known.seen_at = now();
  changes.locations.push_back(known);
  catalog.apply(cred, changes, state(types_listing, now()));
}

const std::vector<std::string> reading_commands = {"offers",  "locations", "providers", "instances", "burn",
                                                   "orphans", "events",    "status",    "health"};

}  // namespace

TEST_CASE("every reading command answers in every format", "[cli]") {
  const CliWorld world;
  for (const std::string& command : reading_commands) {
    CAPTURE(command);
    CHECK_FALSE(world({command}).says("\033"));
    CHECK(lines_of(world({command, "-o", "wide"}).out).size() >= lines_of(world({command}).out).size());
    const auto rows = world({command, "-o", "json"}).rows();
    const std::string lines = world({command, "-o", "jsonl"}).out;
    CHECK(lines_of(lines).size() == rows.size());
    CHECK(world({command, "-o", "csv"}).says("credential"));
  }
}

TEST_CASE("the providers are told without a catalog", "[cli]") {
  const TemporaryDirectory directory;
  CHECK(run(directory.path(), {"providers"}).says("lambda"));
  const auto rows = run(directory.path(), {"providers", "-o", "json"}).rows();
  REQUIRE(rows.size() == provider_descriptions().size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const ProviderDescription& provider = *provider_descriptions()[i];
    CHECK(boost::json::value_to<std::string>(rows[i].at("name")) == provider.name);
    CHECK(rows[i].at("options").as_array().size() == provider.options.size());
    CHECK(rows[i].at("credential_fields").as_array().size() == provider.credential_fields.size());
    CHECK(rows[i].at("capabilities").as_array().size() == provider.capabilities.size());
  }
}

TEST_CASE("the manual's table of what can be done where is what the code says", "[cli]") {
  const TemporaryDirectory directory;
  const std::string table = run(directory.path(), {"providers", "--markdown"}).out;
  INFO("docs/providers.md should have:\n" << table);
  CHECK(fakes::text_of(std::string(TALLY_TESTS_DIR) + "/../docs/providers.md").find("\n\n" + table + "\n") !=
        std::string::npos);
  CHECK(lines_of(table).size() == 18);
}

TEST_CASE("programs get the columns of the view", "[cli]") {
  const CliWorld world;
  const auto row = world({"offers", "-o", "json"}).rows().at(0).as_object();
  for (const char* column : {"credential", "usage_class", "price_nanos", "is_available", "age_s", "is_stale"}) {
    CHECK(row.contains(column));
  }
  CHECK(world({"burn", "--by", "tag", "-o", "csv"})
            .out.starts_with("scope,name,instances,price_nanos,price_per_hour,currency,cost_to_date,"));
}

TEST_CASE("an empty catalog is told in words to people and as no rows to programs", "[cli]") {
  const World world;
  for (const std::string& command : reading_commands) {
    if (command == "providers" || command == "health") continue;  // they show the credential
    CAPTURE(command);
    const Ran ran = run(world.directory.path(), {command});
    CHECK(ran.out.empty());
    CHECK_FALSE(ran.err.empty());
    CHECK(run(world.directory.path(), {command, "-o", "json"}).out == "[]\n");
  }
}

TEST_CASE("offers are filtered and ordered as asked", "[cli]") {
  const CliWorld world;
  CHECK(world({"offers", "-o", "json", "--gpu", "a100", "--count", "1", "--min-vram", "40"}).rows().size() == 2);
  CHECK(world({"offers", "-o", "json", "--max-price", "2"}).rows().size() == 1);
  CHECK(world({"offers", "-o", "json", "--location", "west", "--provider", "fake", "--available"}).rows().size() == 1);
  CHECK(world({"offers", "-o", "json", "--country", "USA"}).rows().empty());
  const auto rows = world({"offers", "-o", "json", "--sort", "price"}).rows();
  CHECK(rows.at(0).at("location") == "east");
  CHECK(world({"offers", "--gpu", "H100"}).err.starts_with("no offer matches; 2 in all (listed "));
}

TEST_CASE("instances are chosen by ID, tag and location", "[cli]") {
  CliWorld world;
  Instance instance = make_instance("i-2", "west");
  instance.tags = {{"team", "ml"}};
  world.catalog.apply(cred, addition(instance, now()), state(instances_listing, now()));
  const auto count = [&world](std::vector<std::string> words) {
    words.insert(words.begin(), {"instances", "-o", "json"});
    return world(words).rows().size();
  };
  CHECK(count({}) == 2);
  CHECK(count({"--id", "i-2"}) == 1);
  CHECK(count({"--tag", "team=ml"}) == 1);
  CHECK(count({"--tag", "team=m"}) == 0);
  CHECK(count({"--tag", "team=ml", "--location", "east"}) == 0);
  CHECK(count({"--tag", "team=ml", "--location", "west"}) == 1);
}

TEST_CASE("ended instances are shown only when asked for", "[cli]") {
  CliWorld world;
  ChangeSet changes = addition(make_instance("i-2", "east", "a100", LifecycleStatus::terminated), now());
  changes.instances.at(0).ended_at = now();
  world.catalog.apply(cred, changes, state(instances_listing, now()));
  CHECK(world({"instances", "-o", "json"}).rows().size() == 1);
  CHECK(world({"instances", "-o", "json", "--all"}).rows().size() == 2);
  CHECK(world({"instances", "-o", "json", "--all", "--status", "terminated"}).rows().size() == 1);
  CHECK(world({"instances", "-o", "json", "--credential", "other"}).rows().empty());
  CHECK(world({"instances", "--status", "stopped"})
            .err.starts_with("no live instance matches; --all shows ended ones (listed "));
}

TEST_CASE("locations are listed by credential", "[cli]") {
  CliWorld world;
  add_location(world.catalog, "east");
  const Ran ran = world({"locations"});
  CHECK(ran.says("LOCATION"));
  CHECK(ran.says("USA"));
  CHECK(world({"locations", "--country", "deu", "-o", "json"}).rows().empty());
}

TEST_CASE("history draws what a type cost and lists the intervals", "[cli]") {
  CliWorld world;
  InstanceType dearer = world.west;
  world.put(world.west, now() - 2h);
  dearer.prices[0].amount = fakes::cents(399);
  world.put(dearer);
  const Ran ran = world({"history", world.west.id.str()});
  CHECK(ran.exit_code == 0);
  CHECK(ran.says("on-demand: 2.99 to 3.99 USD per hour"));
  CHECK(ran.says("available: 100 % of the time that is known"));
  CHECK(ran.says("2.99 USD"));
  const auto rows = world({"history", world.west.id.str(), "-o", "json"}).rows();
  CHECK(rows.at(0).at("history") == "price");
  CHECK(rows.at(0).at("price_nanos") == 2'990'000'000);
  CHECK(world({"history", world.west.id.str(), "--since", "1h", "-o", "json"}).rows().size() < rows.size() + 1);
}

TEST_CASE("history of a name shows all its regions, and refuses what is no type", "[cli]") {
  CliWorld world;
  const Ran both = world({"history", "a100"});
  CHECK(both.says("a100 in east"));
  CHECK(both.says("a100 in west"));
  CHECK_FALSE(world({"history", "a100", "--location", "east"}).says("west"));
  CHECK(world({"history", "nothing"}).exit_code == 1);
  world.put(make_type("east", "a100-big"));
  const Ran unclear = world({"history", "a10"});
  CHECK(unclear.exit_code == 1);
  CHECK(unclear.err.find("a100-big") != std::string::npos);
}

TEST_CASE("explain says all of a type, an instance and a location", "[cli]") {
  CliWorld world;
  add_location(world.catalog, "east");
  const Ran type = world({"explain", world.east.id.str()});
  for (const char* text : {"AVAILABLE      yes, for", "FRESHNESS      confirmed", "1.99 USD", "A100", "type_added"}) {
    CAPTURE(text);
    CHECK(type.says(text));
  }
  const Ran instance = world({"explain", "i-1"});
  for (const char* text : {"STATUS", "running, for", "COST SO FAR", "made through cred", "a \"quoted\" one"}) {
    CAPTURE(text);
    CHECK(instance.says(text));
  }
  CHECK(world({"explain", "east"}).says("1 listed, 1 available"));
  const auto row = world({"explain", "i-1", "-o", "json"}).rows().at(0).as_object();
  CHECK(row.at("cloud_id") == "i-1");
  CHECK(row.at("instance_history").as_array().size() == 1);
  world.catalog.apply(cred, addition(make_instance("stray"), now()), state(instances_listing, now()));
  CHECK(world({"explain", "stray"}).says("no_ref_id"));
  CHECK(world({"explain", "i-1", "-o", "csv"}).out.starts_with("credential,cloud_id"));
}

TEST_CASE("explain says why a row is stale", "[cli]") {
  CliWorld world;
  ListingState failing = state(types_listing, now() - 1h);
  failing.failing_since = now() - 10min;
  failing.last_attempt_at = now();
  failing.last_error_kind = "unauthenticated";
  failing.last_error = "401: the key is wrong";
  world.catalog.record({{cred, failing}});
  CHECK(world({"explain", world.east.id.str()})
            .says("stale: listing it has failed for 10 min: unauthenticated: 401: the key is wrong"));
  world.catalog.record({{cred, state(types_listing, now() - 1h)}});
  CHECK(world({"explain", world.east.id.str()}).says("more than three intervals (is tallyd running?)"));
}

TEST_CASE("explain lists the candidates when it cannot tell", "[cli]") {
  const CliWorld world;
  const Ran ran = world({"explain", "a100"});
  CHECK(ran.exit_code == 1);
  CHECK(ran.out.empty());
  CHECK(ran.err.find(world.east.id.str()) != std::string::npos);
  CHECK(ran.err.find(world.west.id.str()) != std::string::npos);
  CHECK(world({"explain", "a100", "--location", "west"}).exit_code == 0);
  CHECK(world({"explain", "no such thing"}).exit_code == 1);
  CHECK(world({"explain", ""}).exit_code == 1);
  CHECK(world({"explain", "%"}).exit_code == 1);
}

TEST_CASE("health fails when no daemon answers, and the catalog is shown all the same", "[cli]") {
  const CliWorld world;
  const Ran ran = world({"health"});
  CHECK(ran.exit_code == 1);
  CHECK(ran.says("cred"));
  CHECK(ran.says("daemon: "));
  CHECK(ran.says("no daemon answers there"));
  CHECK(world({"health", "-o", "json"}).rows().at(0).at("health") == "fresh");
  CHECK(world({"health", "--daemon"}).exit_code == 1);
}

TEST_CASE("status fails when a listing fails", "[cli]") {
  CliWorld world;
  CHECK(world({"status"}).exit_code == 0);
  world.catalog.record({{cred, state(types_listing, now() - 1h)}});
  CHECK(world({"status"}).exit_code == 1);
}

TEST_CASE("a backup is a catalog, and replaces a file only when forced", "[cli]") {
  const CliWorld world;
  const auto target = world.directory / "copy";
  CHECK(world({"backup", target.string()}).exit_code == 0);
  CHECK(Reader(target).query("SELECT * FROM offers").rows.size() == 2);
  CHECK(world({"backup", target.string()}).exit_code == EX_CANTCREAT);
  std::ofstream(target) << "older";
  CHECK(world({"backup", "--force", target.string()}).exit_code == 0);
  CHECK(Reader(target).query("SELECT * FROM offers").rows.size() == 2);
  CHECK(world({"backup", "--force", world.file.string()}).exit_code == EX_CANTCREAT);
  CHECK(world({"backup", "-"}).exit_code == EX_USAGE);
  CHECK(world({"backup", "/nowhere/at/all"}).exit_code == EX_CANTCREAT);
}

TEST_CASE("what is wrong on the command line is a usage error", "[cli]") {
  const CliWorld world;
  CHECK(world({}).exit_code == EX_USAGE);
  const Ran unknown = world({"offer"});
  CHECK(unknown.exit_code == EX_USAGE);
  CHECK(unknown.err.find("there is no command \"offer\"") != std::string::npos);
  CHECK(world({"offers", "--count", "many"}).exit_code == EX_USAGE);
  CHECK(world({"offers", "-o", "xml"}).exit_code == EX_USAGE);
  CHECK(world({"burn", "--by", "color"}).exit_code == EX_USAGE);
  CHECK(world({"events", "--follow", "-o", "json"}).exit_code == EX_USAGE);
  CHECK(world({"offers", "--help"}).exit_code == 0);
}

TEST_CASE("a configuration that is given must be there and be TOML", "[cli]") {
  const CliWorld world;
  const auto file = world.directory / "tallyd.toml";
  const Ran missing = run_words({"--config", file.string(), "offers"});
  CHECK(missing.exit_code == EX_CONFIG);
  CHECK(missing.out.empty());
  CHECK(missing.err.find(file.string() + ": cannot be read") != std::string::npos);
  CHECK(world({"--config", file.string(), "offers"}).exit_code == EX_CONFIG);
  std::ofstream(file) << "state_dir = \"" << world.directory.path().string() << "\"\n";
  CHECK(run_words({"--config", file.string(), "offers"}).exit_code == 0);
  std::ofstream(file) << "state_dir = \n";
  CHECK(run_words({"--config", file.string(), "offers"}).err.find("tallyd.toml:1: is not TOML") != std::string::npos);
}

TEST_CASE("SQL that is wrong is a data error, and no catalog is unavailable", "[cli]") {
  const CliWorld world;
  CHECK(world({"sql", "SELECT 1 AS a, NULL AS b"}).out == "a  b\n1  -\n");
  for (const char* sql : {"", "nonsense", "DELETE FROM event", "SELECT 1; SELECT 2", "VACUUM"}) {
    const Ran ran = world({"sql", sql});
    CAPTURE(sql);
    CHECK(ran.exit_code == EX_DATAERR);
    CHECK(ran.out.empty());
  }
  for (const char* nothing : {"", " ", ";", "-- SELECT 1"}) {
    CHECK(world({"sql", nothing}).err == "tallyctl: no SQL statement given\n");
  }
  CHECK(run("/nowhere", {"offers"}).exit_code == EX_UNAVAILABLE);
}

TEST_CASE("SQL makes and opens no other file", "[cli]") {
  const CliWorld world;
  const auto other = world.directory / "other.db";
  for (const std::string& sql :
       {"VACUUM INTO '" + other.string() + "'", "VACUUM INTO (SELECT '" + other.string() + "')",
        "ATTACH '" + other.string() + "' AS other", std::string("ATTACH ':memory:' AS other")}) {
    CAPTURE(sql);
    const Ran ran = world({"sql", sql});
    CHECK(ran.exit_code == EX_DATAERR);
    CHECK(ran.err.find("a query reads the catalog, and can do nothing else\n") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(other));
  }
  CHECK(world({"sql", "PRAGMA integrity_check"}).says("ok"));
  CHECK(world({"sql",
               "SELECT upper(location), json_array_length(capabilities) FROM offers JOIN credentials USING "
               "(credential)"})
            .says("WEST"));
}

TEST_CASE("hostile text reaches no terminal", "[cli]") {
  CliWorld world;
  const std::string hostile =
      "\033[2J\033]0;x\a\r\n\t\xc2\x9b"
      "1m\x9b\xff\u202e\u2028";
  const std::string wide = "\U0001F600\u4E2D\u0301";
  InstanceType type = make_type("north", "long");
  type.type = hostile + std::string(10'000, 'x') + wide;
  type.id = InstanceTypeId("hostile-type");
  type.gpus[0].name = hostile;
  world.put(type);
  Instance instance = make_instance("hostile-vm");
  instance.name = hostile + wide;
  instance.status_message = hostile;
  instance.tags = {{hostile, hostile}};
  world.catalog.apply(cred, addition(instance, now()), state(instances_listing, now()));
  for (const std::string& command : reading_commands) {
    CAPTURE(command);
    CHECK(is_harmless(world({command}).out));
    CHECK(is_harmless(world({command, "-o", "wide"}).out));
  }
  CHECK(is_harmless(world({"burn", "--by", "tag"}).out));
  CHECK(is_harmless(world({"explain", "hostile-type"}).out));
  CHECK(is_harmless(world({"explain", "hostile-vm"}).out));
  CHECK(is_harmless(world({"history", "hostile-type"}).out));
  CHECK(is_harmless(world({"sql", "SELECT type AS \"\033[1m\" FROM offers"}).out));
  const Ran unclear = world({"explain", "hostile"});
  CHECK(unclear.exit_code == 1);
  CHECK(is_harmless(unclear.err));
  CHECK(is_harmless(world({"explain", hostile + "?"}).err));
}

TEST_CASE("one overlong cell does not stretch the lines of others", "[cli]") {
  CliWorld world;
  Instance instance = make_instance("long");
  instance.name = std::string(10'000, 'x');
  world.catalog.apply(cred, addition(instance, now()), state(instances_listing, now()));
  const auto lines = lines_of(world({"instances"}).out);
  CHECK(std::count_if(lines.begin(), lines.end(), [](const std::string& line) { return line.size() > 1000; }) == 1);
}

TEST_CASE("nobody says that there is none before all was listed", "[cli]") {
  World world;
  for (const std::string command : {"burn", "orphans", "instances", "offers", "locations"}) {
    CAPTURE(command);
    const Ran ran = run(world.directory.path(), {command});
    CHECK(ran.err.find("known") != std::string::npos);
    CHECK(ran.err.find("not all is known: cred: never listed\n") != std::string::npos);
    CHECK(run(world.directory.path(), {command, "-o", "json"}).err == "not all is known: cred: never listed\n");
  }
  world.catalog.record({{cred, state(types_listing, now())}, {cred, state(instances_listing, now())}});
  CHECK(run(world.directory.path(), {"burn"}).err.starts_with("nothing costs money now (listed "));
  CHECK(run(world.directory.path(), {"orphans", "-o", "json"}).err.empty());
  ListingState failing = state(instances_listing, now() - 3h);
  failing.failing_since = now() - 3h;
  world.catalog.record({{cred, failing}});
  CHECK(run(world.directory.path(), {"burn"}).err ==
        "nothing is known to cost money now\nnot all is known: cred: failing for 3 h, last listed 3 h ago\n");
}

TEST_CASE("a sum tells its age, and that it is stale", "[cli]") {
  CliWorld world;
  CHECK(world({"burn"}).says("AGE"));
  CHECK_FALSE(world({"burn"}).says("stale"));
  world.catalog.record({{cred, state(instances_listing, now() - 1h)}});
  CHECK(world({"burn"}).says("(stale)"));
  CHECK(world({"burn"}).err == "not all is known: cred: last listed 60 min ago\n");
}

TEST_CASE("orphans says why nobody answers for a machine, and of a stale list that none is known", "[cli]") {
  CliWorld world;
  CHECK(world({"orphans"}).says("no create of ours in the journal"));
  world.catalog.apply(cred, creation(world.instance, now()));
  CHECK(world({"orphans"}).err.starts_with("no orphan: "));
  world.catalog.record({{cred, state(instances_listing, now() - 1h)}});
  CHECK(world({"orphans"}).err.starts_with("no orphan is known\n"));
}

}  // namespace tally::commands_test
