// What Nebius's messages become.
#include <catch2/catch.hpp>

#include "net/grpc/codes.hpp"
#include "providers/nebius/image_mapping.hpp"
#include "providers/nebius/instance_mapping.hpp"
#include "providers/nebius/prices.hpp"
#include "providers/nebius/projects.hpp"
#include "providers/nebius/protos/capacity.pb.h"
#include "providers/nebius/protos/iam_v2.pb.h"
#include "providers/nebius/protos/quotas.pb.h"
#include "providers/nebius/supply.hpp"
#include "providers/nebius/type_mapping.hpp"
#include "tests/providers/nebius/messages.hpp"
#include "tests/providers/recorded_account.hpp"

namespace tally::nebius_reading_test {
using namespace tally::fakes;
using namespace tally::nebius;
namespace compute = ::nebius::compute::v1;
namespace capacity = ::nebius::capacity::v1;
namespace quotas_v1 = ::nebius::quotas::v1;

namespace {

const Timestamp now{std::chrono::sys_days(std::chrono::year(2026) / 9 / 1)};

compute::Platform platform(const std::string& name, const std::string& presets, const std::string& more = "") {
  return message_of<compute::Platform>("metadata { name: \"" + name + "\" } spec { " + presets + " " + more + " }");
}

std::string preset(const std::string& name, int gpus, const std::string& more = "") {
  return "presets { name: \"" + name +
         "\" resources { vcpu_count: 16 memory_gibibytes: 200 gpu_count: " + std::to_string(gpus) + " " + more + " } }";
}

Presets presets_of(const std::vector<compute::Platform>& platforms, std::int64_t cpu_presets = 3) {
  Selection selection;
  selection.region = "eu-north1";
  selection.cpu_presets = cpu_presets;
  const std::vector<std::string> pages(1, page_of(platforms));
  Result<Presets> read = read_platforms(pages, selection, Redactor(), WorkLimit());
  REQUIRE(read);
  return *read;
}

Gpu gpu_named(const std::string& platform, std::optional<int> memory_gb = {}, std::optional<int> part = {}) {
  GpuFacts facts;
  facts.platform = platform;
  facts.count = 1;
  facts.card_memory_gb = memory_gb;
  facts.memory_gb = part;
  return gpu_of(facts);
}

Demand of_gpus(std::int64_t count) {
  Demand demand;
  demand.region = "eu-north1";
  demand.platform = "gpu-h100-sxm";
  demand.preset = "1gpu-16vcpu-200gb";
  demand.gpu_quota = "compute.instance.gpu.h100";
  demand.gpus = count;
  return demand;
}

QuotaTable quota(const std::string& spec, const std::string& status,
                 const std::string& name = "compute.instance.gpu.h100") {
  const auto row = message_of<quotas_v1::QuotaAllowance>(
      "metadata { name: \"" + name + "\" } spec { region: \"eu-north1\" " + spec + " } status { " + status + " }");
  const std::vector<std::string> pages(1, page_of<quotas_v1::QuotaAllowance>({row}));
  return read_quotas(pages, WorkLimit()).value();
}

capacity::ResourceAdvice advice_row(const std::string& on_demand, const std::string& fabric = "fabric-3") {
  return message_of<capacity::ResourceAdvice>("spec { region: \"eu-north1\" fabric: \"" + fabric +
                                              "\" compute_instance { platform: \"gpu-h100-sxm\" preset { name: "
                                              "\"1gpu-16vcpu-200gb\" } } } status { on_demand { " +
                                              on_demand + " } }");
}

AdviceTable advice(const std::vector<capacity::ResourceAdvice>& rows) {
  const std::vector<std::string> pages(1, page_of(rows));
  return read_advice(pages, WorkLimit()).value();
}

Machine machine(const std::string& text) {
  Place place;
  place.region = "eu-north1";
  json::Findings findings;
  Machine read = read_machine(message_of<compute::Instance>(text), place, now, findings);
  CHECK(findings.fault.empty());
  return read;
}

::nebius::iam::v2::Project project(const std::string& id, const std::string& name,
                                   const std::string& region = "eu-north1") {
  return message_of<::nebius::iam::v2::Project>("metadata { id: \"" + id + "\" name: \"" + name +
                                                "\" } spec { region: \"" + region +
                                                "\" } status { project_state: ACTIVE }");
}

/// What is listed in project-e00closed.
void answer_closed(RecordedAccount& account, Response answer) {
  account.http.script = [answer = std::move(answer)](const FakeHttp::Sent& call) -> std::optional<Response> {
    compute::ListInstancesRequest asked;
    const bool is_closed = call.url.ends_with("InstanceService/List") && asked.ParseFromString(call.body) &&
                           asked.parent_id() == "project-e00closed";
    return is_closed ? std::optional(answer) : std::nullopt;
  };
}

void close(RecordedAccount& account, int code) {
  Response refusal;
  refusal.status = http_status_of_grpc(code, false);
  refusal.headers.add(grpc_status_header, std::to_string(code));
  answer_closed(account, std::move(refusal));
}

void serve_closed(RecordedAccount& account) {
  Response answer;
  answer.status = 200;
  answer.body = page_of<compute::Instance>(
      {message_of<compute::Instance>("metadata { id: \"computeinstance-e00closed\" parent_id: \"project-e00closed\" } "
                                     "status { state: RUNNING }")});
  answer_closed(account, std::move(answer));
}

/// A second project in eu-north1, with one machine in it.
void two_projects(RecordedAccount& account) {
  account.http.reply("/nebius.iam.v2.ProjectService/List", 200,
                     page_of<::nebius::iam::v2::Project>(
                         {project("project-e00north", "default"), project("project-e00closed", "research")}));
  serve_closed(account);
}

}  // namespace

TEST_CASE("a preset of a platform is a type, under the ID that the reference tool gives it", "[nebius]") {
  const Presets presets =
      presets_of({platform("gpu-l40s-a", preset("1gpu-8vcpu-32gb", 1), "gpu_memory_gigabytes: 48")});
  REQUIRE(presets.all.size() == 1);
  const InstanceType& type = presets.all.front().type;
  CHECK(type.id.str() == "eu-north1-noSub-gpu-l40s-a.1gpu-8vcpu-32gb");
  CHECK(type.type == "gpu-l40s-a.1gpu-8vcpu-32gb");
  CHECK(type.vcpu == 16);
  CHECK(type.memory == Bytes::of(200, ByteUnit::gibibyte));
  REQUIRE(type.gpus.size() == 1);
  CHECK(type.gpus.front().name == "L40S");
  CHECK(type.gpus.front().memory_gb == 48);
  CHECK(type.gpus.front().network_details == "PCIe");
  CHECK(presets.all.front().demand.gpu_quota == "compute.instance.gpu.l40s");
}

TEST_CASE("platforms name their GPUs", "[nebius]") {
  CHECK(gpu_named("gpu-h100-sxm").name == "H100");
  CHECK(gpu_named("gpu-h100-sxm").memory_gb == 80);
  CHECK(gpu_named("gpu-h100-sxm").network_details == "SXM");
  CHECK(gpu_named("gpu-b300-sxm", 288).name == "B300");
  CHECK(gpu_named("gpu-gb300").name == "GB300");
  CHECK(gpu_named("gpu-rtx6000-a", 96).name == "RTX PRO 6000");
  CHECK(gpu_named("gpu-x900-sxm", 512).name == "X900");
  CHECK(gpu_named("gpu-x900-sxm", 512).manufacturer == "NVIDIA");
  CHECK(architecture_of("gpu-gb200-sxm") == "arm64");
  CHECK(architecture_of("cpu-g1") == "arm64");
  CHECK(architecture_of("cpu-d3") == "x86_64");
}

TEST_CASE("a part of a card is named as one, with its own memory", "[nebius]") {
  const Gpu part = gpu_named("gpu-l40s-a", 48, 6);
  CHECK(part.name == "L40S 1/8");
  CHECK(part.memory_gb == 6);
}

TEST_CASE("of a platform without GPUs the first sizes are listed", "[nebius]") {
  const std::string four = preset("a", 0) + preset("b", 0) + preset("c", 0) + preset("d", 0);
  CHECK(presets_of({platform("cpu-d3", four)}).all.size() == 3);
  CHECK(presets_of({platform("cpu-d3", four)}, 0).all.empty());
}

TEST_CASE("a preset that cannot be right costs itself", "[nebius]") {
  const Presets presets = presets_of({platform("gpu-h100-sxm", "presets { name: \"odd\" } " + preset("good", 1)),
                                      platform("", preset("nameless", 1))});
  REQUIRE(presets.all.size() == 1);
  REQUIRE(presets.rejected.size() == 2);
  CHECK(presets.rejected.front().id == "eu-north1-noSub-gpu-h100-sxm.odd");
  CHECK_THAT(presets.rejected.front().reason, Catch::Contains("vcpu_count"));
}

TEST_CASE("what the quota has no room for cannot be had", "[nebius]") {
  const auto outcome = [](const QuotaTable& quotas, std::int64_t gpus) {
    return supply_of(of_gpus(gpus), UsageClass::on_demand, quotas, {});
  };
  const QuotaTable eight = quota("limit: 8", "state: STATE_ACTIVE usage: 1");
  CHECK(outcome(eight, 7).is_available == true);
  CHECK(outcome(eight, 8).is_available == false);
  CHECK(outcome(eight, 8).reason == AvailabilityReason::quota);
  CHECK(outcome(quota("limit: 8", "state: STATE_ACTIVE usage: 9"), 1).is_available == false);  // over it
  CHECK(outcome(quota("", "state: STATE_ACTIVE"), 1).is_available == false);                   // none is set
  CHECK(outcome(quota("limit: 8", "state: STATE_FROZEN"), 1).is_available == false);
  CHECK(outcome({}, 1).is_available == false);
}

TEST_CASE("capacity advice tells what can be had, where it is fresh", "[nebius]") {
  const QuotaTable eight = quota("limit: 8", "state: STATE_ACTIVE");
  const auto outcome = [&](const std::vector<capacity::ResourceAdvice>& rows) {
    return supply_of(of_gpus(1), UsageClass::on_demand, eight, advice(rows));
  };
  CHECK(outcome({advice_row("data_state: DATA_STATE_FRESH available: 2")}).is_available == true);
  const Supply none = outcome({advice_row("data_state: DATA_STATE_FRESH available: 0")});
  CHECK(none.is_available == false);
  CHECK(none.reason == AvailabilityReason::capacity);
  const auto at_limit =
      advice_row("data_state: DATA_STATE_FRESH available: 3 availability_level: AVAILABILITY_LEVEL_LIMIT_REACHED");
  CHECK(outcome({at_limit}).is_available == false);
  CHECK(outcome({at_limit, advice_row("data_state: DATA_STATE_FRESH available: 1", "fabric-6")}).is_available == true);
  CHECK(outcome({advice_row("data_state: DATA_STATE_STALE")}).is_available == true);  // the quota alone tells
  CHECK(outcome({}).is_available == true);
}

TEST_CASE("stock that the vendor does not know is not known", "[nebius]") {
  const QuotaTable eight = quota("limit: 8", "state: STATE_ACTIVE");
  const auto outcome = [&](const std::string& on_demand) {
    return supply_of(of_gpus(1), UsageClass::on_demand, eight, advice({advice_row(on_demand)}));
  };
  CHECK(outcome("data_state: DATA_STATE_UNKNOWN").is_available == std::nullopt);
  CHECK(outcome("data_state: DATA_STATE_UNKNOWN").reason == std::nullopt);
  auto new_word = advice_row("available: 4");
  new_word.mutable_status()->mutable_on_demand()->set_data_state(
      static_cast<capacity::ResourceAdviceStatus::Availability::DataState>(77));
  CHECK(supply_of(of_gpus(1), UsageClass::on_demand, eight, advice({new_word})).is_available == std::nullopt);
}

TEST_CASE("each state of a machine is one of ours, and a new word for one is none", "[nebius]") {
  const auto status = [](const std::string& state, const std::string& spec = "") {
    return machine("metadata { id: \"i\" } spec { " + spec + " } status { state: " + state + " }").instance.status;
  };
  CHECK(status("CREATING") == LifecycleStatus::pending);
  CHECK(status("STARTING") == LifecycleStatus::pending);
  CHECK(status("RUNNING") == LifecycleStatus::running);
  CHECK(status("UPDATING") == LifecycleStatus::running);
  CHECK(status("UPDATING", "stopped: true") == LifecycleStatus::stopped);
  CHECK(status("STOPPING") == LifecycleStatus::stopping);
  CHECK(status("STOPPED") == LifecycleStatus::stopped);
  CHECK(status("DELETING") == LifecycleStatus::terminating);
  CHECK(status("ERROR") == LifecycleStatus::failed);
  CHECK(status("UNSPECIFIED") == std::nullopt);
  // As it comes over the wire: field 3, in it field 1, the number 77.
  compute::Instance message = message_of<compute::Instance>("metadata { id: \"i\" }");
  const std::string bytes = message.SerializeAsString() + std::string("\x1a\x02\x08\x4d", 4);
  REQUIRE(message.ParseFromString(bytes));
  json::Findings findings;
  const Machine read = read_machine(message, Place(), now, findings);
  CHECK(findings.fault.empty());
  CHECK(read.instance.status == std::nullopt);
  CHECK(read.instance.provider_status == "state 77");
}

TEST_CASE("a machine is ours by our label and its credential's", "[nebius]") {
  const auto label = [](const std::string& key, const std::string& value) {
    return "labels { key: \"" + key + "\" value: \"" + value + "\" } ";
  };
  const std::string ours = label("created-by", "tallyd");
  const std::string credential = label("cloud-cred-ref-id", "prod");
  const std::string ref = label("brev-user", "job-1") + label("name", "trainer");
  const auto read = [](const std::string& labels) {
    return machine("metadata { id: \"i\" name: \"n\" " + labels + "}").instance;
  };
  CHECK(read(ours + credential + ref).ref_id.str() == "job-1");
  CHECK(read(ours + credential + ref).cloud_cred_ref_id.str() == "prod");
  CHECK(read(ours + credential + ref).name == "trainer");
  CHECK(read(ours + ref).cloud_cred_ref_id.empty());
  CHECK(read(ours + ref).ref_id.empty());
  CHECK(read(label("created-by", "brev-cloud-sdk") + credential + ref).cloud_cred_ref_id.empty());
  CHECK(read(credential + ref).name == "n");
}

TEST_CASE("the disk of a machine tells its size and image, in whichever unit", "[nebius]") {
  const auto size = [](const std::string& text) {
    json::Findings findings;
    return read_disk(message_of<compute::Disk>("metadata { id: \"d\" } " + text), findings).size;
  };
  CHECK(size("status { size_bytes: 4096 } spec { size_gibibytes: 9 }") == Bytes(4096));
  CHECK(size("spec { size_gibibytes: 9 }") == Bytes::of(9, ByteUnit::gibibyte));
  CHECK(size("spec { size_mebibytes: 9 }") == Bytes::of(9, ByteUnit::mebibyte));
  CHECK(size("spec { size_kibibytes: 9 }") == Bytes::of(9, ByteUnit::kibibyte));
  CHECK(size("spec { size_bytes: 9 }") == Bytes(9));
  CHECK(size("") == std::nullopt);
  const Machine managed = machine(
      "metadata { id: \"i\" } status { disk_attachments { id: \"other\" } disk_attachments { id: \"d\" is_managed: "
      "true } }");
  CHECK(managed.boot_disk_id == "d");
}

TEST_CASE("machines are made in the configured project, else in the region's default one", "[nebius]") {
  const auto project = [](const std::string& id, const std::string& name, const std::string& more = "ACTIVE") {
    return message_of<::nebius::iam::v2::Project>(
        "metadata { id: \"" + id + "\" name: \"" + name +
        "\" } spec { region: \"eu-north1\" } status { project_state: " + more + " }");
  };
  const auto home = [&](const std::vector<::nebius::iam::v2::Project>& all,
                        const OptionTable<std::string>& configured = {}) {
    const std::vector<std::string> pages(1, page_of(all));
    const Projects projects = read_projects(pages, ProjectApi::v2, WorkLimit()).value();
    const Project* found = projects.home_in("eu-north1", configured);
    return found == nullptr ? std::string() : found->id;
  };
  const auto a = project("p-a", "research");
  const auto b = project("p-b", "DEFAULT-eu-north1");
  const auto parked = project("p-0", "default-project-eu-north1", "PARKED");
  CHECK(home({a, b}) == "p-b");
  CHECK(home({a}) == "p-a");
  CHECK(home({parked, a}) == "p-a");
  CHECK(home({parked}).empty());
  CHECK(home({a, b}, {{"eu-north1", "p-a"}}) == "p-a");
  CHECK(home({a, b}, {{"eu-north1", "p-x"}}).empty());
}

TEST_CASE("a project that cannot be read costs only itself, and none of what was known of it", "[nebius]") {
  using Message = ::nebius::iam::v2::Project;
  const auto good = message_of<Message>("metadata { id: \"p-a\" } spec { region: \"eu-north1\" }");
  const auto nowhere = message_of<Message>("metadata { id: \"p-b\" } status { project_state: ACTIVE }");
  const auto nameless = message_of<Message>("spec { region: \"eu-north1\" }");
  const auto read = [](const std::vector<Message>& all) {
    return read_projects(std::vector<std::string>(1, page_of(all)), ProjectApi::v2, WorkLimit());
  };
  Projects projects = read({nowhere, good, nameless}).value();
  REQUIRE(projects.all.size() == 1);
  CHECK(projects.all.front().id == "p-a");
  REQUIRE(projects.unread.size() == 2);
  CHECK_THAT(projects.unread.front().reason, Catch::StartsWith("project `p-b` is in no region"));
  keep_left_out(projects, decode_projects(R"({"p-b":"eu-west1"})"));
  REQUIRE(projects.in("eu-west1").size() == 1);
  CHECK_FALSE(projects.in("eu-west1").front().is_active);
  CHECK_FALSE(read({nowhere, nameless}));
}

TEST_CASE("a price of the calculator is exact, and an hour old at most while it answers", "[nebius]") {
  const auto estimate = [](const std::string& cost) {
    return read_estimate(
               encoded_message(
                   "message nebius.billing.v1alpha1.EstimateResponse\nhourly_cost { general { total { cost: \"" + cost +
                   "\" } } }"))
        .value();
  };
  CHECK(estimate("6.123456789") == Money{6'123'456'789, {}});
  CHECK(estimate("0") == std::nullopt);
  CHECK(estimate("") == std::nullopt);
  CHECK(estimate("1e3") == std::nullopt);

  MemoryCache cache;
  PriceList list(cache, "eu-north1");
  CHECK(list.is_due("t", now));
  list.note("t", Money{2'950'000'000, {}}, now);
  list.keep({"t"});
  CHECK_FALSE(list.is_due("t", now + std::chrono::minutes(59)));
  CHECK(list.is_due("t", now + std::chrono::hours(1)));
  CHECK(list.price_of("t", UsageClass::on_demand, now).source == PriceSource::api);

  const PriceList later(cache, "eu-north1");  // after a restart
  const Price old = later.price_of("t", UsageClass::on_demand, now + std::chrono::hours(24));
  CHECK(old.amount == Money{2'950'000'000, {}});
  CHECK(old.source == PriceSource::list);
  CHECK(old.listed_at == now);
}

TEST_CASE("a refused project's machines are rows that cannot be read, until types are asked for again", "[nebius]") {
  RecordedAccount account(*find_provider("nebius"));
  const auto list = [&] { return account.run(account->instances(account.scope)); };
  const auto before = list();
  REQUIRE(before);
  CHECK(before->rows.size() == 2);
  // A project of this region that may be read, beside one that may not any more.
  const std::string path = "/nebius.compute.v1.InstanceService/List";
  account.http.reply(path, 403, "");
  const auto refused = list();
  REQUIRE_FALSE(refused);  // nothing else in the region could be read
  CHECK(refused.error().kind == Errc::forbidden);
  account.http.reply(path, 200, account.file("instances.pbtxt"));
  REQUIRE(account.types());
  CHECK(list());
}

TEST_CASE("a project that is refused from the first is told, beside one of its region that is listed", "[nebius]") {
  RecordedAccount account(*find_provider("nebius"));
  two_projects(account);
  close(account, grpc_codes::permission_denied);
  for (int pass = 0; pass < 2; ++pass) {  // the second does not ask there
    const auto listed = account.run(account->instances(account.scope));
    REQUIRE(listed);
    CHECK(listed->rows.size() == 2);
    CHECK(listed->rejected.empty());
    REQUIRE(listed->odd.size() == 1);
    CHECK(listed->odd.front().id == "project-e00closed");
    CHECK_THAT(listed->odd.front().reason, Catch::Contains("may not read"));
  }
}

TEST_CASE("after a restart a refused project's machines are known still", "[nebius]") {
  RecordedAccount before(*find_provider("nebius"));
  two_projects(before);
  const auto listed = before.run(before->instances(before.scope));
  REQUIRE(listed);
  CHECK(listed->rows.size() == 3);
  for (const char* kept : {R"(["computeinstance-e00closed"])", "{"}) {
    RecordedAccount after(*find_provider("nebius"), before.cache.values);
    if (*kept == '{') after.cache.values["machines/project-e00closed"] = kept;
    CHECK(after.cache.values.at("machines/project-e00closed") == kept);
    two_projects(after);
    close(after, grpc_codes::permission_denied);
    const auto refused = after.run(after->instances(after.scope));
    REQUIRE(refused);
    CHECK(refused->rows.size() == 2);
    REQUIRE(refused->rejected.size() == 1);
    // Of what was kept and cannot be read nothing is known: a row without an ID.
    CHECK(refused->rejected.front().id == (*kept == '{' ? "" : "computeinstance-e00closed"));
  }
}

TEST_CASE("a project that the list leaves out is not gone with its machines", "[nebius]") {
  RecordedAccount before(*find_provider("nebius"));
  two_projects(before);
  REQUIRE(before.run(before->instances(before.scope)));
  const auto left_out = [&](int code) {
    RecordedAccount after(*find_provider("nebius"), before.cache.values);
    if (code == 0) serve_closed(after);
    if (code != 0) close(after, code);
    return after.run(after->instances(after.scope));
  };
  const auto readable = left_out(0);
  REQUIRE(readable);
  CHECK(readable->rows.size() == 3);
  for (const int code : {grpc_codes::permission_denied, grpc_codes::not_found}) {
    INFO(code);
    const auto refused = left_out(code);
    REQUIRE(refused);
    CHECK(refused->rows.size() == 2);
    REQUIRE(refused->rejected.size() == 1);
    CHECK(refused->rejected.front().id == "computeinstance-e00closed");
  }
}

TEST_CASE("an empty project that is not there any more is gone", "[nebius]") {
  RecordedAccount::Remembered kept = {{"projects", R"({"project-e00closed":"eu-north1"})"},
                                      {"machines/project-e00closed", "[]"}};
  RecordedAccount account(*find_provider("nebius"), std::move(kept));
  close(account, grpc_codes::not_found);
  const auto listed = account.run(account->instances(account.scope));
  REQUIRE(listed);
  CHECK(listed->rows.size() == 2);
  CHECK(listed->odd.empty());
}

TEST_CASE("a region whose only project is left out or refused is not empty, and a region still", "[nebius]") {
  RecordedAccount before(*find_provider("nebius"));
  const auto far = project("project-x00far", "far", "ap-south9");
  const auto north = project("project-e00north", "default");
  const std::string path = "/nebius.iam.v2.ProjectService/List";
  before.http.reply(path, 200, page_of<::nebius::iam::v2::Project>({far, north}));
  REQUIRE(before.run(before->instances(before.scope)));
  RecordedAccount after(*find_provider("nebius"), before.cache.values);
  after.http.reply(path, 200, page_of<::nebius::iam::v2::Project>({north}));
  after.http.reply("/nebius.compute.v1.InstanceService/List", 403, "");
  Scope scope;
  scope.location = "ap-south9";
  for (int pass = 0; pass < 2; ++pass) {  // the second does not ask there
    const auto listed = after.run(after->instances(scope));
    REQUIRE_FALSE(listed);
    CHECK(listed.error().kind == Errc::forbidden);
  }
  CHECK(after.run(after->instance(InstanceRef(after.instance.cloud_id, "ap-south9"))));
  // Until the vendor says that it is being deleted.
  auto purged = far;
  purged.mutable_status()->set_project_state(::nebius::iam::v2::ProjectStatus::PURGING);
  RecordedAccount later(*find_provider("nebius"), after.cache.values);
  later.http.reply(path, 200, page_of<::nebius::iam::v2::Project>({purged, north}));
  const auto ended = later.run(later->instances(scope));
  REQUIRE(ended);
  CHECK(ended->rows.empty());
  CHECK(later.cache.values.at("projects") == R"({"project-e00north":"eu-north1"})");
}

TEST_CASE("what has not changed is the very same object", "[nebius]") {
  RecordedAccount account(*find_provider("nebius"));
  const auto one = account.run(account->instances(account.scope));
  const auto other = account.run(account->instances(account.scope));
  REQUIRE((one && other));
  REQUIRE(one->rows.size() == other->rows.size());
  for (std::size_t i = 0; i < one->rows.size(); ++i) CHECK(one->rows[i] == other->rows[i]);
  const auto types = account.types();
  const auto again = account.types();
  REQUIRE((types && again));
  for (std::size_t i = 0; i < types->rows.size(); ++i) CHECK(types->rows[i] == again->rows[i]);
}

}  // namespace tally::nebius_reading_test
