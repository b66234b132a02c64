// tallyctl's commands that change something, against a control API whose service comes to what a test says.
#include <sysexits.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "cli/client/reboot_watch.hpp"
#include "tests/api/cli_site.hpp"

namespace tally::cli_lifecycle_test {
using namespace tally::api_tests;
using lifecycle::Progress;
using tally::cli_tests::Ran;

namespace {

const std::string machine = "i/1 é";

OperationRecord operation(const std::string& id, OperationKind kind, OperationState state) {
  OperationRecord record;
  record.id = id;
  record.kind = kind;
  record.state = state;
  record.cloud_id = CloudId(machine);
  return record;
}

OperationRecord failure(const std::string& id, const std::string& kind = "insufficient_resources") {
  OperationRecord record = operation(id, OperationKind::create, OperationState::failed);
  record.cloud_id = {};
  record.error_kind = kind;
  record.error = "none left of " + id;
  return record;
}

ChangeSet event_about(const std::string& kind, const std::string& subject_kind, const std::string& id) {
  ChangeSet changes;
  changes.events.push_back({kind, subject_kind, id, {}, {}, {}, {}});
  return changes;
}

/// The machine as the vendor tells it later.
ChangeSet machine_in(LifecycleStatus status) {
  Instance instance = full_instance();
  instance.cloud_id = CloudId(machine);
  instance.status = status;
  ChangeSet changes = addition(instance, now());
  changes.events.push_back({"instance_changed", "instance", machine, "status", {}, std::string(to_string(status)), {}});
  return changes;
}

struct LifecycleSite : CliSite {
  LifecycleSite() { std::ofstream(key()) << "ssh-ed25519 AAAA me\n"; }
  [[nodiscard]] std::string key() { return (world().directory / "key.pub").string(); }

  /// What each call comes to, one after the other; the last one again and again.
  void let_come(const std::vector<OperationRecord>& outcomes) {
    lifecycle().carried_out_ = [this, outcomes](const auto&) {
      const std::size_t number = std::min(lifecycle().asked_.size(), outcomes.size()) - 1;
      return journaled(world().catalog, outcomes.at(number));
    };
  }
  /// What a call comes to, journaled; `changes` are committed behind it, as the catalog takes one transaction at a
  /// time.
  Progress then(const OperationRecord& outcome, std::vector<ChangeSet> changes) {
    Progress progress = journaled(world().catalog, outcome);
    for (ChangeSet& change : changes) begin_commit(std::move(change));
    return progress;
  }
  /// What following an operation tells, likewise.
  void let_be_seen(const std::vector<OperationRecord>& states) {
    auto count = std::make_shared<std::size_t>(0);
    lifecycle().found_ = [this, states, count](const std::string&) {
      const std::size_t number = std::min((*count)++, states.size() - 1);
      std::vector<ChangeSet> next;
      if (number + 1 < states.size()) next = {event_about("operation_finished", "operation", states[number].id)};
      return std::optional(then(states.at(number), std::move(next)));
    };
  }
  Ran create(std::vector<std::string> words) {
    words.insert(words.begin(), "create");
    words.insert(words.end(), {"--public-key", key(), "--yes"});
    return run(words);
  }
  const lifecycle::Create& asked(std::size_t number) {
    return std::get<lifecycle::Create>(lifecycle().asked_.at(number));
  }
};

}  // namespace

TEST_CASE("a create of one type is asked for as it is given, and its machine is shown", "[cli]") {
  LifecycleSite site;
  site.let_come({operation("op-1", OperationKind::create, OperationState::succeeded)});
  const Ran ran = site.create({"--credential", "cred",
                               "--type",       "t1",
                               "--location",   "region-1",
                               "--ref-id",     "job",
                               "--disk",       "200GB",
                               "--allow",      "80",
                               "--allow",      "443@10.0.0.0/8",
                               "--tag",        "a=b",
                               "--retire-in",  "8h",
                               "--max-price",  "30",
                               "--name",       "n"});
  CHECK(ran.exit_code == 0);
  CHECK(ran.err.find("RefID job") != std::string::npos);
  CHECK(ran.says(machine));
  const lifecycle::Create& create = site.asked(0);
  CHECK(create.what.ref_id.str() == "job");
  CHECK(create.what.public_key == "ssh-ed25519 AAAA me");
  CHECK(create.what.disk_size == Bytes(200'000'000'000));
  CHECK(create.what.firewall.ingress.size() == 2);
  CHECK(create.what.tags == std::map<std::string, std::string>{{"a", "b"}});
  CHECK(create.what.retire_in == 8h);
  CHECK(create.max_price == Money::parse("30"));
}

TEST_CASE("programs get the document that the daemon answers", "[cli]") {
  LifecycleSite site;
  site.let_come({operation("op-1", OperationKind::create, OperationState::succeeded)});
  const Ran ran = site.create({"--gpu", "a100", "-o", "json"});
  const json::value document = json::parse(ran.out);
  CHECK(document.at("operation").at("id") == "op-1");
  CHECK(document.at("instance").at("cloud_id").as_string() == machine);
}

TEST_CASE("the next offer is tried after one that failed, under one RefID", "[cli]") {
  LifecycleSite site;
  site.let_come(
      {failure("op-1"), failure("op-2", "auth"), operation("op-3", OperationKind::create, OperationState::succeeded)});
  const Ran ran = site.create({"--gpu", "a100", "--max-price", "30"});
  CHECK(ran.exit_code == 0);
  REQUIRE(site.lifecycle().asked_.size() == 3);
  CHECK(site.asked(0).what.ref_id == site.asked(2).what.ref_id);
  CHECK(site.asked(0).what.type != site.asked(1).what.type);
  CHECK(site.asked(1).what.type != site.asked(2).what.type);
  CHECK(site.asked(0).max_price == Money::parse("30"));
  CHECK(ran.err.find("none left of op-1") < ran.err.find("none left of op-2"));
  CHECK(ran.err.find("none left of op-2") != std::string::npos);
}

TEST_CASE("a conflict ends the search: something lives under the RefID", "[cli]") {
  LifecycleSite site;
  site.lifecycle().carried_out_ = [](const auto&) { return lifecycle::refused(Errc::conflict, "", "it lives"); };
  const Ran ran = site.create({"--gpu", "a100"});
  CHECK(ran.exit_code == 1);
  CHECK(ran.err.find("it lives") != std::string::npos);
  CHECK(site.lifecycle().asked_.size() == 1);
}

TEST_CASE("an outcome that is not known is waited for, and no other offer tried", "[cli]") {
  LifecycleSite site;
  site.let_come({operation("op-1", OperationKind::create, OperationState::unknown)});
  SECTION("until it is adopted") {
    site.let_be_seen({operation("op-1", OperationKind::create, OperationState::unknown),
                      operation("op-1", OperationKind::create, OperationState::adopted)});
    CHECK(site.create({"--gpu", "a100"}).exit_code == 0);
  }
  SECTION("or patience is over: 75, and the operation is named") {
    site.let_be_seen({operation("op-1", OperationKind::create, OperationState::unknown)});
    const Ran ran = site.create({"--gpu", "a100", "--timeout", "1s"});
    CHECK(ran.exit_code == EX_TEMPFAIL);
    CHECK(ran.err.find("op-1") != std::string::npos);
  }
  CHECK(site.lifecycle().asked_.size() == 1);
}

TEST_CASE("a new machine is followed by the daemon's events until it runs", "[cli]") {
  LifecycleSite site;
  site.world().catalog.apply(cred, machine_in(LifecycleStatus::pending), state(instances_listing, now()));
  site.lifecycle().carried_out_ = [&site](const auto&) {
    return site.then(operation("op-1", OperationKind::create, OperationState::succeeded),
                     {event_about("operation_started", "operation", "another"), machine_in(LifecycleStatus::running)});
  };
  const Ran ran = site.create({"--gpu", "a100", "--wait", "running"});
  CHECK(ran.exit_code == 0);
  CHECK(ran.err.find(machine + " running at ") != std::string::npos);
}

TEST_CASE("a machine that does not come to what is waited for: 75 and the operation, or 1 when it is gone", "[cli]") {
  LifecycleSite site;
  site.world().catalog.apply(cred, machine_in(LifecycleStatus::running), state(instances_listing, now()));
  site.let_come({operation("op-1", OperationKind::stop, OperationState::succeeded)});
  SECTION("it goes on running") {
    const Ran ran = site.run({"stop", machine, "--yes", "--wait", "--timeout", "1s"});
    CHECK(ran.exit_code == EX_TEMPFAIL);
    CHECK(ran.err.find("(operation op-1)") != std::string::npos);
  }
  SECTION("it ends") {
    site.lifecycle().carried_out_ = [&site](const auto&) {
      return site.then(operation("op-1", OperationKind::stop, OperationState::succeeded),
                       {machine_in(LifecycleStatus::failed)});
    };
    const Ran ran = site.run({"stop", machine, "--yes", "--wait"});
    CHECK(ran.exit_code == 1);
    CHECK(ran.err.find("failed") != std::string::npos);
  }
}

TEST_CASE("a change is waited for until the provider shows it", "[cli]") {
  LifecycleSite site;
  const bool is_shown = GENERATE(true, false);
  site.lifecycle().carried_out_ = [&site, is_shown](const auto&) {
    Instance bigger = full_instance();
    bigger.cloud_id = CloudId(machine);
    bigger.disk_size = Bytes(is_shown ? 900'000'000'000'000 : 1);
    ChangeSet changes = addition(bigger, now());
    changes.events.push_back({"instance_changed", "instance", machine, "disk_size_bytes", {}, {}, {}});
    return site.then(operation("op-1", OperationKind::resize, OperationState::succeeded), {changes});
  };
  const Ran ran = site.run({"resize", machine, "900TB", "--wait", "--timeout", is_shown ? "5m" : "1s"});
  CHECK(ran.exit_code == (is_shown ? 0 : EX_TEMPFAIL));
}

TEST_CASE("a reboot is over at a contact that shows another boot ID", "[cli]") {
  LifecycleSite site;
  site.control().contact_.boot_id = "before";
  site.lifecycle().carried_out_ = [&site](const auto&) {
    site.control().contact_.boot_id = "after";
    return journaled(site.world().catalog, operation("op-1", OperationKind::reboot, OperationState::succeeded));
  };
  const Ran ran = site.run({"reboot", machine, "--yes", "--wait"});
  CHECK(ran.exit_code == 0);
  CHECK(ran.err.find("answers again") != std::string::npos);
  SECTION("and not while it shows the same one") {
    site.let_come({operation("op-2", OperationKind::reboot, OperationState::succeeded)});
    CHECK(site.run({"reboot", machine, "--yes", "--wait", "--timeout", "1s"}).exit_code == EX_TEMPFAIL);
  }
}

TEST_CASE("without a boot ID a reboot is over at a good contact after a failed one", "[cli]") {
  const auto contact = [](bool is_ok, const std::string& boot_id) { return cli::Contact{true, is_ok, boot_id, ""}; };
  CHECK(cli::is_back(contact(true, ""), true, contact(true, "")));
  CHECK_FALSE(cli::is_back(contact(true, ""), false, contact(true, "")));
  CHECK_FALSE(cli::is_back(contact(true, ""), true, contact(false, "")));
  CHECK(cli::is_back(contact(false, ""), true, contact(true, "b")));
  CHECK(cli::is_back(contact(true, "a"), false, contact(true, "b")));
  CHECK_FALSE(cli::is_back(contact(true, "a"), true, contact(true, "a")));
}

TEST_CASE("what lives under the RefID is taken over, and nothing is asked", "[cli]") {
  LifecycleSite site;
  const Ran ran = site.create({"--gpu", "a100", "--ref-id", "ref", "--wait", "running"});
  CHECK(ran.exit_code == 0);
  CHECK(ran.says("ref"));
  CHECK(site.lifecycle().asked_.empty());
}

TEST_CASE("a create under the RefID that goes on is followed", "[cli]") {
  LifecycleSite site;
  OperationRecord record = operation("op-7", OperationKind::create, OperationState::started);
  record.ref_id = RefId("job-7");
  journaled(site.world().catalog, record);
  record.state = OperationState::succeeded;
  site.let_be_seen({record});
  CHECK(site.create({"--gpu", "a100", "--ref-id", "job-7"}).exit_code == 0);
  CHECK(site.lifecycle().asked_.empty());
}

TEST_CASE("without an offer that can be had: 75", "[cli]") {
  LifecycleSite site;
  CHECK(site.create({"--gpu", "h100"}).exit_code == EX_TEMPFAIL);
  site.let_come({failure("op-1")});
  CHECK(site.create({"--gpu", "a100", "--location", "region-1"}).exit_code == EX_TEMPFAIL);
}

TEST_CASE("a dry run shows what the vendor would be asked", "[cli]") {
  LifecycleSite site;
  site.lifecycle().plan_ = std::vector<PlannedRequest>{{"POST", "/launch", {{"Authorization", "***"}}, "{}"}};
  const Ran ran = site.create({"--gpu", "a100", "--dry-run"});
  CHECK(ran.exit_code == 0);
  CHECK(ran.out == "POST /launch\nAuthorization: ***\n\n{}\n\n");
  CHECK(site.lifecycle().asked_.empty());
}

TEST_CASE("what takes something away needs --yes where nobody can be asked", "[cli]") {
  if (isatty(STDIN_FILENO) != 0) return;
  LifecycleSite site;
  const std::string command = GENERATE("terminate", "stop", "reboot");
  const Ran ran = site.run({command, machine});
  CHECK(ran.exit_code == EX_USAGE);
  CHECK(ran.err.find(machine) != std::string::npos);
  CHECK(site.lifecycle().asked_.empty());
}

TEST_CASE("machines are ended, and followed to their end when that is waited for", "[cli]") {
  LifecycleSite site;
  site.let_come({operation("op-1", OperationKind::terminate, OperationState::started)});
  site.let_be_seen({operation("op-1", OperationKind::terminate, OperationState::succeeded)});
  const Ran accepted = site.run({"terminate", machine, "--yes"});
  CHECK(accepted.exit_code == 0);
  CHECK(accepted.err.find("is being ended") != std::string::npos);
  const Ran gone = site.run({"terminate", machine, "i/2 é", "--yes", "--wait", "-o", "json"});
  CHECK(gone.exit_code == 0);
  CHECK(gone.err.find("is gone") != std::string::npos);
  CHECK(gone.rows().size() == 2);
}

TEST_CASE("a machine that the catalog does not know is ended by its ID and credential", "[cli]") {
  LifecycleSite site;
  site.let_come({operation("op-1", OperationKind::terminate, OperationState::succeeded)});
  CHECK(site.run({"terminate", "i-404", "--credential", "cred", "--location", "east", "--yes"}).exit_code == 0);
  const auto& terminate = std::get<lifecycle::Terminate>(site.lifecycle().asked_.at(0));
  CHECK(terminate.machine.cloud_id.str() == "i-404");
  CHECK(terminate.machine.location == "east");
  CHECK(site.run({"stop", "i-404", "--credential", "cred", "--yes"}).exit_code == 1);
}

TEST_CASE("a refusal is told, with the exit code of its kind", "[cli]") {
  LifecycleSite site;
  using Case = std::pair<Errc, int>;
  const auto [kind, code] = GENERATE(
      values<Case>({{Errc::forbidden, 77}, {Errc::rate_limited, 75}, {Errc::conflict, 1}, {Errc::not_implemented, 1}}));
  const Errc wanted = kind;
  site.lifecycle().carried_out_ = [wanted](const auto&) { return lifecycle::refused(wanted, "", "not so"); };
  const Ran ran = site.run({"start", machine});
  CHECK(ran.exit_code == code);
  CHECK(ran.err.find("not so") != std::string::npos);
}

TEST_CASE("each change of a machine is asked for", "[cli]") {
  LifecycleSite site;
  const auto [words, kind] = GENERATE(table<std::vector<std::string>, OperationKind>(
      {{{"stop", machine, "--yes"}, OperationKind::stop},
       {{"start", machine}, OperationKind::start},
       {{"reboot", machine, "--yes"}, OperationKind::reboot},
       {{"resize", machine, "500GB"}, OperationKind::resize},
       {{"tag", machine, "a=b", "c-"}, OperationKind::tags},
       {{"change-type", machine, "t2"}, OperationKind::change_type},
       {{"firewall", "allow", machine, "80", "90@10.0.0.0/8"}, OperationKind::add_firewall_rules},
       {{"firewall", "revoke", machine, "r-1"}, OperationKind::revoke_firewall_rules},
       {{"retire", machine, "never"}, OperationKind::retire}}));
  site.let_come({operation("op-1", kind, OperationState::succeeded)});
  const Ran ran = site.run(words);
  CAPTURE(words, ran.err);
  CHECK(ran.exit_code == 0);
  REQUIRE(site.lifecycle().asked_.size() == 1);
  CHECK(lifecycle::kind_of(site.lifecycle().asked_.front()) == kind);
  CHECK(lifecycle::machine_of(site.lifecycle().asked_.front())->cloud_id.str() == machine);
}

TEST_CASE("firewall rules are listed as the provider tells them", "[cli]") {
  LifecycleSite site;
  FirewallRules rules;
  rules.egress = {FirewallRule{"r-1", 22, 23, {"10.0.0.0/8"}}};
  site.lifecycle().rules_ = rules;
  const auto rows = site.run({"firewall", "list", machine, "-o", "json"}).rows();
  REQUIRE(rows.size() == 1);
  CHECK(rows.at(0).at("id") == "r-1");
  CHECK(rows.at(0).at("direction") == "egress");
  CHECK(rows.at(0).at("to_port") == 23);
}

}  // namespace tally::cli_lifecycle_test
