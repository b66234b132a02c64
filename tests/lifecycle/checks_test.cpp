// What is refused before anybody is asked, and by which name.
#include <catch2/catch.hpp>
#include <functional>
#include <memory>

#include "lifecycle/create_checks.hpp"
#include "lifecycle/field_checks.hpp"
#include "lifecycle/guards.hpp"
#include "lifecycle/public_key_check.hpp"
#include "tally/next_known.hpp"
#include "tests/fakes/money.hpp"
#include "tests/fakes/rows.hpp"

namespace tally::lifecycle::checks_test {
using namespace std::chrono_literals;

namespace {

const std::string ed25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKHEChAqvNFNPZEMKpVgXgMlj3Rk0kS4bZ5o3wKkQvlW";

/// An account with one type in two zones of "east", and all that a create asks of it.
struct Shop {
  const ListingKey listing{SyncerKind::instance_types, "east"};
  KnownTypes types;
  KnownLocations locations;
  Holds holds;
  AccountFacts facts;
  Create create;

  Shop() {
    put("a", 300);
    put("b", 500);
    locations.rows["east"].row = fakes::row(fakes::make_location("east"));
    facts.capabilities = {"create-instance"};
    facts.create.takes_image = facts.create.takes_tags = facts.create.takes_user_data = true;
    facts.types = &types;
    facts.locations = &locations;
    facts.holds = &holds;
    facts.now = Timestamp(100h);
    create.credential = CredentialRef("cred");
    create.what.ref_id = RefId("job-1");
    create.what.type = "h100";
    create.what.location = "east";
    create.what.public_key = ed25519;
  }
  InstanceType& put(const std::string& zone, int cents) {
    InstanceType type = fakes::make_type("east", "h100", cents);
    type.sub_location = zone;
    type.id = InstanceTypeId("h100-" + zone);
    auto row = std::make_shared<InstanceType>(type);
    KnownType known;
    known.row = row;
    known.listing = listing;
    put(known);
    return *row;
  }
  void put(const KnownType& known) {
    NextKnown<KnownType> next(std::make_shared<const KnownTypes>(types));
    next.put(known);
    types = *std::move(next).finish();
  }
  /// Of both zones, or of one.
  void change_known(const std::function<void(KnownType&)>& change, const std::string& zone = "") {
    for (const std::string one : {"a", "b"}) {
      if (!zone.empty() && one != zone) continue;
      KnownType known = *types.find(InstanceTypeId("h100-" + one));
      change(known);
      put(known);
    }
  }
  [[nodiscard]] Checked<CheckedCreate> check() const { return check_create(create, facts); }
  /// "kind parameter"; "" when it passes.
  [[nodiscard]] std::string refusal() const {
    const auto checked = check();
    if (checked) return "";
    CHECK(checked.error().error.certainty == Certainty::nothing_happened);
    CHECK(!checked.error().error.message.empty());
    return std::string(to_string(checked.error().error.kind)) + " " + checked.error().parameter;
  }
};

}  // namespace

TEST_CASE("a create that may be made has its zones in order and the dearest price", "[lifecycle]") {
  Shop shop;
  const auto checked = shop.check();
  REQUIRE(checked);
  CHECK(checked->zones == std::vector<std::string>{"a", "b"});
  CHECK(checked->price == fakes::cents(500));
  shop.create.what.sub_location = "b";
  CHECK(shop.check()->zones == std::vector<std::string>{"b"});
}

TEST_CASE("each refusal names its parameter and its kind", "[lifecycle]") {
  Shop shop;
  CreateRequest& what = shop.create.what;
  std::string refusal;
  SECTION("no ability") {
    shop.facts.capabilities.clear();
    refusal = "not_implemented credential";
  }
  SECTION("ref_id") {
    what.ref_id = RefId("-a");
    refusal = "invalid_request ref_id";
  }
  SECTION("unknown type") {
    what.type = "b200";
    refusal = "invalid_request type";
  }
  SECTION("unlisted type") {
    shop.change_known([](KnownType& known) { known.is_listed = false; });
    refusal = "invalid_request type";
  }
  SECTION("unknown location") {
    what.location = "west";
    refusal = "invalid_request location";
  }
  SECTION("closed location") {
    Location closed = fakes::make_location("east");
    closed.is_available = false;
    shop.locations.rows["east"].row = fakes::row(closed);
    refusal = "insufficient_resources location";
  }
  SECTION("unknown zone") {
    what.sub_location = "c";
    refusal = "invalid_request sub_location";
  }
  SECTION("no spot price") {
    what.is_spot = true;
    refusal = "invalid_request is_spot";
  }
  SECTION("image") {
    shop.facts.create.takes_image = false;
    what.image_id = "i";
    refusal = "not_implemented image_id";
  }
  SECTION("tags at all") {
    shop.facts.create.takes_tags = false;
    what.tags = {{"a", "b"}};
    refusal = "not_implemented tags";
  }
  SECTION("user data at all") {
    shop.facts.create.takes_user_data = false;
    what.user_data_base64 = "aGk=";
    refusal = "not_implemented user_data_base64";
  }
  SECTION("user data") {
    what.user_data_base64 = "aGk";
    refusal = "invalid_request user_data_base64";
  }
  SECTION("our own tag") {
    what.tags = {{"Tallyd-Ref-Id", "x"}};
    refusal = "invalid_request tags.Tallyd-Ref-Id";
  }
  SECTION("multi attach") {
    what.uses_multi_attach_volume = true;
    refusal = "not_implemented use_multi_attach_volume";
  }
  SECTION("port") {
    what.firewall.ingress = {{"", 80, 80, {}}, {"", 0, 80, {}}};
    refusal = "invalid_request firewall_rules.ingress[1].from_port";
  }
  SECTION("ports the wrong way round") {
    what.firewall.egress = {{"", 80, 79, {}}};
    refusal = "invalid_request firewall_rules.egress[0].to_port";
  }
  SECTION("network") {
    what.firewall.ingress = {{"", 80, 80, {"10.0.0.0/8", "10.0.0.0/33"}}};
    refusal = "invalid_request firewall_rules.ingress[0].ip_ranges[1]";
  }
  SECTION("disk below") {
    Storage root;
    root.min_size = Bytes(100);
    root.max_size = Bytes(200);
    shop.put("a", 300).storage = {root};
    what.disk_size = Bytes(99);
    refusal = "invalid_request disk_size_bytes";
  }
  SECTION("a fixed disk") {
    Storage root;
    root.size = Bytes(100);
    shop.put("a", 300).storage = {root};
    what.disk_size = Bytes(99);
    refusal = "not_implemented disk_size_bytes";
  }
  SECTION("additional disk") {
    what.additional_disks = {Disk{}};
    refusal = "invalid_request additional_disks[0].size_bytes";
  }
  SECTION("environment") {
    what.environment = {{"1A", ""}};
    refusal = "invalid_request environment";
  }
  SECTION("retirement") {
    what.retire_in = 1s;
    refusal = "invalid_request retire_in_s";
  }
  SECTION("price") {
    shop.create.max_price = fakes::cents(499);
    refusal = "invalid_request max_price";
  }
  SECTION("unknown price") {
    shop.put("a", 300).prices[0].amount.reset();
    shop.create.max_price = fakes::cents(1000);
    refusal = "invalid_request max_price";
  }
  CHECK(shop.refusal() == refusal);
}

TEST_CASE("a type is refused as held only when every zone of it is", "[lifecycle]") {
  Shop shop;
  shop.holds.set({"h100", "east", "a", UsageClass::on_demand, Timestamp(100h), Timestamp(100h) + 3min});
  CHECK(shop.check()->zones == std::vector<std::string>{"b"});
  shop.holds.set({"h100", "east", "b", UsageClass::on_demand, Timestamp(100h), Timestamp(100h) + 2min});
  CHECK(shop.refusal() == "insufficient_resources type");
  CHECK(shop.check().error().error.retry_after == 2min);
  shop.facts.now = Timestamp(100h) + 2min;
  CHECK(shop.check()->zones == std::vector<std::string>{"b"});
}

TEST_CASE("a hold is over when a later listing states capacity, and not before", "[lifecycle]") {
  Shop shop;
  const HoldRecord hold{"h100", "east", "", UsageClass::on_demand, Timestamp(100h), Timestamp(100h) + 3min};
  shop.holds.set(hold);
  std::map<ListingKey, ListingState> listings;
  ListingState& state = listings[shop.listing];
  const auto over = [&](Timestamp now) { return shop.holds.over(shop.types, listings, now).size(); };
  CHECK(over(Timestamp(100h) + 1s) == 0);
  state.last_success_at = Timestamp(100h) + 1s;
  state.duration = 1s;  // it began with the hold
  CHECK(over(Timestamp(100h) + 1s) == 0);
  InstanceType& row = shop.put("a", 300);
  shop.change_known([](KnownType& known) { known.is_listed = false; }, "b");
  state.last_success_at = Timestamp(100h) + 2s;
  SECTION("capacity") { CHECK(over(Timestamp(100h) + 2s) == 1); }
  SECTION("none") {
    row.is_available = false;
    CHECK(over(Timestamp(100h) + 2s) == 0);
  }
  SECTION("not known") {
    row.is_available.reset();
    CHECK(over(Timestamp(100h) + 2s) == 0);
    CHECK(over(Timestamp(100h) + 3min) == 1);
  }
}

TEST_CASE("a public key is one line of a known type with a complete blob", "[lifecycle]") {
  CHECK(checked_public_key("  " + ed25519 + "   me@host ").value() == ed25519 + " me@host");
  CHECK(checked_public_key(ed25519 + "\n"));
  for (const std::string& bad :
       {std::string(), ed25519.substr(0, ed25519.size() - 4), "ssh-rsa" + ed25519.substr(11), ed25519 + "\n" + ed25519,
        "no-pty " + ed25519, std::string("-----BEGIN OPENSSH PRIVATE KEY-----"), std::string("ssh-dss AAAA"),
        ed25519 + "AAAA", ed25519 + " a\x1b[1m"}) {
    INFO(bad);
    const auto checked = checked_public_key(bad);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().parameter == "public_key");
  }
}

TEST_CASE("networks lose their host bits, and each is there once", "[lifecycle]") {
  FirewallRules rules;
  rules.ingress = {{"id", 80, 81, {"10.1.2.3/8", "10.0.0.0/8", "2001:DB8::1/32"}}};
  const auto checked = checked_firewall_rules(rules, "firewall_rules");
  REQUIRE(checked);
  CHECK(checked->ingress == std::vector<FirewallRule>{{"", 80, 81, {"10.0.0.0/8", "2001:db8::/32"}}});
  for (const char* bad :
       {"", "10.0.0.1", "::", "10.0.0.0/", "10.0.0.0/8;reboot", "0x0a.0.0.0/8", "10.0.0.0/-1", "fe80::1%eth0/64"}) {
    INFO(bad);
    rules.ingress[0].ip_ranges = {bad};
    CHECK_FALSE(checked_firewall_rules(rules, "firewall_rules"));
  }
}

TEST_CASE("rules of the request itself are named without a dot before them", "[lifecycle]") {
  FirewallRules rules;
  rules.ingress = {{"", 80, 80, {"x"}}};
  CHECK(checked_firewall_rules(rules, "").error().parameter == "ingress[0].ip_ranges[0]");
  CHECK(checked_firewall_rules(rules, "firewall_rules").error().parameter == "firewall_rules.ingress[0].ip_ranges[0]");
}

TEST_CASE("rules to be revoked are few, and each is named once", "[lifecycle]") {
  CHECK(*checked_rule_ids({"b", "a", "b"}) == std::vector<std::string>{"b", "a"});
  CHECK_FALSE(checked_rule_ids({}));
  for (const std::string& bad : {std::string(), std::string("a\n"), std::string(257, 'r')}) {
    CHECK_FALSE(checked_rule_ids({"a", bad}));
  }
  CHECK(checked_rule_ids(std::vector<std::string>(256, "a")));
  CHECK_FALSE(checked_rule_ids(std::vector<std::string>(257, "a")));
}

TEST_CASE("an instance's tags leave room for ours beside them", "[lifecycle]") {
  std::map<std::string, std::string> tags;
  for (int i = 0; i < 240; ++i) tags["t" + std::to_string(i)] = "v";
  CHECK(check_tags(tags));
  TagChanges change{{"t0", "other"}};
  CHECK(check_tag_changes(change, tags));
  change["one more"] = "v";
  CHECK_FALSE(check_tag_changes(change, tags));
  change["t1"] = std::nullopt;
  CHECK(check_tag_changes(change, tags));
  tags["one more"] = "v";
  CHECK_FALSE(check_tags(tags));
  CHECK(check_tag_changes({{"t2", std::nullopt}}, tags));  // of one that has more already
  CHECK(check_tag_changes({{"t2", "other"}}, tags));
}

TEST_CASE("a RefID has at most 53 characters of few kinds", "[lifecycle]") {
  for (const char* good : {"a", "a.b_c-d", "0"}) CHECK(check_ref_id(good));
  CHECK(check_ref_id(std::string(53, 'x')));
  CHECK_FALSE(check_ref_id(std::string(54, 'x')));
  for (const char* bad : {"", ".a", "a.", "a b", "ä", "a/b"}) CHECK_FALSE(check_ref_id(bad));
}

TEST_CASE("guards say which of them bites", "[lifecycle]") {
  Guards guards;
  CHECK(check_not_read_only(guards));
  CHECK(check_creates_per_hour(guards, 1000));
  guards.is_read_only = true;
  CHECK(check_not_read_only(guards).error().error.message.find("read_only") != std::string::npos);
  guards.max_creates_per_hour = 2;
  CHECK(check_creates_per_hour(guards, 1));
  CHECK(check_creates_per_hour(guards, 2).error().error.message.find("max_creates_per_hour") != std::string::npos);
}

TEST_CASE("the price guard adds up, and refuses what it cannot add", "[lifecycle]") {
  Guards guards;
  const Expense one{"create job-2", fakes::cents(400)};
  CHECK(check_price_per_hour(guards, {{"instance i-1", std::nullopt}}, one));
  guards.max_price_per_hour = fakes::cents(1000);
  CHECK(check_price_per_hour(guards, {{"instance i-1", fakes::cents(600)}}, one));
  const auto words = [&](const std::vector<Expense>& expenses, const Expense& more) {
    const auto checked = check_price_per_hour(guards, expenses, more);
    return checked ? std::string() : checked.error().error.message;
  };
  CHECK(words({{"instance i-1", fakes::cents(601)}}, one).find("10.01 USD") != std::string::npos);
  CHECK(words({{"instance i-1", std::nullopt}}, one).find("instance i-1 is not known") != std::string::npos);
  CHECK(words({}, {"create job-2", std::nullopt}).find("create job-2") != std::string::npos);
  CHECK(words({{"instance i-1", fakes::cents(1, *Currency::from_code("EUR"))}}, one).find("EUR") != std::string::npos);
}

}  // namespace tally::lifecycle::checks_test
