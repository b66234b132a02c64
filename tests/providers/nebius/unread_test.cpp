// What Nebius says in rows that cannot be read is not known, and why a machine stands still is told when it is.
#include <algorithm>
#include <catch2/catch.hpp>

#include "net/grpc/codes.hpp"
#include "providers/nebius/dialect.hpp"
#include "providers/nebius/projects.hpp"
#include "providers/nebius/protos/capacity.pb.h"
#include "providers/nebius/protos/common.pb.h"
#include "providers/nebius/protos/iam_v2.pb.h"
#include "providers/nebius/protos/quotas.pb.h"
#include "providers/nebius/supply.hpp"
#include "tests/providers/nebius/messages.hpp"
#include "tests/providers/recorded_account.hpp"

namespace tally::nebius_unread_test {
using namespace tally::fakes;
using namespace tally::nebius;
namespace capacity = ::nebius::capacity::v1;
namespace common = ::nebius::common::v1;
namespace compute = ::nebius::compute::v1;
namespace quotas_v1 = ::nebius::quotas::v1;

namespace {

/// One that says it is longer than it is.
const std::string damaged = "\x0a\x7f";

std::vector<std::string> pages_with(const std::string& row) {
  ::nebius::listing::Page page;
  if (!row.empty()) page.add_items(row);
  page.add_items(damaged);
  return std::vector<std::string>(1, page.SerializeAsString());
}

std::string gpu_quota(int limit) {
  return message_of<quotas_v1::QuotaAllowance>(
             "metadata { name: \"compute.instance.gpu.h100\" } spec { region: \"eu-north1\" limit: " +
             std::to_string(limit) + " } status { state: STATE_ACTIVE }")
      .SerializeAsString();
}

Demand one_gpu() {
  Demand demand;
  demand.region = "eu-north1";
  demand.platform = "gpu-h100-sxm";
  demand.preset = "1gpu-16vcpu-200gb";
  demand.gpu_quota = "compute.instance.gpu.h100";
  demand.gpus = 1;
  return demand;
}

std::optional<bool> available(const QuotaTable& quotas, const AdviceTable& advice,
                              UsageClass usage = UsageClass::on_demand) {
  return supply_of(one_gpu(), usage, quotas, advice).is_available;
}

/// Our machine of the recorded list, stopped.
std::string stopped_machine() {
  auto machine = message_of<compute::Instance>(
      "metadata { id: \"computeinstance-e00ours\" parent_id: \"project-e00north\" "
      "labels { key: \"created-by\" value: \"tallyd\" } labels { key: \"cloud-cred-ref-id\" value: \"contract\" } } "
      "status { state: STOPPED }");
  return page_of<compute::Instance>({machine});
}

std::string operations(const std::string& status) {
  return page_of<common::Operation>(
      {message_of<common::Operation>("id: \"operation-1\" created_at { seconds: 1 } status { }"),
       message_of<common::Operation>("id: \"operation-2\" created_at { seconds: 2 } " + status)});
}

}  // namespace

TEST_CASE("a quota or an advice of Nebius's that may be in a row that cannot be read is not known", "[nebius]") {
  const QuotaTable eight = read_quotas(pages_with(gpu_quota(8)), WorkLimit()).value();
  const QuotaTable none = read_quotas(pages_with(""), WorkLimit()).value();
  CHECK(eight.unread == 1);
  CHECK(available(eight, {}) == true);
  CHECK(available(read_quotas(pages_with(gpu_quota(0)), WorkLimit()).value(), {}) == false);
  CHECK(available(none, {}) == std::nullopt);
  CHECK(available(eight, {}, UsageClass::spot) == std::nullopt);  // there may be a limit of those
  const AdviceTable unread = read_advice(pages_with(""), WorkLimit()).value();
  CHECK(unread.unread == 1);
  CHECK(available(eight, unread) == std::nullopt);
  const std::string sold_out =
      message_of<capacity::ResourceAdvice>(
          "spec { region: \"eu-north1\" compute_instance { platform: \"gpu-h100-sxm\" preset { name: "
          "\"1gpu-16vcpu-200gb\" } } } status { on_demand { } }")
          .SerializeAsString();
  CHECK(available(none, read_advice(pages_with(sold_out), WorkLimit()).value()) == false);
}

TEST_CASE("a row of Nebius's that does not say what it is of is one that cannot be read", "[nebius]") {
  const auto unread_quotas = [](const std::string& row) {
    const std::string page = page_of<quotas_v1::QuotaAllowance>({message_of<quotas_v1::QuotaAllowance>(row)});
    return read_quotas(std::vector<std::string>(1, page), WorkLimit()).value().unread;
  };
  const std::string place = "spec { region: \"eu-north1\" limit: 8 } ";
  const std::string name = "metadata { name: \"compute.instance.gpu.h100\" } ";
  CHECK(unread_quotas(name + place + "status { state: STATE_ACTIVE }") == 0);
  CHECK(unread_quotas(name + "spec { limit: 8 } status { state: STATE_ACTIVE }") == 0);  // of all regions
  CHECK(unread_quotas(place + "status { state: STATE_ACTIVE }") == 1);
  CHECK(unread_quotas(name + place) == 1);
  CHECK(unread_quotas(name + place + "status { state: STATE_FROZEN }") == 0);
  CHECK(unread_quotas(name + place + "status { state: STATE_DELETED }") == 0);
  const auto unread_advice = [](const std::string& spec) {
    const std::string page =
        page_of<capacity::ResourceAdvice>({message_of<capacity::ResourceAdvice>("spec { " + spec + " }")});
    return read_advice(std::vector<std::string>(1, page), WorkLimit()).value().unread;
  };
  const std::string region = "region: \"eu-north1\" ";
  const std::string platform = "platform: \"gpu-h100-sxm\" ";
  const std::string preset = "preset { name: \"1gpu-16vcpu-200gb\" } ";
  CHECK(unread_advice(region + "compute_instance { " + platform + preset + "}") == 0);
  CHECK(unread_advice(region) == 0);  // on something else than machines
  CHECK(unread_advice("compute_instance { " + platform + preset + "}") == 1);
  CHECK(unread_advice(region + "compute_instance { " + preset + "}") == 1);
  CHECK(unread_advice(region + "compute_instance { " + platform + "}") == 1);
}

TEST_CASE("rows of quotas that cannot be read are told with the types", "[nebius]") {
  RecordedAccount account(*find_provider("nebius"));
  account.http.reply("/nebius.quotas.v1.QuotaAllowanceService/List", 200, pages_with(gpu_quota(8)).front());
  const auto types = account.types();
  REQUIRE(types);
  const auto told =
      std::find_if(types->odd.begin(), types->odd.end(), [](const Odd& odd) { return odd.field == "quotas"; });
  REQUIRE(told != types->odd.end());
  CHECK_THAT(told->reason, Catch::Contains("cannot be read in 1 rows"));
}

TEST_CASE("one empty list of quotas or of capacity is not believed, the next one is", "[nebius]") {
  for (const char* list :
       {"/nebius.quotas.v1.QuotaAllowanceService/List", "/nebius.capacity.v1.ResourceAdviceService/List"}) {
    INFO(list);
    RecordedAccount account(*find_provider("nebius"));
    REQUIRE(account.types());
    account.http.reply(list, 200, "");
    account.clock.advance(std::chrono::minutes(1));
    CHECK(account.types().error().kind == Errc::service_unavailable);
    CHECK(account.types().error().kind == Errc::service_unavailable);  // of another region, at the same time
    account.clock.advance(std::chrono::minutes(1));
    CHECK(account.types());
  }
}

TEST_CASE("a machine that stands still for want of quota says so, in whichever form Nebius does", "[nebius]") {
  const auto reason_with = [](const std::string& status) {
    RecordedAccount account(*find_provider("nebius"));
    account.http.reply("/nebius.compute.v1.InstanceService/List", 200, stopped_machine());
    account.http.reply("/nebius.common.v1.OperationService/List", 200, operations(status));
    const auto machines = account.run(account->instances(account.scope));
    REQUIRE(machines);
    REQUIRE(machines->rows.size() == 1);
    return machines->rows.front()->status_message;
  };
  // "RESOURCE_EXHAUSTED" would be taken for want of machines by who reads the words.
  CHECK(reason_with("status { code: 8 message: \"Quota exceeded for GPUs\" }") ==
        "out_of_quota: Quota exceeded for GPUs");
  CHECK(reason_with("status { code: 9 message: \"Quota exceeded for GPUs\" }") ==
        "out_of_quota: Quota exceeded for GPUs");
  CHECK(reason_with("status { code: 13 message: \"broken\" }") == "INTERNAL: broken");
  CHECK(reason_with("status { }").empty());
}

TEST_CASE("the reason for which a machine stands still is asked for until its last operation is over", "[nebius]") {
  RecordedAccount account(*find_provider("nebius"));
  account.http.reply("/nebius.compute.v1.InstanceService/List", 200, stopped_machine());
  const auto reason = [&] {
    const auto machines = account.run(account->instances(account.scope));
    REQUIRE(machines);
    return machines->rows.at(0)->status_message;
  };
  account.http.reply("/nebius.common.v1.OperationService/List", 200, operations(""));
  CHECK(reason().empty());
  account.http.reply("/nebius.common.v1.OperationService/List", 200,
                     operations("status { code: 13 message: \"broken\" }"));
  CHECK(reason() == "INTERNAL: broken");
}

TEST_CASE("a type that Nebius's calculator cannot price keeps none of the others waiting: one that is not well is left",
          "[nebius]") {
  RecordedAccount account(*find_provider("nebius"));
  std::string spoiled = "gpu-h100-sxm";
  int asked = 0;
  account.http.script = [&](const FakeHttp::Sent& call) -> std::optional<Response> {
    if (!call.url.ends_with("CalculatorService/Estimate")) return std::nullopt;
    ++asked;
    const bool is_spoiled = call.body.find(spoiled) != std::string::npos &&
                            (spoiled.empty() || call.body.find("1gpu-16vcpu-200gb") != std::string::npos);
    common::Status unwell;
    unwell.set_code(13);
    return is_spoiled ? std::optional(answer_of(unwell)) : std::nullopt;
  };
  const auto types = account.types();
  REQUIRE(types);
  for (const auto& row : types->rows) {
    INFO(row->type);
    CHECK(row->prices.front().amount.has_value() == (row->type != "gpu-h100-sxm.1gpu-16vcpu-200gb"));
  }
  spoiled.clear();
  asked = 0;
  account.clock.advance(std::chrono::hours(2));
  const auto later = account.types();
  REQUIRE(later);
  CHECK(asked == 3);
  CHECK(later->rows.back()->prices.front().amount);  // the last one
}

TEST_CASE("a quota that is exceeded is the quota in whichever words, at once or late", "[nebius]") {
  for (const int code : {8, 9}) {
    INFO(code);
    common::Status status;
    status.set_code(code);
    status.set_message("RESOURCE_EXHAUSTED: Quota exceeded for GPUs");
    const Error error = error_of(dialect(), operations::create_instance, answer_of(status), Redactor());
    CHECK(error.kind == Errc::out_of_quota);
  }
}

TEST_CASE("a list of Nebius's quotas says that rows of it cannot be read", "[nebius]") {
  RecordedAccount account(*find_provider("nebius"));
  account.http.reply("/nebius.quotas.v1.QuotaAllowanceService/List", 200, pages_with(gpu_quota(8)).front());
  const auto list = account.run(account->quotas()->list_quotas(account.scope));
  REQUIRE(list);
  CHECK(list->rows.size() == 1);
  REQUIRE(list->rejected.size() == 1);
  CHECK(list->rejected.front().id.empty());  // it may be any: none that is known is gone
}

TEST_CASE("a disk of Nebius's whose row cannot be read keeps the size that was known", "[nebius]") {
  RecordedAccount account(*find_provider("nebius"));
  const auto size_of_ours = [&] {
    const auto machines = account.run(account->instances(account.scope));
    REQUIRE(machines);
    const auto ours = std::find_if(machines->rows.begin(), machines->rows.end(), [&](const Row<Instance>& row) {
      return row->cloud_id == account.instance.cloud_id;
    });
    REQUIRE(ours != machines->rows.end());
    return (*ours)->disk_size;
  };
  const auto known = size_of_ours();
  REQUIRE(known);
  account.http.reply("/nebius.compute.v1.DiskService/List", 200, pages_with("").front());
  account.clock.advance(std::chrono::minutes(2));
  CHECK(size_of_ours() == known);
  account.http.reply("/nebius.compute.v1.DiskService/List", 200, "");
  account.clock.advance(std::chrono::minutes(2));
  CHECK_FALSE(size_of_ours());
}

TEST_CASE("a tenant of Nebius's may have more projects than there are regions", "[nebius]") {
  using Message = ::nebius::iam::v2::Project;
  std::vector<Message> all;
  for (int i = 0; i < 1'001; ++i) {
    all.push_back(
        message_of<Message>("metadata { id: \"p-" + std::to_string(i) + "\" } spec { region: \"eu-north1\" }"));
  }
  const std::vector<std::string> pages(1, page_of(all));
  Projects projects = read_projects(pages, ProjectApi::v2, WorkLimit()).value();
  CHECK(projects.all.size() == 1'001);
  keep_left_out(projects, decode_projects(R"({"p-before":"eu-west1"})"));
  CHECK(projects.in("eu-west1").size() == 1);
}

}  // namespace tally::nebius_unread_test
