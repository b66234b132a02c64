// What every registered provider must keep. A provider's own part is tests/providers/<name>/recorded/routes.json: the
// credential's fields, and which recorded reply answers which path.
#include <catch2/catch.hpp>
#include <set>

#include "tests/providers/recorded_account.hpp"

namespace tally::contract_test {
using namespace tally::fakes;

TEST_CASE("names and aliases of providers are unique, and find their provider", "[providers]") {
  std::set<std::string_view> names;
  REQUIRE_FALSE(providers().empty());
  for (const Provider* provider : providers()) {
    const ProviderDescription& description = provider->description;
    INFO(description.name);
    CHECK(names.insert(description.name).second);
    CHECK((description.name == description.provider_id || names.insert(description.provider_id).second));
    for (const std::string_view alias : description.aliases) {
      CHECK(names.insert(alias).second);
      CHECK(find_provider(alias) == provider);
    }
    CHECK(find_provider(description.provider_id) == provider);
    CHECK(description.instance_type_interval.count() > 0);
    CHECK(description.instance_interval.count() > 0);
    CHECK(description.requests_per_second > 0);
    CHECK(description.default_endpoint.starts_with("https://"));
    CHECK_FALSE(description.credential_fields.empty());
  }
  CHECK(find_provider("nobody") == nullptr);
}

TEST_CASE("every provider answers complete lists of sound, unique rows, the same twice", "[providers]") {
  for (const Provider* provider : providers()) {
    INFO(provider->description.name);
    RecordedAccount account(*provider);
    const auto locations = account.run(account->locations());
    const auto types = account.types();
    const auto instances = account.run(account->instances(account.scope));
    REQUIRE(locations);
    REQUIRE(types);
    REQUIRE(instances);
    REQUIRE_FALSE(types->rows.empty());

    std::set<std::string> location_names;
    for (const auto& row : locations->rows) CHECK(location_names.insert(row->name).second);
    std::set<std::string> ids;
    for (const auto& row : types->rows) {
      INFO(row->id.str());
      CHECK(ids.insert(row->id.str()).second);
      CHECK(row->provider == provider->description.provider_id);
      CHECK(location_names.contains(row->location));
      CHECK_FALSE(row->prices.empty());
      for (const Price& price : row->prices) CHECK((!price.amount || price.amount->nanos > 0));
      for (const Gpu& gpu : row->gpus) {
        CHECK(gpu.count > 0);
        CHECK_FALSE(gpu.name.empty());
        CHECK_FALSE(gpu.manufacturer.empty());
        CHECK(gpu.memory_gb.value_or(0) > 0);
      }
      CHECK(
          (row->sub_location.empty() || row->available_azs.empty() || row->sub_location == row->available_azs.front()));
      CHECK((row->is_available != true || !row->availability_reason));
    }
    for (const auto& row : instances->rows) {
      CHECK_FALSE(row->cloud_id.empty());
      CHECK(row->provider == provider->description.provider_id);
    }
    const auto again = account.types();
    REQUIRE(again);
    REQUIRE(again->rows.size() == types->rows.size());
    for (std::size_t i = 0; i < again->rows.size(); ++i) CHECK(*again->rows[i] == *types->rows[i]);
    const auto one = account.run(account->instance(account.instance));
    REQUIRE(one);
    CHECK(one->cloud_id == account.instance.cloud_id);
  }
}

TEST_CASE("every provider answers an error, never a part, when any reply is not a good one", "[providers]") {
  const std::vector<std::pair<int, std::string>> replies = {
      {500, ""},       {502, "<html>"}, {401, "{}"},         {403, "{}"}, {429, ""}, {200, ""},
      {200, "<html>"}, {200, "null"},   {200, "{\"data\":"}, {200, "{}"}, {204, ""}};
  for (const Provider* provider : providers()) {
    for (const auto& [status, body] : replies) {
      INFO(provider->description.name << " " << status << " " << body);
      RecordedAccount account(*provider);
      for (const std::string& path : account.paths) account.http.reply(path, status, body);
      const auto check = [expected = status](const auto& answer) {
        REQUIRE_FALSE(answer);
        CHECK_FALSE(answer.error().provider.empty());
        CHECK_FALSE(answer.error().operation.empty());
        CHECK(to_text(answer.error()).find("canary") == std::string::npos);
        if (expected == 401) CHECK(answer.error().kind == Errc::auth);
        if (expected == 403) CHECK(answer.error().kind == Errc::forbidden);
        if (expected == 429) CHECK(answer.error().kind == Errc::rate_limited);
        CHECK_FALSE(answer.error().matches(Errc::resource_not_found));
        CHECK(answer.error().certainty == Certainty::nothing_happened);  // it only read
      };
      check(account.types());
      check(account.run(account->instances(account.scope)));
      check(account.run(account->instance(account.instance)));
    }
  }
}

TEST_CASE("a tenant is known before an account is opened, and shows no secret", "[providers]") {
  for (const Provider* provider : providers()) {
    RecordedAccount account(*provider);
    const std::string tenant = account->tenant_id().str();
    CHECK(tenant.starts_with(std::string(provider->description.provider_id) + "-"));
    CHECK(tenant.find("canary") == std::string::npos);
  }
}

TEST_CASE("what every provider says that it can do is what its account does", "[providers]") {
  for (const Provider* provider : providers()) {
    INFO(provider->description.name);
    RecordedAccount account(*provider);
    const Capabilities& all = provider->description.capabilities;
    CHECK(capabilities_of(abilities_of(*account.operator->()), provider->description.create) == all);
    for (const std::string_view name : account->capabilities()) CHECK(std::count(all.begin(), all.end(), name) == 1);
  }
}

TEST_CASE("a global provider names its locations with its types, a locational one when asked for them", "[providers]") {
  for (const Provider* provider : providers()) {
    INFO(provider->description.name);
    RecordedAccount account(*provider);
    const bool is_global = provider->description.api_type == ApiType::global;
    CHECK(account.scope.location.empty() == is_global);
    const auto locations = account.run(account->locations());
    REQUIRE(locations);
    REQUIRE_FALSE(locations->rows.empty());
    const auto offering = account.run(account->instance_types(account.scope));
    REQUIRE(offering);
    REQUIRE(offering->locations.has_value() == is_global);
    if (is_global) CHECK(offering->locations->rows.size() == locations->rows.size());
  }
}

TEST_CASE("a locational provider is asked for one location, not for all at once", "[providers]") {
  for (const Provider* provider : providers()) {
    if (provider->description.api_type == ApiType::global) continue;
    INFO(provider->description.name);
    RecordedAccount account(*provider);
    const auto types = account.run(account->instance_types({}));
    const auto instances = account.run(account->instances({}));
    REQUIRE_FALSE(types);
    REQUIRE_FALSE(instances);
    CHECK(types.error().kind == Errc::invalid_request);
    CHECK(instances.error().kind == Errc::invalid_request);
    CHECK(account.http.sent.empty());
  }
}

TEST_CASE("no call of an account depends on the one before it", "[providers]") {
  for (const Provider* provider : providers()) {
    INFO(provider->description.name);
    RecordedAccount account(*provider);
    REQUIRE(account.run(account->locations()));
    for (const std::string& path : account.paths) account.http.reply(path, 503, "");
    CHECK_FALSE(account.run(account->locations()));
    CHECK_FALSE(account.types());
  }
}

TEST_CASE("an instance that is asked for in a wrong place is not gone", "[providers]") {
  for (const Provider* provider : providers()) {
    for (const std::string& place : {std::string(), std::string("nowhere-9")}) {
      INFO(provider->description.name << " " << place);
      RecordedAccount account(*provider);
      const auto answer = account.run(account->instance(InstanceRef(account.instance.cloud_id, place)));
      if (provider->description.api_type == ApiType::global) {
        REQUIRE(answer);
        CHECK(answer->cloud_id == account.instance.cloud_id);
      } else {
        REQUIRE_FALSE(answer);
        CHECK(answer.error().kind == Errc::invalid_request);
      }
    }
  }
}

}  // namespace tally::contract_test
