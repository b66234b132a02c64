// What Shadeform, or something in its place, may answer instead.
#include <algorithm>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "tests/providers/recorded_account.hpp"

namespace tally::shadeform_hostile_test {
using namespace tally::fakes;

namespace {

std::string type_row(const std::string& price = "57", const std::string& vcpus = "6", const std::string& more = "") {
  return R"({"cloud":"massedcompute","shade_instance_type":"A6000","cloud_instance_type":"gpu_1x_a6000",)"
         R"("configuration":{"memory_in_gb":48,"storage_in_gb":256,"vcpus":)" +
         vcpus +
         R"(,"num_gpus":1,"gpu_type":"A6000","interconnect":"pcie","vram_per_gpu_in_gb":48,"gpu_manufacturer":"nvidia"},)"
         R"("hourly_price":)" +
         price +
         R"(,"deployment_type":"vm","availability":[{"region":"a-usa-1","available":true,"display_name":"US, A"},)"
         R"({"region":"b-usa-1","available":false,"display_name":"US, B"}])" +
         more + "}";
}

std::string instance_row(const std::string& id, const std::string& more = "") {
  return R"({"id":")" + id +
         R"(","cloud":"massedcompute","region":"a-usa-1","shade_instance_type":"A6000","name":"x",)"
         R"("configuration":{"storage_in_gb":10,"os":"u"},"ip":"10.0.0.1","ssh_user":"shadeform","ssh_port":22,)"
         R"("envs":[{"name":"TOKEN","value":"s3cret"}],"tags":["refID=r","cloudCredRefID=c"])" +
         more + "}";
}

Result<Answer<InstanceType>> types(const std::string& rows) {
  RecordedAccount account(*find_provider("shadeform"));
  account.http.reply("/instances/types", 200, "{\"instance_types\":[" + rows + "]}");
  return account.types();
}

Result<Answer<Instance>> instances(const std::string& rows) {
  RecordedAccount account(*find_provider("shadeform"));
  account.http.reply("/instances", 200, "{\"instances\":[" + rows + "]}");
  return account.run(account->instances({}));
}

Instance instance(const std::string& more) {
  const auto listing = instances(instance_row("a", more));
  REQUIRE(listing);
  REQUIRE(listing->rows.size() == 1);
  return *listing->rows.front();
}

}  // namespace

TEST_CASE("a Shadeform price over 32 bits is exact, and costs nothing else", "[providers]") {
  const auto listing = types(type_row("123456789012") + "," + type_row("0", "7", R"(,"x":1)"));
  REQUIRE(listing);
  REQUIRE(listing->rows.size() == 4);
  CHECK(listing->rejected.empty());
  CHECK(listing->rows[0]->prices.at(0).amount->nanos == 1'234'567'890'120'000'000);
  CHECK_FALSE(listing->rows[2]->prices.at(0).amount);
}

TEST_CASE("a Shadeform row that cannot be read costs only its own regions", "[providers]") {
  const std::string more = GENERATE(R"(,"configuration":1)", R"(,"configuration":null)");
  std::string good = type_row();
  good.replace(good.find("A6000"), 5, "L40");
  std::string bad = type_row();
  bad.replace(bad.find("\"configuration\""), 15, "\"was\"");
  bad.insert(bad.size() - 1, more);
  const auto listing = types(bad + "," + good);
  REQUIRE(listing);
  REQUIRE(listing->rows.size() == 2);
  CHECK(listing->rows[0]->id.str() == "massedcompute_L40_a-usa-1");
  REQUIRE(listing->rejected.size() == 2);
  CHECK(listing->rejected[0].id == "massedcompute_A6000_a-usa-1");
  CHECK(listing->rejected[1].id == "massedcompute_A6000_b-usa-1");
  CHECK_FALSE(listing->rejected[0].raw.empty());
}

TEST_CASE("a Shadeform price is its value, whatever its spelling: one that is no number is not known", "[providers]") {
  const auto [price, nanos] = GENERATE(table<std::string, std::int64_t>({{"250.0", 2'500'000'000},
                                                                         {"2.5e2", 2'500'000'000},
                                                                         {"250.55", 2'505'500'000},
                                                                         {"0.1e1", 10'000'000},
                                                                         {"\"57\"", 0},
                                                                         {"true", 0},
                                                                         {"999999999999999999999999", 0}}));
  const auto listing = types(type_row(price, "8.0"));
  REQUIRE(listing);
  REQUIRE(listing->rows.size() == 2);
  CHECK(listing->rows[0]->vcpu == 8);
  CHECK(listing->rows[0]->prices.at(0).amount.value_or(Money()).nanos == nanos);
  CHECK(listing->odd.size() == (nanos == 0 ? 2 : 0));
}

TEST_CASE("an odd optional field of a Shadeform type costs itself", "[providers]") {
  const std::string more = GENERATE(R"(,"boot_time":[])", R"(,"boot_time":{"min_boot_in_sec":"60"})");
  const auto listing = types(type_row("57", "6.5", more));
  REQUIRE(listing);
  REQUIRE(listing->rows.size() == 2);
  CHECK_FALSE(listing->rows[0]->vcpu);
  CHECK(listing->rows[0]->is_available == true);
  CHECK(listing->odd.size() == 4);
}

TEST_CASE("what says whether a Shadeform type is available decides its row in that region only", "[providers]") {
  const auto [said, rows] = GENERATE(table<std::string, std::size_t>({{"null", 2}, {"\"yes\"", 1}, {"1", 1}}));
  std::string row = type_row();
  row.replace(row.find("true"), 4, said);
  const auto listing = types(row);
  REQUIRE(listing);
  REQUIRE(listing->rows.size() == rows);
  if (rows == 2) CHECK_FALSE(listing->rows[0]->is_available);
  if (rows == 1) CHECK(listing->rejected.at(0).id == "massedcompute_A6000_a-usa-1");
}

TEST_CASE("an offer of a Shadeform type that is none costs no other, and forbids conclusions from absence",
          "[providers]") {
  const std::string odd = GENERATE("null", "17", "[]");
  std::string row = type_row();
  row.insert(row.find("[{") + 1, odd + ",");
  RecordedAccount account(*find_provider("shadeform"));
  account.http.reply("/instances/types", 200, "{\"instance_types\":[" + row + "]}");
  const auto offering = account.run(account->instance_types({}));
  REQUIRE(offering);
  REQUIRE(offering->types.rows.size() == 2);
  CHECK(offering->types.rows[0]->is_available == true);
  REQUIRE(offering->types.rejected.size() == 1);
  CHECK(offering->types.rejected[0].id.empty());
  REQUIRE(offering->locations.value().rejected.size() == 1);
  CHECK(offering->locations->rejected[0].id.empty());
}

TEST_CASE("a Shadeform type that is offered nowhere is told, and forbids nothing", "[providers]") {
  std::string row = type_row();
  row.replace(row.find("[{"), row.find("}]") + 2 - row.find("[{"), "[]");
  const auto listing = types(row);
  REQUIRE(listing);
  CHECK(listing->rows.empty());
  REQUIRE(listing->rejected.size() == 1);
  CHECK(listing->rejected[0].id == "massedcompute_A6000");
}

TEST_CASE("what Shadeform rents out as spot is never available on demand", "[providers]") {
  std::string row = type_row();
  const std::string offers = R"([{"region":"both","available":false,"rental_type":"on_demand"},)"
                             R"({"region":"both","available":true,"rental_type":"spot"},)"
                             R"({"region":"spot","available":true,"rental_type":"spot"},)"
                             R"({"region":"plain","available":true}])";
  row.replace(row.find("[{"), row.find("}]") + 2 - row.find("[{"), offers);
  const auto listing = types(row);
  REQUIRE(listing);
  CHECK(listing->rejected.empty());
  REQUIRE(listing->rows.size() == 3);
  for (const auto& type : listing->rows) {
    INFO(type->location);
    const bool is_plain = type->location == "plain";
    CHECK(type->is_available == is_plain);
    CHECK((find_price(*type, UsageClass::spot) == nullptr) == is_plain);
    CHECK(type->attributes.is_spot_available == (is_plain ? std::nullopt : std::optional(true)));
    CHECK(find_price(*type, UsageClass::on_demand)->amount);
  }
}

TEST_CASE("only an address at which somebody may be met is a Shadeform instance's", "[providers]") {
  const auto [ip, is_one] = GENERATE(table<std::string, bool>(
      {{"0.0.0.0", false}, {"127.0.0.1", false}, {"pending", false}, {"198.51.100.7", true}, {"a.example.com", true}}));
  const auto listing = instances(R"({"id":"a","status":"active","ip":")" + ip + R"("})");
  REQUIRE(listing);
  REQUIRE(listing->rows.size() == 1);
  CHECK(listing->rows[0]->public_dns == (is_one ? ip : ""));
  CHECK(listing->rows[0]->status == (is_one ? LifecycleStatus::running : LifecycleStatus::pending));
}

TEST_CASE("a Shadeform row of which nobody knows what it is forbids conclusions from absence", "[providers]") {
  const std::string row = GENERATE(R"({"cloud":17})", R"([])", R"("x")", R"({"cloud":"a","shade_instance_type":"b"})",
                                   R"({"cloud":"a","shade_instance_type":"b","configuration":{},"availability":[{}]})");
  RecordedAccount account(*find_provider("shadeform"));
  account.http.reply("/instances/types", 200, "{\"instance_types\":[" + row + "," + type_row() + "]}");
  const auto offering = account.run(account->instance_types({}));
  REQUIRE(offering);
  CHECK(offering->types.rows.size() == 2);
  REQUIRE_FALSE(offering->types.rejected.empty());
  CHECK(offering->types.rejected[0].id.empty());
  REQUIRE_FALSE(offering->locations.value().rejected.empty());
  CHECK(offering->locations->rejected[0].id.empty());
}

TEST_CASE("a Shadeform type whose images cannot be read is told, and forbids conclusions from absence", "[providers]") {
  const std::string row = GENERATE("17", R"({"configuration":{"os_options":"ubuntu"}})",
                                   R"({"configuration":{"os_options":["ubuntu24.04",{}]}})", R"({"configuration":7})");
  RecordedAccount account(*find_provider("shadeform"));
  account.http.reply("/instances/types", 200,
                     R"({"instance_types":[)" + row + R"(,{"configuration":{"os_options":["ubuntu22.04"]}}]})");
  const auto images = account.run(account->lists_images()->list_images({}, {}));
  REQUIRE(images);
  REQUIRE(images->rejected.size() == 1);
  CHECK(images->rejected[0].id.empty());
  CHECK_FALSE(images->rejected[0].raw.empty());
}

TEST_CASE("Shadeform's types and regions are one request, and every call is one of its own", "[providers]") {
  RecordedAccount account(*find_provider("shadeform"));
  const auto offering = account.run(account->instance_types({}));
  REQUIRE(offering);
  CHECK(offering->locations.value().rows.size() > 10);
  CHECK(account.http.sent.size() == 1);
  const auto locations = account.run(account->locations());
  REQUIRE(locations);
  CHECK(locations->rows.size() == offering->locations->rows.size());
  CHECK(account.http.sent.size() == 2);
}

TEST_CASE("a slice of a GPU at Shadeform is not the GPU", "[providers]") {
  const auto [configuration, name, memory_gb] = GENERATE(table<std::string, std::string, int>(
      {{R"("gpu_type":"H100","vram_per_gpu_in_gb":10,"interconnect":"pcie")", "H100 10GB", 10},
       {R"("gpu_type":"H100","vram_per_gpu_in_gb":80,"interconnect":"mig")", "H100 MIG", 80},
       {R"("gpu_type":"A10","vram_per_gpu_in_gb":12)", "A10 12GB", 12},
       {R"("gpu_type":"H100","vram_per_gpu_in_gb":80,"interconnect":"sxm5")", "H100", 80},
       {R"("gpu_type":"H100","vram_per_gpu_in_gb":0)", "H100", 0}}));
  const auto listing =
      types(R"({"cloud":"c","shade_instance_type":"t","hourly_price":57,"configuration":{"num_gpus":1,)" +
            configuration + R"(},"availability":[{"region":"a-usa-1","available":true}]})");
  REQUIRE(listing);
  REQUIRE(listing->rows.size() == 1);
  const Gpu& gpu = listing->rows[0]->gpus.at(0);
  CHECK(gpu.name == name);
  CHECK(gpu.memory_gb.value_or(0) == memory_gb);
}

TEST_CASE("the status of a Shadeform instance is what the service says", "[providers]") {
  const auto [word, status] =
      GENERATE(table<std::string, std::optional<LifecycleStatus>>({{"creating", LifecycleStatus::pending},
                                                                   {"pending_provider", LifecycleStatus::pending},
                                                                   {"pending", LifecycleStatus::pending},
                                                                   {"active", LifecycleStatus::running},
                                                                   {"error", LifecycleStatus::failed},
                                                                   {"deleting", LifecycleStatus::terminating},
                                                                   {"deleted", LifecycleStatus::terminated},
                                                                   {"hibernated", std::nullopt}}));
  const Instance read = instance(R"(,"status":")" + word + "\"");
  CHECK(read.status == status);
  CHECK(read.provider_status == word);
}

TEST_CASE("an active Shadeform instance without an address is still pending", "[providers]") {
  const std::string ip = GENERATE("null", "\"\"");
  const auto listing = instances(R"({"id":"a","status":"active","ip":)" + ip + "}");
  REQUIRE(listing);
  REQUIRE(listing->rows.size() == 1);
  CHECK(listing->rows[0]->status == LifecycleStatus::pending);
  CHECK(listing->rows[0]->ssh_port == 22);
}

TEST_CASE("a Shadeform time may have a space, an offset or nine decimals, and one that is none costs nothing else",
          "[providers]") {
  const auto [text, iso] =
      GENERATE(table<std::string, std::string>({{"2026-01-28 20:53:39.459529+00:00", "2026-01-28T20:53:39.459Z"},
                                                {"2026-01-28T20:53:39.459529123Z", "2026-01-28T20:53:39.459Z"},
                                                {"2026-01-28T22:53:39+02:00", "2026-01-28T20:53:39.000Z"},
                                                {"yesterday", ""},
                                                {"2026-13-41T00:00:00Z", ""}}));
  const Instance read = instance(R"(,"created_at":")" + text + "\"");
  CHECK((read.created_at ? to_iso8601(*read.created_at) : "") == iso);
  CHECK(read.location == "a-usa-1");
}

TEST_CASE("Shadeform tags split at the first equals sign: two of them say whose the machine is", "[providers]") {
  const auto listing = instances(
      R"({"id":"a","name":"r2_my_box","tags":["refID=r","note=a=b=c","bare","refID=r2","cloudCredRefID=c","=v"]})");
  REQUIRE(listing);
  REQUIRE(listing->rows.size() == 1);
  const Instance& read = *listing->rows.front();
  CHECK(read.ref_id == RefId("r2"));
  CHECK(read.cloud_cred_ref_id == CredentialRef("c"));
  CHECK(read.name == "my_box");
  CHECK(read.tags == std::map<std::string, std::string>{{"note", "a=b=c"}, {"bare", ""}, {"", "v"}});
}

TEST_CASE("a faulty Shadeform instance costs itself, known by its ID, without its secrets", "[providers]") {
  const std::string more = GENERATE(R"(,"status":17)", R"(,"status":"\ud83d")");
  const auto listing = instances(instance_row("bad", more) + "," + instance_row("good"));
  REQUIRE(listing);
  CHECK(listing->rows.size() == 1);
  REQUIRE(listing->rejected.size() == 1);
  CHECK(listing->rejected[0].id == "bad");
  CHECK(listing->rejected[0].raw.find("s3cret") == std::string::npos);
}

TEST_CASE("a Shadeform type of a cloud with an underscore in its name is ordered of that cloud, if of no other",
          "[providers]") {
  const auto row_of = [](const std::string& cloud, const std::string& type) {
    std::string row = type_row();
    row.replace(row.find("massedcompute"), 13, cloud);
    return row.replace(row.find("\"A6000\"") + 1, 5, type);
  };
  RecordedAccount account(*find_provider("shadeform"));
  const auto create = [&](const std::string& rows) {
    account.http.reply("/instances/types", 200, "{\"instance_types\":[" + rows + "]}");
    account.http.reply("/instances/create", 200, R"({"id":"new-1"})");
    account.order.type = "massed_compute_A6000";
    account.order.location = "a-usa-1";
    account.http.sent.clear();
    return account.run(account->creates()->create(account.order));
  };
  const auto order = [&account] {
    return std::find_if(account.http.sent.begin(), account.http.sent.end(),
                        [](const auto& call) { return call.url.ends_with("/instances/create"); });
  };
  const std::string wanted = row_of("massed_compute", "A6000");
  const auto created = create(row_of("massed", "A6000") + "," + wanted);
  REQUIRE(created);
  CHECK(created->instance.cloud == "massed_compute");
  REQUIRE(order() != account.http.sent.end());
  const boost::json::value ordered = boost::json::parse(order()->body);
  CHECK(ordered.at("cloud") == "massed_compute");
  CHECK(ordered.at("shade_instance_type") == "A6000");
  const auto refused = create(wanted + "," + row_of("massed", "compute_A6000"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::service_unavailable);
  CHECK(order() == account.http.sent.end());
}

TEST_CASE("Shadeform's refusals are told apart", "[providers]") {
  const auto [file, status, kind] =
      GENERATE(table<std::string, int, Errc>({{"400_bad_request.json", 400, Errc::invalid_request},
                                              {"401_invalid_api_key.json", 401, Errc::auth},
                                              {"403_account_mismatch.json", 403, Errc::forbidden},
                                              {"404_instance_not_found.json", 404, Errc::instance_not_found},
                                              {"409_insufficient_funds.json", 409, Errc::out_of_quota},
                                              {"409_not_json.txt", 409, Errc::service_unavailable},
                                              {"409_out_of_stock.json", 409, Errc::insufficient_resources},
                                              {"429_throttled.json", 429, Errc::rate_limited},
                                              {"500_plain.txt", 500, Errc::service_unavailable},
                                              {"503_gateway.html", 503, Errc::service_unavailable},
                                              {"503_gateway.html", 404, Errc::service_unavailable},
                                              {"409_not_json.txt", 404, Errc::service_unavailable},
                                              {"401_invalid_api_key.json", 404, Errc::service_unavailable}}));
  RecordedAccount account(*find_provider("shadeform"));
  account.http.reply("/instances/x/info", status, account.file("errors/" + file));
  const auto answer = account.run(account->instance(InstanceRef(CloudId("x"), "")));
  REQUIRE_FALSE(answer);
  CAPTURE(file, to_text(answer.error()));
  CHECK(answer.error().kind == kind);
  CHECK(answer.error().operation == "get instance");
}

}  // namespace tally::shadeform_hostile_test
