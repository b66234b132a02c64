// Lifecycle calls of the control API, against a service that comes to what a test says.
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/api/api_site.hpp"

namespace tally::lifecycle_calls_test {
using namespace tally::api_tests;
using lifecycle::Progress;

namespace {

const std::string machine = "/v1/instances/cred/i%2F1%20%C3%A9";
const std::string key = "ssh-ed25519 AAAA me";

json::object least_create() {
  return {
      {"credential", "cred"}, {"ref_id", "job-7"}, {"type", "t1"}, {"location", "region-1"}, {"public_key", key},
  };
}

std::string with(const std::string& name, const json::value& value) {
  json::object body = least_create();
  body[name] = value;
  return json::serialize(body);
}

OperationRecord operation(OperationKind kind, OperationState state) {
  OperationRecord record;
  record.kind = kind;
  record.state = state;
  record.cloud_id = CloudId("i/1 é");
  return record;
}

/// The service comes to that, and the journal has it.
void let_come(Site& site, const OperationRecord& record, bool was_over = false) {
  Progress progress = journaled(site.world().catalog, record);
  progress.was_over = was_over;
  site.lifecycle().carried_out_ = [progress](const auto&) { return progress; };
}

Error vendor_error() {
  Error error;
  error.kind = Errc::insufficient_resources;
  error.provider = "fake";
  error.status = 400;
  error.code = "NO_CAPACITY";
  error.message = "sold out";
  error.retry_after = 1500ms;
  return error;
}

template <class Request>
Request asked(Site& site) {
  REQUIRE(site.lifecycle().asked_.size() == 1);
  return std::get<Request>(site.lifecycle().asked_.front());
}

std::string kind_of(const HttpAnswer& answer) { return std::string(answer.body.at("kind").as_string()); }

}  // namespace

TEST_CASE("a create answers its operation and its machine, with the status of what it came to", "[api]") {
  Site site;
  using State = OperationState;
  const auto [state, was_over, status] = GENERATE(table<State, bool, int>({{State::succeeded, false, 201},
                                                                           {State::adopted, false, 201},
                                                                           {State::succeeded, true, 200},
                                                                           {State::adopted, true, 200},
                                                                           {State::started, false, 202},
                                                                           {State::unknown, false, 202}}));
  let_come(site, operation(OperationKind::create, state), was_over);
  const HttpAnswer answer = get(site, "/v1/instances", "POST", json::serialize(least_create()));
  CHECK(answer.status == status);
  CHECK(answer.header("Location") == (status == 202 ? "/v1/operations/op-1" : ""));
  CHECK(answer.body.at("operation").at("id") == "op-1");
  CHECK(answer.body.at("operation").at("state").as_string() == std::string(to_string(state)));
  CHECK(answer.body.at("instance").at("cloud_id") == "i/1 é");
  CHECK(answer.body.as_object().size() == 2);
  CHECK(site.lifecycle().patience_ == 8s);
}

TEST_CASE("a create is asked for with every field of its body", "[api]") {
  Site site;
  let_come(site, operation(OperationKind::create, OperationState::started));
  json::object body = least_create();
  const json::object more = json::parse(R"({
    "name": "n", "sub_location": "z", "is_spot": true, "image_id": "im", "disk_size_bytes": 200000000000,
    "additional_disks": [{"size_bytes": 5, "type": "ssd", "mount_path": "/data"}], "use_multi_attach_volume": true,
    "vpc_id": "v", "subnet_id": "s", "use_persistent_ip": true, "key_pair_name": "k", "user_data_base64": "IyE=",
    "firewall_rules": {"ingress": [{"from_port": 80, "to_port": 81, "ip_ranges": ["10.0.0.0/8"]}],
                       "egress": [{"from_port": 1, "to_port": 65535, "ip_ranges": []}]},
    "environment": {"A": "1", "B": null}, "tags": {"team": "ml"}, "retire_in_s": 60, "max_price": "30.5 EUR",
    "dry_run": false})")
                                .as_object();
  for (const auto& member : more) body[member.key()] = member.value();
  CHECK(get(site, "/v1/instances", "POST", json::serialize(body)).status == 202);
  const auto create = asked<lifecycle::Create>(site);
  const CreateRequest& what = create.what;
  CHECK(create.credential.str() == "cred");
  CHECK(what.ref_id.str() == "job-7");
  CHECK(what.type == "t1");
  CHECK(what.location == "region-1");
  CHECK(what.public_key == key);
  CHECK(what.name == "n");
  CHECK(what.sub_location == "z");
  CHECK(what.is_spot);
  CHECK(what.image_id == "im");
  CHECK(what.disk_size == Bytes(200'000'000'000));
  CHECK(what.additional_disks == std::vector<Disk>{Disk{Bytes(5), "ssd", "/data"}});
  CHECK(what.uses_multi_attach_volume);
  CHECK(what.vpc_id == "v");
  CHECK(what.subnet_id == "s");
  CHECK(what.uses_persistent_ip);
  CHECK(what.key_pair_name == "k");
  CHECK(what.user_data_base64 == "IyE=");
  CHECK(what.firewall.ingress == std::vector<FirewallRule>{FirewallRule{"", 80, 81, {"10.0.0.0/8"}}});
  CHECK(what.firewall.egress == std::vector<FirewallRule>{FirewallRule{"", 1, 65535, {}}});
  CHECK(what.environment == std::map<std::string, std::string>{{"A", "1"}});
  CHECK(what.tags == std::map<std::string, std::string>{{"team", "ml"}});
  CHECK(what.retire_in == 60s);
  CHECK(create.max_price == Money::parse("30.5", *Currency::from_code("EUR")));
}

TEST_CASE("what is null, absent or the default is one request", "[api]") {
  Site site;
  let_come(site, operation(OperationKind::create, OperationState::started));
  json::object body = least_create();
  for (const char* name : {"name", "image_id", "disk_size_bytes", "firewall_rules", "tags", "is_spot", "max_price"}) {
    body[name] = nullptr;
  }
  get(site, "/v1/instances", "POST", json::serialize(least_create()));
  get(site, "/v1/instances", "POST", json::serialize(body));
  REQUIRE(site.lifecycle().asked_.size() == 2);
  CHECK(digest_of(site.lifecycle().asked_[0]) == digest_of(site.lifecycle().asked_[1]));
}

TEST_CASE("a field of a create that is wrong is named, and nobody is asked", "[api]") {
  Site site;
  const std::uint64_t beyond_int64 = 1ULL << 63U;
  const json::value negative = json::parse(R"([{"size_bytes": -1}])");
  const json::value port = json::parse(R"({"ingress": [{"from_port": 1, "to_port": 70000, "ip_ranges": []}]})");
  const json::value range = json::parse(R"({"egress": [{"from_port": 1, "to_port": 2, "ip_ranges": ["x", 1]}]})");
  const auto [name, value, parameter] = GENERATE_COPY(
      table<std::string, json::value, std::string>({{"ref_id", nullptr, "ref_id"},
                                                    {"ref_id", "", "ref_id"},
                                                    {"type", 5, "type"},
                                                    {"is_spot", 1, "is_spot"},
                                                    {"disk_size_bytes", 0, "disk_size_bytes"},
                                                    {"disk_size_bytes", 1.5, "disk_size_bytes"},
                                                    {"disk_size_bytes", "200", "disk_size_bytes"},
                                                    {"disk_size_bytes", beyond_int64, "disk_size_bytes"},
                                                    {"retire_in_s", 1e300, "retire_in_s"},
                                                    {"additional_disks", 5, "additional_disks"},
                                                    {"additional_disks", negative, "additional_disks[0].size_bytes"},
                                                    {"firewall_rules", "open", "firewall_rules"},
                                                    {"firewall_rules", port, "firewall_rules.ingress[0].to_port"},
                                                    {"firewall_rules", range, "firewall_rules.egress[0].ip_ranges[1]"},
                                                    {"tags", json::object{{"a", 1}}, "tags.a"},
                                                    {"max_price", "30", "max_price"},
                                                    {"max_price", 30, "max_price"},
                                                    {"retire_in_s", 0, "retire_in_s"},
                                                    {"colour", "red", "colour"}}));
  CAPTURE(name, json::serialize(value));
  const HttpAnswer answer = get(site, "/v1/instances", "POST", with(name, value));
  CHECK(answer.status == 400);
  CHECK(kind_of(answer) == "invalid_request");
  CHECK(answer.body.at("parameter").as_string() == parameter);
  CHECK(site.lifecycle().asked_.empty());
}

TEST_CASE("every field that is wrong is named", "[api]") {
  Site site;
  const HttpAnswer answer = get(site, "/v1/instances", "POST", R"({"credential": 1, "colour": "red"})");
  CHECK(answer.body.at("parameter") == "credential");
  std::string problems;
  for (const json::value& each : answer.body.at("problems").as_array()) problems += each.as_string().c_str();
  for (const char* name : {"credential", "ref_id", "type", "location", "public_key", "colour"}) {
    CHECK(problems.find("\"" + std::string(name) + "\"") != std::string::npos);
  }
}

TEST_CASE("what the service refuses before the journal is a problem with its kind and parameter", "[api]") {
  Site site;
  using Case = std::pair<Errc, int>;
  const auto [kind, status] = GENERATE(values<Case>({{Errc::invalid_request, 400},
                                                     {Errc::resource_not_found, 404},
                                                     {Errc::image_not_found, 404},
                                                     {Errc::conflict, 409},
                                                     {Errc::forbidden, 403},
                                                     {Errc::out_of_quota, 403},
                                                     {Errc::not_implemented, 501},
                                                     {Errc::rate_limited, 429},
                                                     {Errc::insufficient_resources, 503},
                                                     {Errc::internal, 500}}));
  const Errc wanted = kind;
  site.lifecycle().carried_out_ = [wanted](const auto&) { return lifecycle::refused(wanted, "image_id", "no"); };
  const HttpAnswer answer = get(site, "/v1/instances", "POST", json::serialize(least_create()));
  CHECK(answer.status == status);
  CHECK(answer.head.find("application/problem+json") != std::string::npos);
  CHECK(kind_of(answer) == std::string(to_string(kind)));
  CHECK(answer.body.at("parameter") == "image_id");
  CHECK(answer.body.at("detail") == "no");
  CHECK_FALSE(answer.body.as_object().contains("operation_id"));
}

TEST_CASE("an outcome that is certain and bad is a problem that names its operation and the vendor's words", "[api]") {
  Site site;
  const auto state = GENERATE(OperationState::failed, OperationState::cleaned_up);
  OperationRecord record = operation(OperationKind::create, state);
  record.error_kind = "insufficient_resources";
  record.error = "sold out";
  Progress progress = journaled(site.world().catalog, record);
  const bool is_in_memory = GENERATE(true, false);
  if (is_in_memory) progress.error = vendor_error();
  site.lifecycle().carried_out_ = [progress](const auto&) { return progress; };
  const HttpAnswer answer = get(site, "/v1/instances", "POST", json::serialize(least_create()));
  CHECK(answer.status == 503);
  CHECK(kind_of(answer) == "insufficient_resources");
  CHECK(answer.body.at("operation_id") == "op-1");
  CHECK(answer.body.at("detail") == "sold out");
  if (!is_in_memory) return;
  CHECK(answer.body.at("provider") == "fake");
  CHECK(answer.body.at("provider_status") == 400);
  CHECK(answer.body.at("provider_code") == "NO_CAPACITY");
  CHECK(answer.body.at("retry_after_s") == 2);
}

TEST_CASE("an image that the vendor does not have is the image's field, whoever notices", "[api]") {
  Site site;
  OperationRecord record = operation(OperationKind::create, OperationState::failed);
  record.error_kind = "image_not_found";
  const Progress progress = journaled(site.world().catalog, record);
  site.lifecycle().carried_out_ = [progress](const auto&) { return progress; };
  CHECK(get(site, "/v1/instances", "POST", json::serialize(least_create())).body.at("parameter") == "image_id");
}

TEST_CASE("a dry run answers what would be asked, and carries nothing out", "[api]") {
  Site site;
  site.lifecycle().plan_ =
      std::vector<PlannedRequest>{{"POST", "/launch", {{"Authorization", "***"}}, "{\"name\": \"n\"}"}};
  const HttpAnswer answer = get(site, "/v1/instances", "POST", with("dry_run", true));
  CHECK(answer.status == 200);
  const json::value& request = answer.body.at("requests").at(0);
  CHECK(request.at("method") == "POST");
  CHECK(request.at("target") == "/launch");
  CHECK(request.at("headers").at("Authorization") == "***");
  CHECK(request.at("body") == "{\"name\": \"n\"}");
  CHECK(site.lifecycle().asked_.empty());
  CHECK(site.lifecycle().planned_.size() == 1);
}

TEST_CASE("each call about a machine becomes its request", "[api]") {
  Site site;
  const auto [method, path, body, kind] = GENERATE(table<std::string, std::string, std::string, OperationKind>(
      {{"DELETE", "", "", OperationKind::terminate},
       {"POST", "/stop", "", OperationKind::stop},
       {"POST", "/start", "{}", OperationKind::start},
       {"POST", "/reboot", "", OperationKind::reboot},
       {"POST", "/resize", R"({"disk_size_bytes": 5})", OperationKind::resize},
       {"POST", "/tags", R"({"tags": {"a": "1", "b": null}})", OperationKind::tags},
       {"POST", "/change-type", R"({"type": "t2"})", OperationKind::change_type},
       {"POST", "/firewall-rules", R"({"ingress": [{"from_port": 1, "to_port": 2, "ip_ranges": ["::/0"]}]})",
        OperationKind::add_firewall_rules},
       {"DELETE", "/firewall-rules", R"({"rule_ids": ["r"]})", OperationKind::revoke_firewall_rules},
       {"POST", "/retire", R"({"retire_in_s": null})", OperationKind::retire}}));
  CAPTURE(path);
  let_come(site, operation(kind, OperationState::succeeded));
  const HttpAnswer answer = get(site, machine + path, method, body);
  CHECK(answer.status == 200);
  CHECK(answer.body.at("operation").at("kind").as_string() == std::string(to_string(kind)));
  REQUIRE(site.lifecycle().asked_.size() == 1);
  const lifecycle::Request& request = site.lifecycle().asked_.front();
  CHECK(lifecycle::kind_of(request) == kind);
  CHECK(lifecycle::machine_of(request)->credential.str() == "cred");
  CHECK(lifecycle::machine_of(request)->cloud_id.str() == "i/1 é");
}

TEST_CASE("what a call about a machine says reaches the service", "[api]") {
  Site site;
  let_come(site, operation(OperationKind::tags, OperationState::succeeded));
  SECTION("tags that go, and tags that are set") {
    get(site, machine + "/tags", "POST", R"({"tags": {"a": "1", "b": null}})");
    CHECK(asked<lifecycle::UpdateTags>(site).changes == TagChanges{{"a", "1"}, {"b", std::nullopt}});
  }
  SECTION("a size") {
    get(site, machine + "/resize", "POST", R"({"disk_size_bytes": 5})");
    CHECK(asked<lifecycle::Resize>(site).resize.size == Bytes(5));
  }
  SECTION("where to look for a machine") {
    get(site, machine + "?location=east", "DELETE");
    CHECK(asked<lifecycle::Terminate>(site).machine.location == "east");
  }
  SECTION("a retirement") {
    get(site, machine + "/retire", "POST", R"({"retire_in_s": 60})");
    CHECK(asked<lifecycle::Retire>(site).in == 60s);
  }
  SECTION("never") {
    get(site, machine + "/retire", "POST", R"({"retire_in_s": null})");
    CHECK_FALSE(asked<lifecycle::Retire>(site).in);
  }
}

TEST_CASE("bodies of calls about a machine are read strictly", "[api]") {
  Site site;
  const auto [method, path, body, parameter] = GENERATE(table<std::string, std::string, std::string, std::string>(
      {{"DELETE", "", R"({"force": true})", "force"},
       {"POST", "/stop", R"({"force": true})", "force"},
       {"POST", "/resize", "", "disk_size_bytes"},
       {"POST", "/tags", R"({"tags": ["a"]})", "tags"},
       {"POST", "/tags", R"({"tags": {"a": 1}})", "tags.a"},
       {"POST", "/change-type", R"({"type": null})", "type"},
       {"POST", "/firewall-rules", "{}", "ingress"},
       {"POST", "/firewall-rules", R"({"ingress": [{"from_port": 0, "to_port": 2, "ip_ranges": []}]})",
        "ingress[0].from_port"},
       {"POST", "/firewall-rules", R"({"egress": [{"from_port": 1, "to_port": 2, "ip_ranges": [], "id": "r"}]})",
        "egress[0].id"},
       {"DELETE", "/firewall-rules", R"({"rule_ids": []})", "rule_ids"},
       {"DELETE", "/firewall-rules", R"({"rule_ids": [1]})", "rule_ids[0]"},
       {"POST", "/retire", "", "retire_in_s"},
       {"POST", "/retire", R"({"retire_in_s": "8h"})", "retire_in_s"}}));
  CAPTURE(path, body);
  const HttpAnswer answer = get(site, machine + path, method, body);
  CHECK(answer.status == 400);
  CHECK(answer.body.at("parameter").as_string() == parameter);
  CHECK(site.lifecycle().asked_.empty());
}

TEST_CASE("a body that is no JSON object is refused, and nobody is asked", "[api]") {
  Site site;
  const std::string deep(1000, '[');
  const std::string body =
      GENERATE_COPY(as<std::string>(), "[]", "null", "5", "{", "{}{}", "{\"name\": \"\xff\"}", "{\"tags\": " + deep);
  const std::string path = GENERATE(as<std::string>(), "/v1/instances", "/v1/instances/cred/i-1/stop");
  CAPTURE(body, path);
  const HttpAnswer answer = get(site, path, "POST", body);
  CHECK(answer.status == 400);
  CHECK(kind_of(answer) == "invalid_request");
  CHECK(site.lifecycle().asked_.empty());
}

TEST_CASE("firewall rules are what the provider says, and what there is after some were added", "[api]") {
  Site site;
  FirewallRules rules;
  rules.ingress = {FirewallRule{"r-1", 22, 22, {"10.0.0.0/8"}}};
  site.lifecycle().rules_ = rules;
  const json::value expected = json::parse(
      R"({"ingress": [{"id": "r-1", "from_port": 22, "to_port": 22, "ip_ranges": ["10.0.0.0/8"]}], "egress": []})");
  CHECK(get(site, machine + "/firewall-rules").body == expected);
  CHECK(site.lifecycle().asked_rules_of_.cloud_id.str() == "i/1 é");

  Progress progress =
      journaled(site.world().catalog, operation(OperationKind::add_firewall_rules, OperationState::succeeded));
  progress.rules = rules;
  site.lifecycle().carried_out_ = [progress](const auto&) { return progress; };
  const std::string body = R"({"ingress": [{"from_port": 22, "to_port": 22, "ip_ranges": ["10.0.0.0/8"]}]})";
  CHECK(get(site, machine + "/firewall-rules", "POST", body).body.at("firewall_rules") == expected);
  site.lifecycle().rules_ = lifecycle::refused(Errc::not_implemented, "", "it cannot");
  CHECK(get(site, machine + "/firewall-rules").status == 501);
}

TEST_CASE("an operation of the service is followed, and one of the journal is found", "[api]") {
  Site site;
  const Progress progress =
      journaled(site.world().catalog, operation(OperationKind::terminate, OperationState::started));
  site.lifecycle().found_ = [progress](const std::string& id) {
    return id == "op-1" ? std::optional(progress) : std::nullopt;
  };
  const HttpAnswer followed = get(site, "/v1/operations/op-1?wait_s=5");
  CHECK(followed.status == 200);
  CHECK(site.lifecycle().patience_ == 5s);
  CHECK(followed.body.at("operation").at("state") == "started");
  CHECK(followed.body.at("instance").at("cloud_id") == "i/1 é");
  site.lifecycle().found_ = [](const std::string&) { return std::nullopt; };
  CHECK(get(site, "/v1/operations/op-1").body == followed.body);
  CHECK(get(site, "/v1/operations?kind=terminate&cloud_id=i%2F1%20%C3%A9").body.at("items").as_array().size() == 1);
}

TEST_CASE("a client that leaves changes nothing", "[api]") {
  Site site;
  site.lifecycle().is_held_ = true;
  let_come(site, operation(OperationKind::stop, OperationState::succeeded));
  {
    Client client(site.socket());
    client.send("POST " + machine + "/stop HTTP/1.1\r\nHost: x\r\n\r\n");
    while (site.lifecycle().begun_ == 0) get(site, "/-/ready");
  }
  site.release();
  while (site.lifecycle().ended_ == 0) get(site, "/-/ready");
  CHECK(asked<lifecycle::Stop>(site).machine.cloud_id.str() == "i/1 é");
}

}  // namespace tally::lifecycle_calls_test
