// EC2 and the services beside it as one account sees them, in this process and on any clock: regions of the recorded
// answers, each with a mood of its own.
#pragma once

#include <fmt/format.h>

#include <boost/algorithm/string/replace.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cloud/budget.hpp"
#include "net/http_client.hpp"
#include "providers/registry.hpp"
#include "runtime/clock.hpp"
#include "runtime/tasks.hpp"
#include "syncers/account_state.hpp"
#include "syncers/account_syncer.hpp"
#include "tests/fakes/files.hpp"
#include "tests/fakes/memory_cache.hpp"

namespace tally::fakes {

class RecordedAws final : public HttpClient {
 public:
  enum class Mood { well, silent, slow, forbidden, throttled };
  static constexpr std::chrono::seconds slow_answer{8};

  RecordedAws(std::vector<std::string> regions, Clock& clock, Budget& budget)
      : clock_(clock), budget_(budget), regions_(std::move(regions)) {}

  Task<Response> send(Request request) override {
    Draw draw;
    draw.lane = request.lane;
    draw.pool = request.pool;
    const Result<> may_go = co_await budget_.acquire(draw);
    if (!may_go) co_return tl::unexpected(may_go.error());
    const std::string host = request.url.substr(8, request.url.find(".amazonaws.com") - 8);
    const std::string action = action_of(request);
    const std::string region = action == "GetProducts" ? region_priced(request) : host.substr(host.rfind('.') + 1);
    ++asked[{action, region}];
    const auto at = moods.find(region);
    const Mood mood = at == moods.end() || action == "DescribeRegions" ? Mood::well : at->second;
    if (mood == Mood::silent) co_await clock_.sleep_until(TimePoint::max());
    if (mood == Mood::slow) co_await clock_.sleep_until(clock_.now() + slow_answer);
    Response answer;
    if (mood == Mood::forbidden) {
      answer.status = 403;
      answer.body = file("handmade/error-UnauthorizedOperation.xml");
    } else if (mood == Mood::throttled) {
      answer.status = 503;
      answer.body = file("handmade/error-RequestLimitExceeded.xml");
    } else if (action == "GetProducts" && !has_prices) {
      answer.status = 503;
    } else {
      answer.status = 200;
      answer.body = good(action, region);
      if (action == "GetProducts") boost::algorithm::replace_all(answer.body, "21.9576420000", price_of_p4d);
    }
    co_return answer;
  }

  std::map<std::string, Mood> moods;  // by region; well, where nothing is said
  bool has_prices = true;
  std::string price_of_p4d = "21.9576420000";
  std::map<std::pair<std::string, std::string>, int> asked;  // by action and region

 private:
  static std::string file(const std::string& name) {
    return text_of(std::string(TALLY_TESTS_DIR) + "/providers/aws/recorded/" + name);
  }
  static std::string action_of(const Request& request) {
    for (const Header& header : request.headers) {
      if (header.name != "X-Amz-Target") continue;
      const std::string target(header.value.reveal());
      return target.substr(target.find('.') + 1);
    }
    const std::string body(request.body.reveal());  // "Action=DescribeRegions&…"
    return body.substr(7, body.find('&') - 7);
  }

  /// Prices are asked for elsewhere.
  static std::string region_priced(const Request& request) {
    const std::string body(request.body.reveal());
    const std::string before = R"("Field":"regionCode","Value":")";
    const std::size_t at = body.find(before) + before.size();
    return body.substr(at, body.find('"', at) - at);
  }

  const std::string& good(const std::string& action, const std::string& region) {
    std::string& answer = answers_[{action, region}];
    if (answer.empty()) answer = action == "DescribeRegions" ? list_of_regions() : recorded(action, region);
    return answer;
  }
  [[nodiscard]] std::string list_of_regions() const {
    std::string list;
    for (const std::string& region : regions_) {
      list += "<item><regionName>" + region + "</regionName><optInStatus>opt-in-not-required</optInStatus></item>";
    }
    return "<DescribeRegionsResponse><regionInfo>" + list + "</regionInfo></DescribeRegionsResponse>";
  }
  /// A region's machine has an ID of its own.
  [[nodiscard]] std::string recorded(const std::string& action, const std::string& region) const {
    static const std::map<std::string, std::string> files = {
        {"DescribeInstances", "instances.xml"},
        {"DescribeInstanceTypeOfferings", "offerings.xml"},
        {"DescribeSpotPriceHistory", "handmade/DescribeSpotPriceHistory-page.xml"},
        {"GetProducts", "prices.json"},
        {"GetParameter", "image-parameter.json"},
        {"GetServiceQuota", "handmade/ServiceQuotas-GetServiceQuota.json"},
        {"GetCallerIdentity", "moto/STS-GetCallerIdentity.xml"}};
    const auto named = files.find(action);
    std::string text = file(named == files.end() ? "moto/" + action + ".xml" : named->second);
    const auto at = std::find(regions_.begin(), regions_.end(), region) - regions_.begin();
    boost::algorithm::replace_all(text, "us-east-1", region);
    boost::algorithm::replace_all(text, "i-0aee8bc700b5f3b7c", fmt::format("i-{:017x}", at + 1));
    return text;
  }

  Clock& clock_;
  Budget& budget_;
  const std::vector<std::string> regions_;
  std::map<std::pair<std::string, std::string>, std::string> answers_;
};

/// All that a credential of AWS's in force consists of, but for sockets.
class AwsSite {
 public:
  AwsSite(std::vector<std::string> regions, std::chrono::milliseconds instance_interval, Catalog& catalog,
          CatalogWriter& writer, Clock& clock, boost::asio::any_io_executor loop, Tasks& tasks)
      : budget_(clock, {"", description.requests_per_second, description.request_burst}, description.request_rates),
        http(std::move(regions), clock, budget_),
        account_(provider.open(AccountContext{credential(), http, budget_, clock, rng_, cache_, loop, Redactor()})),
        state_(ref, catalog.load(ref), writer, clock, loop, loop),
        syncer_(state_, *account_, settings(instance_interval, loop), clock, rng_, loop, tasks) {}

  static void tell(Catalog& catalog, Timestamp now) {
    CredentialRecord record;
    record.ref = ref;
    record.provider_id = description.provider_id;
    record.api_type = description.api_type;
    catalog.set_credentials({record}, now);
  }
  void start() { syncer_.start(); }

  static inline const Provider& provider = *find_provider("aws");
  static inline const ProviderDescription& description = provider.description;
  static inline const CredentialRef ref{"aws-1"};

 private:
  TenantBudget budget_;

 public:
  RecordedAws http;

 private:
  static Credential credential() {
    Credential made;
    made.ref = ref;
    made.endpoint = description.default_endpoint;
    made.fields.emplace("access_key_id", Secret(std::string("AKIAIOSFODNN7EXAMPLE")));
    made.fields.emplace("secret_access_key", Secret(std::string("canary-4711-secret")));
    return made;
  }
  static SyncSettings settings(std::chrono::milliseconds instance_interval, boost::asio::any_io_executor loop) {
    SyncSettings settings;
    settings.provider = &description;
    settings.instance_type_interval = description.instance_type_interval;
    settings.instance_interval = instance_interval;
    settings.workers = std::move(loop);
    return settings;
  }

  Rng rng_{7};
  MemoryCache cache_;
  std::unique_ptr<Account> account_;
  AccountState state_;
  AccountSyncer syncer_;
};

}  // namespace tally::fakes
