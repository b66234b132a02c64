#include "providers/aws/endpoints.hpp"

#include <algorithm>
#include <array>

#include "runtime/ascii.hpp"

namespace tally::aws {
namespace {

#define REGION(name, description, country, needs_opt_in) RegionFacts{name, description, country, needs_opt_in},
constexpr std::array regions = {
#include "providers/aws/region_table.inc"
};
#undef REGION

struct Partition {
  std::string_view name;
  std::string_view prefix;  // of its regions; the first that fits
  std::string_view suffix;  // of its hosts
  std::string_view home;
};

constexpr std::array partitions = {Partition{"aws-cn", "cn-", "amazonaws.com.cn", "cn-north-1"},
                                   Partition{"aws-us-gov", "us-gov-", "amazonaws.com", "us-gov-west-1"},
                                   Partition{"aws-iso", "us-iso-", "c2s.ic.gov", "us-iso-east-1"},
                                   Partition{"aws-iso-b", "us-isob-", "sc2s.sgov.gov", "us-isob-east-1"},
                                   Partition{"aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "eu-isoe-west-1"},
                                   Partition{"aws-iso-f", "us-isof-", "csp.hci.ic.gov", "us-isof-east-1"},
                                   Partition{"aws-eusc", "eusc-", "amazonaws.eu", "eusc-de-east-1"},
                                   Partition{"aws", "", "amazonaws.com", "us-east-1"}};

const Partition& partition_with(std::string_view region) {
  return *std::find_if(partitions.begin(), partitions.end(),
                       [&](const Partition& each) { return region.starts_with(each.prefix); });
}

}  // namespace

std::string_view signing_name(Service service) {
  switch (service) {
    case Service::ec2: return "ec2";
    case Service::sts: return "sts";
    case Service::ssm: return "ssm";
    case Service::quotas: return "servicequotas";
    case Service::pricing: return "pricing";
  }
  return "";
}

const RegionFacts* find_region(std::string_view name) {
  const auto* const at =
      std::find_if(regions.begin(), regions.end(), [&](const RegionFacts& each) { return each.name == name; });
  return at == regions.end() ? nullptr : at;
}

/// "us-gov-west-1": words in lower case, then a number.
bool is_region(std::string_view name) {
  constexpr std::size_t longest = 40;
  const std::size_t dash = name.rfind('-');
  if (name.size() > longest || dash == std::string_view::npos || dash + 1 == name.size()) return false;
  const std::string_view words = name.substr(0, dash);
  const std::string_view number = name.substr(dash + 1);
  return std::all_of(number.begin(), number.end(), ascii::is_digit) &&
         std::all_of(words.begin(), words.end(), [](char c) { return ascii::is_lower(c) || c == '-'; }) &&
         words.find('-') != std::string_view::npos && words.front() != '-' && words.back() != '-';
}

std::string_view partition_of(std::string_view region) { return partition_with(region).name; }

std::string_view home_of(std::string_view partition) {
  const auto* const at =
      std::find_if(partitions.begin(), partitions.end(), [&](const Partition& each) { return each.name == partition; });
  return at == partitions.end() ? "" : at->home;
}

std::string_view pricing_region_of(std::string_view region) {
  const std::string_view partition = partition_of(region);
  if (partition == "aws-cn") return "cn-northwest-1";
  if (partition == "aws-eusc") return "eusc-de-east-1";
  if (partition != "aws") return "";
  if (region.starts_with("eu-")) return "eu-central-1";
  return region.starts_with("ap-") ? "ap-south-1" : "us-east-1";
}

std::string url_of(Service service, std::string_view region, const EndpointOverride& override_with) {
  if (service == Service::pricing && !override_with.pricing.empty()) return override_with.pricing + "/";
  if (!override_with.all.empty()) return override_with.all + "/";
  const std::string_view host = service == Service::pricing ? "api.pricing" : signing_name(service);
  std::string url = "https://";
  url.append(host).append(".").append(region).append(".").append(partition_with(region).suffix).append("/");
  return url;
}

}  // namespace tally::aws
