// EC2 and the services beside it as one account sees them, in this process and on any clock: regions of the recorded
// answers, each with a mood of its own.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/replace.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "providers/registry.hpp"
#include "tests/daemon/moody_http.hpp"
#include "tests/daemon/virtual_site.hpp"
#include "tests/fakes/files.hpp"

namespace tally::fakes {

class RecordedAws final : public MoodyHttp {
 public:
  RecordedAws(std::vector<std::string> regions, const HttpContext& context)
      : MoodyHttp(context), regions_(std::move(regions)) {}

  std::map<std::string, Mood> moods;  // by region; well, where nothing is said
  bool has_prices = true;
  std::string price_of_p4d = "21.9576420000";
  std::map<std::pair<std::string, std::string>, int> asked;  // by action and region

 private:
  Mood receive(const Request& request) override {
    const std::string action = action_of(request);
    const std::string region = region_of(request, action);
    ++asked[{action, region}];
    const auto at = moods.find(region);
    return at == moods.end() || action == "DescribeRegions" ? Mood::well : at->second;
  }

  Task<Response> answer(Request request, Mood as) override {
    const std::string action = action_of(request);
    Response response;
    if (as == Mood::forbidden) {
      response.status = 403;
      response.body = file("handmade/error-UnauthorizedOperation.xml");
    } else if (as == Mood::throttled) {
      response.status = 503;
      response.body = file("handmade/error-RequestLimitExceeded.xml");
    } else if (action == "GetProducts" && !has_prices) {
      response.status = 503;
    } else {
      response.status = 200;
      response.body = good(action, region_of(request, action));
      if (action == "GetProducts") boost::algorithm::replace_all(response.body, "21.9576420000", price_of_p4d);
    }
    co_return response;
  }

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
  static std::string region_of(const Request& request, const std::string& action) {
    if (action == "GetProducts") return region_priced(request);
    const std::string host = request.url.substr(8, request.url.find(".amazonaws.com") - 8);
    return host.substr(host.rfind('.') + 1);
  }
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

  const std::vector<std::string> regions_;
  std::map<std::pair<std::string, std::string>, std::string> answers_;
};

/// An account at AWS on virtual time.
class AwsSite : public VirtualSite<RecordedAws> {
 public:
  AwsSite(const std::vector<std::string>& regions, std::chrono::milliseconds instance_interval)
      : VirtualSite(Timestamp(std::chrono::sys_days(std::chrono::year(2027) / 1 / 1)), {config(instance_interval)},
                    [regions](const CredentialConfig& /*config*/, const HttpContext& context) {
                      return std::make_unique<RecordedAws>(regions, context);
                    }) {}

  [[nodiscard]] RecordedAws& aws() const { return client(ref); }

  static inline const ProviderDescription& description = find_provider("aws")->description;
  static inline const CredentialRef ref{"aws-1"};

 private:
  static CredentialConfig config(std::chrono::milliseconds instance_interval) {
    Credential credential;
    credential.ref = ref;
    credential.endpoint = description.default_endpoint;
    credential.fields.emplace("access_key_id", Secret(std::string("AKIAIOSFODNN7EXAMPLE")));
    credential.fields.emplace("secret_access_key", Secret(std::string("canary-4711-secret")));
    CredentialConfig config = virtual_credential(description, std::move(credential));
    config.instance_interval = instance_interval;
    return config;
  }
};

}  // namespace tally::fakes
