// What a listing changes of the instances that it has.
#include <catch2/catch.hpp>

#include "tally/next_known.hpp"
#include "tests/fakes/money.hpp"
#include "tests/syncers/diff/changes.hpp"
#include "tests/syncers/diff/instances.hpp"

namespace tally::diff_diff_instances_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<const KnownTypes> catalog_of(const InstanceType& type) {
  NextKnown<KnownType> types(std::make_shared<const KnownTypes>());
  KnownType known;
  known.row = row(type);
  types.put(known);
  return std::move(types).finish();
}

}  // namespace

TEST_CASE("a new instance is added with its tracked fields", "[syncers]") {
  Instances instances;
  const ChangeSet changes = instances.poll(listing(make_instance("a")));
  CHECK(kinds(changes) == Kinds{"instance_added a"});
  CHECK(changes.events[0].detail->find(R"("status":"running")") != std::string::npos);
  REQUIRE(changes.statuses.size() == 1);
  CHECK(instances.poll(listing(make_instance("a"))).empty());
}

TEST_CASE("memory holds an instance once: as the object that the provider's answer has", "[syncers]") {
  Instances instances;
  auto seen = listing(make_instance("a"));
  instances.poll(seen);
  CHECK(instances.at("a").row == seen.rows[0]);

  seen = listing(make_instance("a", "east", "a100", LifecycleStatus::stopped));
  instances.poll(seen);
  CHECK(instances.at("a").row == seen.rows[0]);

  seen = listing(*seen.rows[0]);  // read anew, as after a start
  CHECK(instances.poll(seen).empty());
  CHECK(instances.at("a").row == seen.rows[0]);

  Instance forgetful = *seen.rows[0];
  forgetful.ssh_user.clear();
  CHECK(instances.poll(listing(forgetful)).empty());
  CHECK(instances.at("a").row == seen.rows[0]);
}

TEST_CASE("a transition is recorded once", "[syncers]") {
  Instances instances;
  instances.poll(listing(make_instance("a", "east", "a100", LifecycleStatus::pending)));
  const ChangeSet changes = instances.poll(listing(make_instance("a")));
  CHECK(kinds(changes) ==
        Kinds{"instance_changed a provider_status pending>running", "instance_changed a status pending>running"});
  CHECK(instances.at("a").status_since == Timestamp(1h + 5s));
  CHECK(instances.poll(listing(make_instance("a"))).empty());
}

TEST_CASE("an instance that the provider reports as terminated is ended", "[syncers]") {
  Instances instances;
  instances.poll(listing(make_instance("a")));
  const auto ended = listing(make_instance("a", "east", "a100", LifecycleStatus::terminated));
  CHECK(kinds(instances.poll(ended)) ==
        Kinds{"instance_changed a provider_status running>terminated", "instance_ended a status running>terminated"});
  CHECK(instances.at("a").ended_at);
  CHECK(instances.poll(ended).empty());
  CHECK(instances.poll({}).empty());
}

TEST_CASE("a machine that failed and is listed as terminated has ended, and stays so", "[syncers]") {
  Instances instances;
  Instance failed = make_instance("a", "east", "a100", LifecycleStatus::failed);
  CHECK(kinds(instances.poll(listing(failed))) == Kinds{"instance_added a"});
  CHECK_FALSE(instances.at("a").ended_at);
  failed.provider_status = "terminated";
  instances.poll(listing(failed));
  CHECK(instances.at("a").status == LifecycleStatus::failed);
  REQUIRE(instances.at("a").ended_at);
  const Timestamp ended_at = *instances.at("a").ended_at;
  CHECK(instances.poll(listing(failed)).empty());
  CHECK(instances.at("a").ended_at == ended_at);
  // One that was gone before is not there again because it is listed so.
  Instances others;
  others.poll(listing(make_instance("a", "east", "a100", LifecycleStatus::terminated)));
  others.poll(listing(failed));
  CHECK(others.at("a").status == LifecycleStatus::terminated);
  CHECK(others.at("a").ended_at);
}

TEST_CASE("an ended instance is known until it is absent a day later", "[syncers]") {
  Instances instances;
  const auto stays = listing(make_instance("b"));
  const auto ended = listing(make_instance("a", "east", "a100", LifecycleStatus::terminated), make_instance("b"));
  instances.poll(ended);
  instances.now += 23h;
  CHECK(instances.poll(stays).empty());
  instances.now += 48h;
  CHECK(instances.poll(ended).empty());
  Answer<Instance> doubtful = stays;
  doubtful.rejected.push_back({"", "no ID", "{}"});
  CHECK(instances.poll(doubtful).instances.empty());
  REQUIRE(instances.known->size() == 2);

  const ChangeSet forgotten = instances.poll(stays);
  CHECK(kinds(forgotten) == Kinds{"problem_ended "});
  REQUIRE(forgotten.instances.size() == 1);
  CHECK_FALSE(forgotten.instances.at(0).is_confirmed);
  CHECK(forgotten.instances.at(0).ended_at);
  CHECK(instances.known->size() == 1);
  CHECK(instances.poll(stays).empty());
}

TEST_CASE("an unknown status keeps the old state, pending when new, and is reported once", "[syncers]") {
  Instances instances;
  Instance odd = make_instance("a");
  odd.status.reset();
  odd.provider_status = "hibernating";
  instances.poll(listing(make_instance("a")));
  CHECK(kinds(instances.poll(listing(odd))) ==
        Kinds{"instance_changed a provider_status running>hibernating", "unknown_status a"});
  CHECK(instances.at("a").status == LifecycleStatus::running);
  CHECK(instances.poll(listing(odd)).empty());
  CHECK(kinds(instances.poll(listing(make_instance("a")))) ==
        Kinds{"instance_changed a provider_status hibernating>running", "problem_ended a"});

  Instance unborn = odd;
  unborn.cloud_id = CloudId("b");
  instances.poll(listing(make_instance("a"), unborn));
  CHECK(instances.at("b").status == LifecycleStatus::pending);
}

TEST_CASE("an identity field that changes is reported and keeps its first value", "[syncers]") {
  Instances instances;
  instances.poll(listing(make_instance("a")));
  Instance moved = make_instance("a", "west");
  moved.instance_type_id = instances.at("a").row->instance_type_id;
  CHECK(kinds(instances.poll(listing(moved))) == Kinds{"id_changed a"});
  CHECK(instances.at("a").row->location == "east");
  CHECK(instances.poll(listing(moved)).empty());
}

TEST_CASE("a field that the provider forgets keeps its value: one that it first states now is taken", "[syncers]") {
  Instances instances;
  Instance first = make_instance("a");
  first.image_id = "";
  instances.poll(listing(first));
  Instance second = make_instance("a");
  second.name = "";
  second.image_id = "ubuntu";
  CHECK(kinds(instances.poll(listing(second))) == Kinds{"instance_changed a image_id ->ubuntu"});
  CHECK(instances.at("a").row->name == "vm-a");
}

TEST_CASE("the price is frozen when first seen, from the type when the provider does not state it", "[syncers]") {
  Instances instances;
  Instance plain = make_instance("a");
  plain.price.reset();
  instances.poll(listing(plain));
  CHECK_FALSE(instances.at("a").row->price);
  instances.rules.types = catalog_of(make_type("east", "a100", 250));
  CHECK(kinds(instances.poll(listing(plain))) ==
        Kinds{"instance_changed a price_nanos ->2500000000", "instance_changed a currency ->USD"});
  instances.rules.types = catalog_of(make_type("east", "a100", 300));
  CHECK(instances.poll(listing(plain)).empty());
  CHECK(instances.at("a").row->price == fakes::cents(250));
}

TEST_CASE("an instance whose type is not in the catalog is reported, unless types were never listed", "[syncers]") {
  Instances instances;
  instances.poll(listing(make_instance("a", "east", "b200")));
  instances.rules.types = catalog_of(make_type("east", "a100"));
  CHECK(kinds(instances.poll(listing(make_instance("a", "east", "b200")))) == Kinds{"unknown_type_id a"});
  CHECK(instances.poll({}).events.empty());
  CHECK(kinds(instances.poll({})) == Kinds{"instance_ended a status running>terminated", "problem_ended a"});
}

TEST_CASE("a price that nobody can mean is not an instance's price", "[syncers]") {
  Instances instances;
  Instance odd = make_instance("a");
  odd.price = Money{GENERATE(std::int64_t{0}, std::int64_t{-5}, std::int64_t{9'000'000'000'000'000'000}), {}};
  instances.rules.types = catalog_of(make_type("east", "a100", 250));
  CHECK(kinds(instances.poll(listing(odd))) == Kinds{"instance_added a", "price_suspect a"});
  CHECK(instances.at("a").row->price == fakes::cents(250));
  CHECK(instances.poll(listing(odd)).empty());
  CHECK(kinds(instances.poll(listing(make_instance("a")))) == Kinds{"problem_ended a"});
}

TEST_CASE("a number that cannot be costs its field", "[syncers]") {
  Instances instances;
  Instance odd = make_instance("a");
  odd.ssh_port = 70'000;
  CHECK(kinds(instances.poll(listing(odd))) == Kinds{"instance_added a", "odd_field a"});
  CHECK_FALSE(instances.at("a").row->ssh_port);
  const Answer<Instance> same = listing(odd);
  CHECK(instances.poll(same).empty());
  CHECK(instances.poll(same).empty());
}

TEST_CASE("a key of ours that a vendor echoes in an instance is not kept", "[syncers]") {
  Instances instances;
  instances.rules.redactor = knows("a-secret-of-ours");
  Instance echo = make_instance("a");
  echo.tags["owner"] = "a-secret-of-ours";
  echo.attributes.edit().firewall_open = {{"", 22, 22, {"a-secret-of-ours"}}};
  instances.poll(listing(echo));
  CHECK(instances.at("a").row->tags.at("owner") == "[redacted]");
  CHECK(instances.at("a").row->attributes->firewall_open[0].ip_ranges[0] == "[redacted]");
  CHECK(instances.poll(listing(echo)).empty());
  Instance moved = make_instance("a", "a-secret-of-ours");
  CHECK(kinds(instances.poll(listing(moved, make_instance("b")))) == Kinds{"instance_added b", "row_rejected a"});
  CHECK_FALSE(instances.at("a").is_confirmed);
  for (int i = 0; i < 3; ++i) instances.poll(listing(moved, make_instance("b")));
  CHECK_FALSE(instances.at("a").ended_at);
}

TEST_CASE("an answer of instances that cannot be believed as a whole is a failed poll", "[syncers]") {
  Instances instances;
  Answer<Instance> unreadable;
  unreadable.rejected.push_back({"a", "no status", "{}"});
  CHECK_FALSE(diff_instances(instances.known, unreadable, {}, instances.rules, instances.now));
  Answer<Instance> flood;
  flood.rows.assign(limits::rows_per_listing + 1, row(make_instance("a")));
  CHECK_FALSE(diff_instances(instances.known, flood, {}, instances.rules, instances.now));
  const WorkLimit no_time(std::chrono::seconds(0));
  CHECK_FALSE(diff_instances(instances.known, fleet(1), {}, instances.rules, instances.now, no_time));
}

TEST_CASE("an account that would outgrow its bound is a failed poll", "[syncers]") {
  Instances instances;
  instances.poll(fleet(1));
  NextKnown<KnownInstance> full(instances.known);
  KnownInstance one;
  one.listing = {SyncerKind::instances, "elsewhere"};
  for (std::size_t i = 1; i < limits::rows_per_account; ++i) {
    Instance instance;
    instance.cloud_id = CloudId("x" + std::to_string(i));
    one.row = row(instance);
    full.put(one);
  }
  const auto one_more =
      diff_instances(std::move(full).finish(), fleet(2), {}, instances.rules, instances.now, WorkLimit(1h));
  REQUIRE_FALSE(one_more);
  CHECK_THAT(one_more.error().message, Catch::Contains("no more than 300000 are kept"));
}

TEST_CASE("an instance that another listing owns is a problem, and stays the owner's", "[syncers]") {
  Instances instances;
  const auto in = [&instances](const std::string& region) { instances.rules.listing.location = region; };
  const auto owned = listing(make_instance("a", "east"));
  const auto claimed =
      listing(make_instance("a", "west", "h100", LifecycleStatus::stopped), make_instance("b", "west"));
  in("east");
  instances.poll(owned);
  in("west");
  CHECK(kinds(instances.poll(claimed)) == Kinds{"instance_added b", "duplicate_id a"});
  CHECK(instances.poll(claimed).empty());
  CHECK(instances.at("a").listing.location == "east");
  CHECK(instances.at("a").status == LifecycleStatus::running);

  in("east");
  instances.poll({}, says("a", error(Errc::instance_not_found)));  // the owner loses it
  REQUIRE(instances.at("a").ended_at);
  in("west");
  CHECK(kinds(instances.poll(claimed)) == Kinds{"problem_ended a", "id_changed a"});
  CHECK(instances.at("a").ended_at);

  in("east");
  instances.poll(owned);  // and has it again
  in("west");
  CHECK(kinds(instances.poll(claimed)) == Kinds{"problem_ended a", "duplicate_id a"});
  CHECK(kinds(instances.poll(listing(make_instance("b", "west")))) == Kinds{"problem_ended a"});
}

TEST_CASE("what is told of an instance that another listing owns is not believed", "[syncers]") {
  Instances instances;
  instances.rules.listing.location = "east";
  instances.poll(listing(make_instance("a")));
  instances.rules.listing.location = "west";
  const InstanceNews claim{"west", row(make_instance("a", "west"))};
  const auto diff = diff_instance_news(instances.known, claim, instances.rules, instances.now);
  REQUIRE_FALSE(diff);
  CHECK_THAT(diff.error().message, Catch::Contains("location east has this ID"));
}

TEST_CASE("of instances that ended long ago only the catalog knows when there are too many", "[syncers]") {
  Instances instances;
  NextKnown<KnownInstance> many(instances.known);
  for (std::size_t i = 0; i < limits::gone_rows_known + 5; ++i) {
    KnownInstance gone;
    gone.row = row(make_instance("gone-" + std::to_string(i)));
    gone.listing = instances.rules.listing;
    gone.status = LifecycleStatus::terminated;
    gone.ended_at = instances.now - 1h + std::chrono::milliseconds(i);
    many.put(gone);
  }
  instances.known = std::move(many).finish();
  const ChangeSet changes = instances.poll(fleet(1));
  CHECK(kinds(changes) == Kinds{"instance_added i0", "rows_forgotten cred"});
  CHECK(changes.instances.size() == 6);
  CHECK(instances.known->size() == limits::gone_rows_known + 1);
  CHECK(instances.known->find(CloudId("gone-4")) == nullptr);
  CHECK(instances.poll(fleet(1)).empty());
}

}  // namespace tally::diff_diff_instances_test
