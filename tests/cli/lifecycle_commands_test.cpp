// What the commands that change something make of what they are given.
#include <sysexits.h>

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <fstream>

#include "cli/client/create_run.hpp"
#include "cli/given_values.hpp"
#include "tests/cli/program.hpp"

namespace tally::lifecycle_commands_test {
using namespace tally::cli_tests;
using cli::Outcome;

namespace {

Outcome refusal(const std::string& kind, int status = 400) {
  Outcome outcome;
  outcome.reply.status = status;
  outcome.reply.body = {{"kind", kind}, {"detail", "no"}};
  return outcome;
}

/// The file of a key for a create to be asked with.
std::string public_key_in(const CliWorld& world) {
  const std::string file = (world.directory / "key.pub").string();
  std::ofstream(file) << "ssh-ed25519 AAAA me\n";
  return file;
}

cli::Context context_of(const CliWorld& world) {
  cli::Context context;
  context.state_dir = world.directory.path();
  return context;
}

std::string rule(const std::string& text) {
  const auto read = cli::read_rule(text);
  return read ? boost::json::serialize(*read) : "";
}

}  // namespace

TEST_CASE("sizes are read with their unit", "[cli]") {
  CHECK(cli::read_size("200GB") == 200'000'000'000);
  CHECK(cli::read_size("1TiB") == 1'099'511'627'776);
  for (const char* wrong : {"", "GB", "200", "0GB", "-1GB", "1.5TB", "200 GB", "200gb", "99999999999TB"}) {
    CAPTURE(wrong);
    CHECK_FALSE(cli::read_size(wrong));
  }
}

TEST_CASE("times are read with their unit", "[cli]") {
  CHECK(cli::read_duration("90s") == 90s);
  CHECK(cli::read_duration("20m") == 20min);
  CHECK(cli::read_duration("8h") == 8h);
  CHECK(cli::read_duration("2d") == 48h);
  for (const char* wrong : {"", "h", "8", "0h", "-8h", "8 h", "8H", "99999999999999999d"}) {
    CAPTURE(wrong);
    CHECK_FALSE(cli::read_duration(wrong));
  }
}

TEST_CASE("a rule is a port or a range, and a network", "[cli]") {
  CHECK(rule("80") == R"({"from_port":80,"to_port":80,"ip_ranges":["0.0.0.0/0"]})");
  CHECK(rule("6000-6010@10.0.0.0/8") == R"({"from_port":6000,"to_port":6010,"ip_ranges":["10.0.0.0/8"]})");
  CHECK(rule("443@::/0") == R"({"from_port":443,"to_port":443,"ip_ranges":["::/0"]})");
  for (const char* wrong : {"", "0", "65536", "http", "80-", "-80", "90-80", "80@", "80-90-100"}) {
    CAPTURE(wrong);
    CHECK(rule(wrong).empty());
  }
}

TEST_CASE("a tag is set by KEY=VALUE and goes by KEY-", "[cli]") {
  CHECK(cli::read_tag("a=b=c") == std::pair<std::string, std::string>("a", "b=c"));
  CHECK(cli::read_tag("a=")->second.empty());
  CHECK_FALSE(cli::read_tag("=b"));
  CHECK_FALSE(cli::read_tag("a"));
  CHECK(cli::read_tag_change("a-=1")->second == "1");
  const auto gone = cli::read_tag_change("a-b-");
  REQUIRE(gone);
  CHECK(gone->first == "a-b");
  CHECK_FALSE(gone->second);
  CHECK_FALSE(cli::read_tag_change("-"));
  CHECK_FALSE(cli::read_tag_change("a"));
}

TEST_CASE("exit codes say whether to try again later", "[cli]") {
  const auto [kind, code] = GENERATE(table<std::string, int>({{"insufficient_resources", 75},
                                                              {"rate_limited", 75},
                                                              {"service_unavailable", 75},
                                                              {"auth", 77},
                                                              {"forbidden", 77},
                                                              {"out_of_quota", 1},
                                                              {"conflict", 1},
                                                              {"not_implemented", 1},
                                                              {"image_not_found", 1},
                                                              {"invalid_request", 1}}));
  CHECK(refusal(kind).exit_code() == code);
  Outcome done;
  done.reply.status = 200;
  CHECK(done.exit_code() == 0);
  done.is_open = true;
  CHECK(done.exit_code() == 75);
}

TEST_CASE("of several exit codes the worst counts", "[cli]") {
  CHECK(cli::worse_of(0, 0) == 0);
  CHECK(cli::worse_of(0, 75) == 75);
  CHECK(cli::worse_of(75, 1) == 1);
  CHECK(cli::worse_of(77, 1) == 77);
}

TEST_CASE("another offer is tried only when it is certain that there is no machine", "[cli]") {
  for (const char* kind : {"insufficient_resources", "out_of_quota", "auth", "forbidden", "not_implemented"}) {
    CHECK(cli::may_try_next(refusal(kind)));
  }
  for (const char* kind : {"conflict", "invalid_request", ""}) CHECK_FALSE(cli::may_try_next(refusal(kind)));
  Outcome open = refusal("service_unavailable");
  open.is_open = true;
  CHECK_FALSE(cli::may_try_next(open));
  CHECK_FALSE(cli::may_try_next(refusal("", 500)));
  CHECK_FALSE(cli::may_try_next(refusal("", 201)));
}

TEST_CASE("offers that can be had are found, the cheapest first", "[cli]") {
  CliWorld world;
  const auto found = [&world](const cli::OfferWish& wish) {
    Reader reader(world.file);
    std::string list;
    for (const cli::Offer& offer : cli::find_offers(reader, wish)) list += offer.location + " ";
    return list;
  };
  cli::OfferWish wish;
  wish.gpu = "a100";
  CHECK(found(wish) == "east west ");
  SECTION("within a price") {
    wish.max_price = 2;
    CHECK(found(wish) == "east ");
  }
  SECTION("of a number of GPUs") {
    wish.count = 8;
    CHECK(found(wish).empty());
  }
  SECTION("in a place") {
    wish.location = "west";
    CHECK(found(wish) == "west ");
  }
  SECTION("of another model") {
    wish.gpu = "H100";
    CHECK(found(wish).empty());
  }
  SECTION("spot") {
    wish.is_spot = true;
    CHECK(found(wish).empty());
  }
  SECTION("not what is sold out") {
    world.east.is_available = false;
    world.put(world.east);
    CHECK(found(wish) == "west ");
  }
  SECTION("not through who may only read") {
    CredentialRecord reading = record();
    reading.is_read_only = true;
    world.catalog.set_credentials({reading}, Timestamp(1h));
    CHECK(found(wish).empty());
  }
}

TEST_CASE("a machine is looked at until it is what it is to become", "[cli]") {
  CliWorld world;
  const auto look = [&world](const std::string& id, cli::Goal goal) {
    Reader reader(world.file);
    return cli::look_at(reader, "cred", id, goal);
  };
  CHECK(look("i-1", cli::Goal::running).is_reached);
  CHECK_FALSE(look("i-1", cli::Goal::reachable).is_reached);
  CHECK_FALSE(look("i-1", cli::Goal::stopped).is_reached);
  CHECK_FALSE(look("i-9", cli::Goal::running).is_there);
  Instance failed = world.instance;
  failed.cloud_id = CloudId("i-2");
  failed.status = LifecycleStatus::failed;
  world.catalog.apply(cred, addition(failed, now()), state(instances_listing, now()));
  CHECK(look("i-2", cli::Goal::running).is_lost);
}

TEST_CASE("a command line that cannot be meant is refused before anybody is asked", "[cli]") {
  const CliWorld world;
  const std::string key = public_key_in(world);
  const std::vector<std::string> words = GENERATE(values<std::vector<std::string>>({
      {"create"},
      {"create", "--gpu", "a100", "--type", "x"},
      {"create", "--type", "x"},
      {"create", "--type", "x", "--credential", "cred"},
      {"create", "--gpu", "a100", "--disk", "200"},
      {"create", "--gpu", "a100", "--allow", "http"},
      {"create", "--gpu", "a100", "--tag", "team"},
      {"create", "--gpu", "a100", "--retire-in", "8"},
      {"create", "--gpu", "a100", "--timeout", "soon"},
      {"create", "--gpu", "a100", "--wait", "stopped"},
      {"resize", "i-1", "big"},
      {"tag", "i-1", "a"},
      {"retire", "i-1", "soon"},
      {"firewall", "allow", "i-1", "http"},
      {"stop", "i-1", "--yes", "--timeout", "soon"},
  }));
  std::vector<std::string> whole = words;
  if (whole.front() == "create") whole.insert(whole.end(), {"--public-key", key});
  CAPTURE(words);
  CHECK(world(whole).exit_code == EX_USAGE);
}

TEST_CASE("a create through a credential that is not in force says so, and looks for no offer", "[cli]") {
  CliWorld world;
  const std::string key = public_key_in(world);
  const auto create = [&](const std::string& credential, const std::vector<std::string>& more) {
    std::vector<std::string> words = {"create",   "--gpu",        "a100", "--credential",
                                      credential, "--public-key", key,    "--yes"};
    words.insert(words.end(), more.begin(), more.end());
    return world(words);
  };
  const std::vector<std::string> more =
      GENERATE(values<std::vector<std::string>>({{}, {"--wait-for-offer", "1h"}, {"--dry-run"}}));
  CAPTURE(more);
  const Ran unknown = create("nobody", more);
  CHECK(unknown.exit_code == 1);
  CHECK(unknown.err.find("no credential \"nobody\" is in force; the catalog knows cred\n") != std::string::npos);
  CHECK(create("cred", more).exit_code == EX_UNAVAILABLE);  // it gets as far as asking the daemon
  world.catalog.set_credentials({}, Timestamp(1h));
  const Ran removed = create("cred", more);
  CHECK(removed.exit_code == 1);
  CHECK(removed.err.find("\"cred\" is in force; the catalog knows none\n") != std::string::npos);
}

TEST_CASE("a create through a credential that may not create says so, and waits for no offer", "[cli]") {
  CliWorld world;
  const std::string key = public_key_in(world);
  const std::vector<std::string> more =
      GENERATE(values<std::vector<std::string>>({{}, {"--wait-for-offer", "1h"}, {"--dry-run"}}));
  CAPTURE(more);
  std::vector<std::string> create = {"create", "--gpu", "a100", "--credential", "cred", "--public-key", key, "--yes"};
  create.insert(create.end(), more.begin(), more.end());
  CredentialRecord limited = record();
  SECTION("it is read-only") {
    limited.is_read_only = true;
    world.catalog.set_credentials({limited}, Timestamp(1h));
    const Ran ran = world(create);
    CHECK(ran.exit_code == EX_NOPERM);
    CHECK(ran.err.find("the credential \"cred\" is read-only\n") != std::string::npos);
  }
  SECTION("nothing can be made through it") {
    limited.capabilities = {"terminate-instance"};
    world.catalog.set_credentials({limited}, Timestamp(1h));
    const Ran ran = world(create);
    CHECK(ran.exit_code == 1);
    CHECK(ran.err.find("the credential \"cred\" can make no instances\n") != std::string::npos);
  }
}

TEST_CASE("a credential that is removed while an offer is waited for ends the wait", "[cli]") {
  CliWorld world;
  const cli::Context context = context_of(world);
  const auto late = std::chrono::steady_clock::now() + 1h;
  cli::LifecycleClient client(context, late);
  const Capture told(std::cerr);
  const auto open = [&] {
    if (told.text().find("waiting for one") != std::string::npos) world.catalog.set_credentials({}, Timestamp(1h));
    return context.open();
  };
  cli::CreateRun run(client, open, {{{"ref_id", "new"}}, std::nullopt, late});
  cli::OfferWish wish;
  wish.gpu = "h100";
  wish.credential = "cred";
  const Outcome outcome = run.of_cheapest(wish, [](const cli::Offer&) { return true; });
  CHECK(outcome.exit_code() == 1);
  CHECK(outcome.reply.detail().find("no credential \"cred\" is in force") != std::string::npos);
}

TEST_CASE("a create that takes over a machine says of what type it is", "[cli]") {
  CliWorld world;
  const std::string key = public_key_in(world);
  world.catalog.apply(cred, creation(world.instance, now()));
  const Ran ran = world({"create", "--gpu", "h100", "--ref-id", "ref", "--public-key", key});
  CHECK(ran.exit_code == 0);
  CHECK(ran.err.find("a machine lives under this RefID: a100\n") != std::string::npos);
}

TEST_CASE("programs get a problem when the credential of a create is not in force", "[cli]") {
  const CliWorld world;
  const std::string key = public_key_in(world);
  const Ran ran =
      world({"create", "--gpu", "a100", "--credential", "nobody", "--public-key", key, "--yes", "-o", "json"});
  CHECK(boost::json::parse(ran.out).at("kind") == "resource_not_found");
}

TEST_CASE("a RefID that cannot be one is refused before anything is looked for", "[cli]") {
  const CliWorld world;
  const std::string ref_id =
      GENERATE(as<std::string>(), "", "a b", "-a", "a.", "a/b", "\xc3\xa9", std::string(54, 'a'));
  CAPTURE(ref_id);
  for (const char* way : {"--gpu", "--type"}) {
    const Ran ran = world({"create", way, "a100", "--ref-id", ref_id, "--yes"});
    CHECK(ran.exit_code == EX_USAGE);
    CHECK(ran.err.find("--ref-id: takes 1 to 53 letters") != std::string::npos);
    CHECK(ran.err.find("no offer") == std::string::npos);
  }
}

TEST_CASE("without a daemon nothing is changed: 69", "[cli]") {
  const CliWorld world;
  CHECK(world({"terminate", "i-1", "--yes"}).exit_code == EX_UNAVAILABLE);
  CHECK(world({"tag", "i-1", "a=b"}).exit_code == EX_UNAVAILABLE);
}

TEST_CASE("a part of a name is no machine to be changed", "[cli]") {
  const CliWorld world;
  CHECK(world({"terminate", "i-", "--yes"}).exit_code == 1);
  CHECK(world({"terminate", "nothing", "--yes"}).exit_code == 1);
}

TEST_CASE("operations of the journal are listed", "[cli]") {
  CliWorld world;
  CHECK(world({"operations"}).err == "no operation matches\n");
  OperationRecord operation;
  operation.id = "op-1";
  operation.kind = OperationKind::stop;
  operation.credential = cred;
  operation.cloud_id = CloudId("i-1");
  operation.created_at = now();
  JournalChanges changes;
  changes.operations = {operation};
  world.catalog.apply(cred, changes);
  CHECK(world({"operations"}).says("op-1"));
  CHECK(world({"operations", "--kind", "stop", "-o", "json"}).rows().size() == 1);
  CHECK(world({"operations", "--kind", "create", "-o", "json"}).rows().empty());
}

}  // namespace tally::lifecycle_commands_test
