// What was made beside a machine at Nebius and is known by its name alone: found again, and taken over or removed.
#include <algorithm>
#include <catch2/catch.hpp>

#include "providers/nebius/dialect.hpp"
#include "providers/nebius/protos/common.pb.h"
#include "providers/nebius/protos/iam_v2.pb.h"
#include "providers/nebius/protos/vpc.pb.h"
#include "tests/providers/nebius/messages.hpp"
#include "tests/providers/recorded_account.hpp"

namespace tally::nebius_parts_test {
using namespace tally::fakes;
namespace common = ::nebius::common::v1;
namespace compute = ::nebius::compute::v1;
namespace vpc = ::nebius::vpc::v1;

namespace {

const std::string network = "/nebius.vpc.v1.NetworkService/";
const std::string subnet = "/nebius.vpc.v1.SubnetService/";
const std::string machine = "/nebius.compute.v1.InstanceService/";
const std::string home = "project-e00north";
const std::string closed = "project-e00closed";  // before the other one by its ID

Response refusal(int code, const std::string& detail = "") {
  common::Status status;
  status.set_code(code);
  status.set_message("said");
  if (!detail.empty()) {
    auto& any = *status.add_details();
    any.set_type_url("type.googleapis.com/nebius.common.v1.ServiceError");
    any.set_value(message_of<common::ServiceError>(detail).SerializeAsString());
  }
  return nebius::answer_of(status);
}

Response answer(std::string body) {
  Response response;
  response.status = 200;
  response.body = std::move(body);
  return response;
}

/// What bears the name of a part of job-7's, with these labels.
Response part(const std::string& id, const std::string& credential = "contract", const std::string& ref_id = "job-7") {
  return answer(message_of<vpc::Network>("metadata { id: \"" + id +
                                         "\" labels { key: \"created-by\" value: \"tallyd\" } labels { key: "
                                         "\"brev-user\" value: \"" +
                                         credential + "\" } labels { key: \"environment-id\" value: \"" + ref_id +
                                         "\" } }")
                    .SerializeAsString());
}

std::string removed() { return message_of<common::Operation>("id: \"operation-1\" status { }").SerializeAsString(); }

int calls(const RecordedAccount& account, const std::string& method) {
  return static_cast<int>(std::count_if(account.http.sent.begin(), account.http.sent.end(),
                                        [&](const auto& call) { return call.url.ends_with(method); }));
}

template <class Message>
Message sent(const RecordedAccount& account, const std::string& method) {
  Message message;
  for (const auto& call : account.http.sent) {
    if (call.url.ends_with(method)) CHECK(message.ParseFromString(call.body));
  }
  return message;
}

/// The region's projects, in which job-7's network is looked for by its name.
class Region : public RecordedAccount {
 public:
  explicit Region(std::map<std::string, Response> says, Remembered remembered = {})
      : RecordedAccount(*find_provider("nebius"), std::move(remembered)), says_(std::move(says)) {
    http.reply(network + "Delete", 200, removed());
    http.script = [this](const FakeHttp::Sent& call) -> std::optional<Response> {
      common::GetByNameRequest by_name;
      if (!call.url.ends_with("/GetByName") || !by_name.ParseFromString(call.body)) return std::nullopt;
      asked.push_back(by_name.parent_id());
      return says_.at(by_name.parent_id());
    };
  }

  void has_projects(const std::vector<std::string>& ids, const std::string& region = "eu-north1") {
    std::vector<::nebius::iam::v2::Project> projects;
    for (const std::string& id : ids) {
      projects.push_back(message_of<::nebius::iam::v2::Project>(
          "metadata { id: \"" + id + "\" name: \"" + (id == home ? "default" : "research") + "\" } spec { region: \"" +
          region + "\" } status { project_state: ACTIVE }"));
    }
    http.reply("/nebius.iam.v2.ProjectService/List", 200, page_of(projects));
  }

  Result<> remove() {
    const Handle lost{HandleKind::network, "", "job-7-vpc"};
    return run((*this)->creates()->remove(lost, "eu-north1"));
  }

  std::vector<std::string> asked;

 private:
  std::map<std::string, Response> says_;
};

Result<> remove_with(const Response& at_home, const Response& in_closed) {
  Region region({{home, at_home}, {closed, in_closed}});
  region.has_projects({closed, home});
  return region.remove();
}

/// Of a tenant whose list leaves out the only project of the region.
Result<> remove_without_home(const Response& in_closed) {
  Region region({{closed, in_closed}}, {{"projects", R"({"project-e00closed":"eu-north1"})"}});
  region.has_projects({"project-e01west"}, "eu-west1");
  return region.remove();
}

/// Job-7 is created where its network and its subnet are there already.
class Taken : public RecordedAccount {
 public:
  explicit Taken(const Response& network_there) : RecordedAccount(*find_provider("nebius")) {
    for (const std::string& service : {network, subnet}) {
      http.reply(service + "Create", refusal(6, "resource_already_exists { resource_id: \"before\" }"));
      http.reply(service + "Delete", 200, removed());
    }
    http.reply(network + "GetByName", network_there);
    http.reply(subnet + "GetByName", part("vpcsubnet-e00before"));
  }
  Result<Created> create() { return run((*this)->creates()->create(order)); }
};

}  // namespace

TEST_CASE("what is known by its name alone is looked for at home first, and removed there", "[nebius]") {
  Region region({{home, part("vpcnetwork-e00lost")}, {closed, refusal(7)}});
  region.has_projects({closed, home});
  REQUIRE(region.remove());
  CHECK(region.asked == std::vector<std::string>{home});
  CHECK(sent<compute::GetInstanceRequest>(region, network + "Delete").id() == "vpcnetwork-e00lost");
}

TEST_CASE("a project that may not be read keeps nothing from being gone, except at home", "[nebius]") {
  CHECK(remove_with(refusal(5), refusal(7)));
  CHECK(remove_with(refusal(5), refusal(7, "permission_denied { }")));
  CHECK(remove_with(refusal(7), refusal(5)).error().kind == Errc::forbidden);
  CHECK(remove_with(refusal(5), refusal(14)).error().kind == Errc::service_unavailable);
  CHECK(remove_with(refusal(14), refusal(5)).error().kind == Errc::service_unavailable);
}

TEST_CASE("behind a project that may not be read what is known by its name is found", "[nebius]") {
  const std::string last = "project-e00open";
  Region region({{home, refusal(5)}, {closed, refusal(7)}, {last, part("vpcnetwork-e00lost")}});
  region.has_projects({closed, home, last});
  REQUIRE(region.remove());
  CHECK(region.asked == std::vector<std::string>{home, closed, last});
  CHECK(calls(region, network + "Delete") == 1);
}

TEST_CASE("where no project is home each that may not be read may have what is looked for", "[nebius]") {
  CHECK(remove_without_home(refusal(7)).error().kind == Errc::forbidden);
  CHECK(remove_without_home(refusal(5)));
}

TEST_CASE("a network and a subnet that an earlier create of the RefID left are its own", "[nebius]") {
  Taken site(part("vpcnetwork-e00before"));
  const auto created = site.create();
  REQUIRE(created);
  CHECK(created->made == std::vector<Handle>{{HandleKind::network, "vpcnetwork-e00before", "job-7-vpc"},
                                             {HandleKind::subnet, "vpcsubnet-e00before", "job-7-subnet"}});
  const auto asked = sent<common::GetByNameRequest>(site, network + "GetByName");
  CHECK(asked.parent_id() == home);
  CHECK(asked.name() == "job-7-vpc");
  CHECK(sent<vpc::CreateSubnetRequest>(site, subnet + "Create").spec().network_id() == "vpcnetwork-e00before");
  const auto ordered = sent<compute::CreateInstanceRequest>(site, machine + "Create");
  CHECK(ordered.metadata().labels().at("network-id") == "vpcnetwork-e00before");
  CHECK(ordered.spec().network_interfaces(0).subnet_id() == "vpcsubnet-e00before");
}

TEST_CASE("what an earlier create left goes with the next one that is refused", "[nebius]") {
  Taken site(part("vpcnetwork-e00before"));
  site.http.reply(machine + "Create", refusal(8, "quota_failure { }"));
  const auto created = site.create();
  REQUIRE_FALSE(created);
  CHECK(created.error().kind == Errc::out_of_quota);
  CHECK(created.error().certainty == Certainty::nothing_happened);
  CHECK(sent<compute::GetInstanceRequest>(site, subnet + "Delete").id() == "vpcsubnet-e00before");
  CHECK(sent<compute::GetInstanceRequest>(site, network + "Delete").id() == "vpcnetwork-e00before");
}

TEST_CASE("a network of that name that is not this create's is a conflict, and stays", "[nebius]") {
  const auto refused = [](const Response& network_there) {
    Taken site(network_there);
    const auto created = site.create();
    REQUIRE_FALSE(created);
    CHECK(created.error().certainty == Certainty::nothing_happened);
    CHECK(calls(site, machine + "Create") == 0);
    CHECK(calls(site, "/Delete") == 0);
    return created.error().kind;
  };
  CHECK(refused(part("n", "another")) == Errc::conflict);
  CHECK(refused(part("n", "contract", "job-8")) == Errc::conflict);
  CHECK(refused(answer(message_of<vpc::Network>("metadata { id: \"n\" }").SerializeAsString())) == Errc::conflict);
  CHECK(refused(refusal(5)) == Errc::conflict);
  CHECK(refused(refusal(14)) == Errc::service_unavailable);
}

}  // namespace tally::nebius_parts_test
