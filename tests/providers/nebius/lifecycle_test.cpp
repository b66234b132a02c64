// What creates, changes and refusals come to at Nebius. What takes time there is judged against a server
// (.ci/judge-nebius).
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>

#include "net/grpc/codes.hpp"
#include "providers/nebius/dialect.hpp"
#include "providers/nebius/order.hpp"
#include "providers/nebius/protos/common.pb.h"
#include "providers/nebius/protos/vpc.pb.h"
#include "tests/providers/nebius/messages.hpp"
#include "tests/providers/recorded_account.hpp"

namespace tally::nebius_lifecycle_test {
using namespace tally::fakes;
namespace common = ::nebius::common::v1;
namespace compute = ::nebius::compute::v1;

namespace {

const std::string network = "/nebius.vpc.v1.NetworkService/";
const std::string subnet = "/nebius.vpc.v1.SubnetService/";
const std::string machine = "/nebius.compute.v1.InstanceService/";

common::Status status_of(int code, const std::string& detail = "", const std::string& message = "said") {
  common::Status status;
  status.set_code(code);
  status.set_message(message);
  if (!detail.empty()) {
    auto& any = *status.add_details();
    any.set_type_url("type.googleapis.com/nebius.common.v1.ServiceError");
    any.set_value(message_of<common::ServiceError>(detail).SerializeAsString());
  }
  return status;
}

Response refusal(int code, const std::string& detail = "", const std::string& message = "said") {
  return nebius::answer_of(status_of(code, detail, message));
}

std::string operation(const std::string& resource, const common::Status& status = {}) {
  common::Operation done;
  done.set_id("operation-1");
  done.set_resource_id(resource);
  *done.mutable_status() = status;
  return done.SerializeAsString();
}

Task<> note(Result<> outcome) { co_return outcome; }

class Account {
 public:
  Account() : account(*find_provider("nebius")) {
    for (const std::string& service : {network, subnet, machine}) {
      account.http.reply(service + "Delete", 200, operation("gone"));
    }
    for (const char* action : {"Stop", "Start", "Update"}) account.http.reply(machine + action, 200, operation("i"));
  }
  Result<Created> create() { return account.run(account->creates()->create(account.order)); }

  /// The last message to that method, and how often there was one.
  template <class Message>
  Message sent(const std::string& method) const {
    Message message;
    for (const auto& call : account.http.sent) {
      if (call.url.ends_with(method)) CHECK(message.ParseFromString(call.body));
    }
    return message;
  }
  [[nodiscard]] int calls(const std::string& method) const {
    return static_cast<int>(std::count_if(account.http.sent.begin(), account.http.sent.end(),
                                          [&](const auto& call) { return call.url.ends_with(method); }));
  }
  [[nodiscard]] std::string key_of(const std::string& method) const {
    for (const auto& call : account.http.sent) {
      if (call.url.ends_with(method)) return call.headers.at("X-Idempotency-Key");
    }
    return "";
  }

  RecordedAccount account;
};

}  // namespace

TEST_CASE("each refusal of Nebius is a kind of ours, by its detail first and its code second", "[nebius]") {
  struct Case {
    int code;
    std::string detail;
    Errc kind;
    Certainty certainty = Certainty::nothing_happened;
  };
  const std::vector<Case> cases = {
      {8, "not_enough_resources { violations { resource_type: \"gpu\" message: \"none\" } }",
       Errc::insufficient_resources},
      {8, "quota_failure { violations { quota: \"gpus\" limit: \"8\" requested: \"9\" } }", Errc::out_of_quota},
      {8, "too_many_requests { violation: \"slow down\" }", Errc::rate_limited},
      {8, "", Errc::rate_limited},
      {5, "resource_not_found { resource_id: \"i\" }", Errc::instance_not_found},
      {5, "", Errc::instance_not_found},
      {6, "resource_already_exists { }", Errc::conflict},
      {6, "", Errc::conflict},
      {9, "bad_resource_state { message: \"is stopping\" }", Errc::conflict},
      {10, "operation_conflict { }", Errc::conflict},
      {10, "operation_aborted { }", Errc::conflict},
      {9, "resource_conflict { }", Errc::conflict},
      {7, "permission_denied { }", Errc::forbidden},
      {7, "", Errc::forbidden},
      {16, "", Errc::auth},
      {3, "bad_request { violations { field: \"spec.x\" message: \"is odd\" } }", Errc::invalid_request},
      {11, "out_of_range { limit: \"1\" }", Errc::invalid_request},
      {3, "", Errc::invalid_request},
      {12, "", Errc::not_implemented},
      {13, "internal_error { }", Errc::service_unavailable, Certainty::unknown},
      {13, "", Errc::service_unavailable, Certainty::unknown},
      {14, "", Errc::service_unavailable, Certainty::unknown},
      {4, "", Errc::service_unavailable, Certainty::unknown},
      {2, "", Errc::service_unavailable, Certainty::unknown},
      {77, "", Errc::service_unavailable, Certainty::unknown}};
  for (const Case& each : cases) {
    INFO(each.code << " " << each.detail);
    const Error error =
        error_of(nebius::dialect(), operations::stop_instance, refusal(each.code, each.detail), Redactor());
    CHECK(error.kind == each.kind);
    CHECK(error.certainty == each.certainty);
    CHECK_THAT(error.message, Catch::Contains("said"));
  }
  const Error of_field =
      error_of(nebius::dialect(), operations::create_instance, refusal(3, cases[15].detail), Redactor());
  CHECK_THAT(of_field.message, Catch::Contains("spec.x: is odd"));
  const Error by_words =
      error_of(nebius::dialect(), operations::create_instance, refusal(9, "", "Quota limit exceeded: x"), Redactor());
  CHECK(by_words.kind == Errc::out_of_quota);
}

TEST_CASE("an answer without gRPC's status is not Nebius's word", "[nebius]") {
  Response gateway;
  gateway.status = 404;
  const Error error = error_of(nebius::dialect(), operations::get_instance, gateway, Redactor());
  CHECK(error.kind == Errc::service_unavailable);
}

TEST_CASE("a machine is ordered in a network of its own, with its labels, its disk and its key", "[nebius]") {
  Account site;
  site.account.order.name = "trainer";
  site.account.order.tags["team"] = "ml";
  site.account.order.is_spot = true;
  const auto created = site.create();
  REQUIRE(created);
  CHECK(created->instance.cloud_id.str() == "computeinstance-e00ours");
  REQUIRE(created->made.size() == 2);
  CHECK(created->made.front().kind == HandleKind::network);
  CHECK(created->made.back().vendor_id == "vpcsubnet-e00ours");
  const auto order = site.sent<compute::CreateInstanceRequest>(machine + "Create");
  CHECK(order.metadata().parent_id() == "project-e00north");
  CHECK(order.metadata().name() == "job-7");
  const auto& labels = order.metadata().labels();
  CHECK(labels.at("created-by") == "tallyd");
  CHECK(labels.at("brev-user") == "job-7");
  CHECK(labels.at("cloud-cred-ref-id") == "contract");
  CHECK(labels.at("name") == "trainer");
  CHECK(labels.at("team") == "ml");
  CHECK(labels.at("network-id") == "vpcnetwork-e00ours");
  const auto& spec = order.spec();
  CHECK(spec.resources().platform() == "gpu-h100-sxm");
  CHECK(spec.resources().preset() == "1gpu-16vcpu-200gb");
  CHECK(spec.network_interfaces(0).has_ip_address());
  CHECK(spec.boot_disk().managed_disk().spec().size_gibibytes() == 1280);
  CHECK(spec.boot_disk().managed_disk().spec().source_image_family().image_family() == "ubuntu24.04-cuda13.0");
  CHECK(spec.has_preemptible());
  CHECK_THAT(spec.cloud_init_user_data(), Catch::Contains("ssh-ed25519 AAAA") && Catch::Contains("ufw"));
  CHECK(spec.cloud_init_user_data().size() <= 32768);
}

TEST_CASE("the same create is the same calls, another one is others", "[nebius]") {
  Account one;
  Account same;
  Account other;
  other.account.order.token = "token-2";
  REQUIRE((one.create() && same.create() && other.create()));
  for (const std::string& method : {network + "Create", subnet + "Create", machine + "Create"}) {
    CHECK(one.key_of(method) == same.key_of(method));
    CHECK(one.key_of(method) != other.key_of(method));
  }
  CHECK(one.key_of(network + "Create") != one.key_of(subnet + "Create"));
  const std::string key = nebius::call_key("token", "step");
  REQUIRE(key.size() == 36);
  CHECK(key[14] == '5');
}

TEST_CASE("a machine that lives under the RefID is the answer, and nothing is made", "[nebius]") {
  Account site;
  site.account.order.ref_id = RefId("job-1");
  const auto created = site.create();
  REQUIRE(created);
  CHECK(created->instance.cloud_id.str() == "computeinstance-e00ours");
  CHECK(site.calls("/Create") == 0);
  site.account.order.type = "gpu-h100-sxm.8gpu-128vcpu-1600gb";
  const auto other = site.create();
  REQUIRE_FALSE(other);
  CHECK(other.error().kind == Errc::conflict);
}

TEST_CASE("what was made for a machine that is the answer is known by its labels", "[nebius]") {
  Account site;
  site.account.order.ref_id = RefId("job-1");
  std::string machines = read_file("nebius/recorded/instances.pbtxt");
  const std::size_t ours = machines.find("labels {", machines.find("computeinstance-e00ours"));
  machines.insert(ours, R"(labels { key: "network-id" value: "n-1" } labels { key: "subnet-id" value: "s-1" } )");
  site.account.http.reply(machine + "List", 200, encoded_message(machines));
  const auto created = site.create();
  REQUIRE(created);
  CHECK(created->made ==
        std::vector<Handle>{{HandleKind::network, "n-1", "job-1-vpc"}, {HandleKind::subnet, "s-1", "job-1-subnet"}});
}

TEST_CASE("a create that is accepted and then fails ends the machine and all that was made for it", "[nebius]") {
  Account site;
  const auto none = status_of(8, "not_enough_resources { violations { resource_type: \"gpu\" message: \"none\" } }");
  site.account.http.reply(machine + "Create", 200, operation("computeinstance-e00late", none));
  site.account.http.reply(machine + "Get", refusal(5));
  const auto created = site.create();
  REQUIRE_FALSE(created);
  CHECK(created.error().kind == Errc::insufficient_resources);
  CHECK(created.error().certainty == Certainty::nothing_happened);
  CHECK(created.error().made.empty());
  CHECK(site.calls(subnet + "Delete") == 1);
  CHECK(site.calls(network + "Delete") == 1);
}

TEST_CASE("a refused order removes what was made for it, or says what is left", "[nebius]") {
  Account site;
  site.account.http.reply(machine + "Create", refusal(8, "quota_failure { }"));
  auto created = site.create();
  REQUIRE_FALSE(created);
  CHECK(created.error().kind == Errc::out_of_quota);
  CHECK(created.error().certainty == Certainty::nothing_happened);
  CHECK(site.calls(network + "Delete") == 1);
  site.account.http.reply(network + "Delete", refusal(14));
  created = site.create();
  REQUIRE_FALSE(created);
  CHECK(created.error().certainty == Certainty::partly);
  REQUIRE(created.error().made.size() == 1);
  CHECK(created.error().made.front().vendor_id == "vpcnetwork-e00ours");
}

TEST_CASE("what is made beside a machine is announced by its name before it is asked for", "[nebius]") {
  Account site;
  std::vector<std::string> told;
  site.account.order.before_making = [&](const Handle& planned) {
    told.push_back(std::string(to_string(planned.kind)) + " " + planned.name);
    CHECK(planned.vendor_id.empty());
    CHECK(site.calls(planned.kind == HandleKind::network ? network + "Create" : subnet + "Create") == 0);
    return note(Result<>());
  };
  const auto created = site.create();
  REQUIRE(created);
  CHECK(told == std::vector<std::string>{"network job-7-vpc", "subnet job-7-subnet"});
  CHECK(created->made.front().name == "job-7-vpc");
  CHECK(created->made.back().name == "job-7-subnet");
}

TEST_CASE("what could not be noted is not made, and what was made before it is removed", "[nebius]") {
  Account site;
  site.account.order.before_making = [](const Handle& planned) {
    Error unwritten;
    unwritten.certainty = Certainty::nothing_happened;
    return note(planned.kind == HandleKind::network ? Result<>() : tl::unexpected(std::move(unwritten)));
  };
  const auto created = site.create();
  REQUIRE_FALSE(created);
  CHECK(created.error().certainty == Certainty::nothing_happened);
  CHECK(site.calls(subnet + "Create") == 0);
  CHECK(site.calls(machine + "Create") == 0);
  CHECK(site.calls(network + "Delete") == 1);
}

TEST_CASE("of a create whose end nobody knows all stays, and the same calls go on with it", "[nebius]") {
  Account site;
  site.account.http.reply(machine + "Create", refusal(14));
  const auto lost = site.create();
  REQUIRE_FALSE(lost);
  CHECK(lost.error().certainty == Certainty::unknown);
  CHECK(lost.error().made.size() == 2);
  CHECK(site.calls("/Delete") == 0);
  const std::string key = site.key_of(machine + "Create");
  site.account.http.sent.clear();
  site.account.http.reply(machine + "Create", 200, operation("computeinstance-e00ours"));
  REQUIRE(site.create());
  CHECK(site.key_of(machine + "Create") == key);
}

TEST_CASE("what cannot be ordered is refused by its name before any call", "[nebius]") {
  const auto message = [](auto change) {
    Account site;
    change(site.account.order);
    const auto created = site.create();
    REQUIRE_FALSE(created);
    CHECK(site.account.http.sent.empty());
    CHECK(created.error().certainty == Certainty::nothing_happened);
    return created.error().message;
  };
  CHECK_THAT(message([](CreateRequest& order) { order.type = "gpu-h100-sxm"; }), Catch::Contains("`type`"));
  CHECK_THAT(message([](CreateRequest& order) { order.tags["created-by"] = "me"; }),
             Catch::Contains("tags.created-by"));
  CHECK_THAT(message([](CreateRequest& order) { order.tags["k"] = std::string(64, 'v'); }), Catch::Contains("tags.k"));
  CHECK_THAT(message([](CreateRequest& order) { order.disk_size = Bytes(1); }), Catch::Contains("disk_size_bytes"));
  CHECK_THAT(message([](CreateRequest& order) { order.public_key = "no key';"; }), Catch::Contains("public_key"));
}

TEST_CASE("labels that are not named stay, and ours cannot be changed", "[nebius]") {
  Account site;
  TagChanges changes;
  changes["team"] = std::nullopt;
  changes["job"] = "7";
  REQUIRE(site.account.run(site.account->updates_tags()->update_tags(site.account.instance, changes)));
  const auto update = site.sent<compute::UpdateInstanceRequest>(machine + "Update");
  const auto& labels = update.metadata().labels();
  CHECK(labels.at("job") == "7");
  CHECK_FALSE(labels.contains("team"));
  CHECK(labels.at("created-by") == "tallyd");
  CHECK(update.metadata().resource_version() == 3);
  CHECK(update.spec().resources().platform() == "gpu-h100-sxm");
  changes["brev-user"] = "other";
  const auto refused = site.account.run(site.account->updates_tags()->update_tags(site.account.instance, changes));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::invalid_request);
}

TEST_CASE("the type changes within the platform", "[nebius]") {
  Account site;
  const auto change = [&](const std::string& type) {
    return site.account.run(site.account->changes_type()->change_type(site.account.instance, type));
  };
  CHECK(change("gpu-h200-sxm.1gpu-16vcpu-200gb").error().kind == Errc::invalid_request);
  CHECK(change("gpu-h100-sxm").error().kind == Errc::invalid_request);
  REQUIRE(change("gpu-h100-sxm.8gpu-128vcpu-1600gb"));
  const auto update = site.sent<compute::UpdateInstanceRequest>(machine + "Update");
  CHECK(update.spec().resources().preset() == "8gpu-128vcpu-1600gb");
}

TEST_CASE("a machine that is not found is ended, one that is in another region of the tenant is deleted there",
          "[nebius]") {
  Account site;
  const auto terminate = [&] { return site.account.run(site.account->terminates()->terminate(site.account.instance)); };
  REQUIRE(terminate());
  CHECK(site.calls(machine + "Delete") == 1);
  site.account.http.reply(machine + "Get", refusal(5));
  REQUIRE(terminate());
  CHECK(site.calls(machine + "Delete") == 1);
  const auto elsewhere =
      message_of<compute::Instance>("metadata { id: \"computeinstance-e00ours\" parent_id: \"project-e01west\" }");
  site.account.http.reply(machine + "Get", 200, elsewhere.SerializeAsString());
  REQUIRE(terminate());
  CHECK(site.calls(machine + "Delete") == 2);
}

TEST_CASE("an image that is not there is told by its name, another thing that is not there is none", "[nebius]") {
  const auto refused = [](const std::string& image, const std::string& absent, bool is_late) {
    Account site;
    site.account.order.image_id = image;
    const std::string detail = "resource_not_found { resource_id: \"" + absent + "\" }";
    if (is_late) {
      site.account.http.reply(machine + "Create", 200, operation("", status_of(5, detail)));
    } else {
      site.account.http.reply(machine + "Create", refusal(5, detail));
    }
    const auto created = site.create();
    REQUIRE_FALSE(created);
    return created.error();
  };
  for (const bool is_late : {false, true}) {
    INFO(is_late);
    const Error by_id = refused("computeimage-x", "computeimage-x", is_late);
    CHECK(by_id.kind == Errc::image_not_found);
    CHECK_THAT(by_id.message, Catch::StartsWith("`image_id` "));
    CHECK(refused("lean", "project-e00public-images/lean", is_late).kind == Errc::image_not_found);
    CHECK(refused("lean", "vpcsubnet-e00lean", is_late).kind == Errc::resource_not_found);
    CHECK(refused("computeimage-x", "vpcsubnet-e00gone", is_late).kind == Errc::resource_not_found);
  }
}

TEST_CASE("a start that is accepted and then finds no capacity says so", "[nebius]") {
  Account site;
  site.account.http.reply(machine + "Start", 200, operation("i", status_of(8, "not_enough_resources { }")));
  const auto started = site.account.run(site.account->stops_starts()->start(site.account.instance));
  REQUIRE_FALSE(started);
  CHECK(started.error().kind == Errc::insufficient_resources);
}

TEST_CASE("an operation is asked for until it is over, and a failure to ask is none of it", "[nebius]") {
  boost::asio::io_context context;
  RecordedAccount account(*find_provider("nebius"), context);
  int asked = 0;
  Response over;
  account.http.script = [&](const FakeHttp::Sent& call) -> std::optional<Response> {
    boost::asio::post(context, [&account] { account.clock.advance(std::chrono::seconds(1)); });
    common::Operation begun;
    begun.set_id("operation-1");
    Response pending;
    pending.status = 200;
    pending.body = begun.SerializeAsString();
    if (call.url.ends_with(machine + "Stop")) return pending;
    if (!call.url.ends_with("OperationService/Get")) return std::nullopt;
    ++asked;
    if (asked == 1) return refusal(14);
    return asked == 2 ? pending : over;
  };
  const auto stop = [&] { return account.run(account->stops_starts()->stop(account.instance)); };
  over.status = 200;
  over.body = operation("i");
  REQUIRE(stop());
  CHECK(asked == 3);
  asked = 0;
  over.body = operation("i", status_of(13));
  const auto failed = stop();
  REQUIRE_FALSE(failed);
  CHECK(failed.error().kind == Errc::service_unavailable);
  asked = 0;
  over = refusal(5);  // it was long ago, and is forgotten: the machine itself tells
  CHECK(stop());
}

TEST_CASE("what is removed already is removed, what is in use is a conflict", "[nebius]") {
  Account site;
  const auto remove = [&](HandleKind kind) {
    Handle handle;
    handle.kind = kind;
    handle.vendor_id = "id-1";
    return site.account.run(site.account->creates()->remove(handle, "eu-north1"));
  };
  REQUIRE(remove(HandleKind::network));
  site.account.http.reply(network + "Delete", refusal(5));
  CHECK(remove(HandleKind::network));
  site.account.http.reply(network + "Delete", refusal(9));
  CHECK(remove(HandleKind::network).error().kind == Errc::conflict);
  CHECK(remove(HandleKind::script).error().kind == Errc::not_implemented);
}

TEST_CASE("what is known by its name alone is found in the region's projects and removed, where we made it",
          "[nebius]") {
  const auto part = [](const std::string& credential) {
    return message_of<::nebius::vpc::v1::Network>(
               "metadata { id: \"vpcnetwork-e00lost\" name: \"job-7-vpc\" "
               "labels { key: \"created-by\" value: \"tallyd\" } "
               "labels { key: \"brev-user\" value: \"" +
               credential + "\" } }")
        .SerializeAsString();
  };
  Account site;
  const auto remove = [&] {
    site.account.http.sent.clear();
    const Handle lost{HandleKind::network, "", "job-7-vpc"};
    return site.account.run(site.account->creates()->remove(lost, "eu-north1"));
  };
  site.account.http.reply(network + "GetByName", 200, part("contract"));
  REQUIRE(remove());
  const auto asked = site.sent<common::GetByNameRequest>(network + "GetByName");
  CHECK(asked.parent_id() == "project-e00north");
  CHECK(asked.name() == "job-7-vpc");
  CHECK(site.sent<compute::GetInstanceRequest>(network + "Delete").id() == "vpcnetwork-e00lost");
  site.account.http.reply(network + "GetByName", 200, part("another"));
  REQUIRE(remove());
  CHECK(site.calls(network + "Delete") == 0);
  site.account.http.reply(network + "GetByName", refusal(5));
  REQUIRE(remove());
  CHECK(site.calls(network + "Delete") == 0);
  site.account.http.reply(network + "GetByName", refusal(14));
  CHECK_FALSE(remove());
}

TEST_CASE("a reboot is offered only where it may be a stop and a start", "[nebius]") {
  RecordedAccount account(*find_provider("nebius"));
  const Capabilities can = account->capabilities();
  CHECK(std::find(can.begin(), can.end(), "reboot-instance") == can.end());
}

}  // namespace tally::nebius_lifecycle_test
