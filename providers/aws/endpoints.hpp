// Where AWS's services are asked, and what is known of its regions beforehand. Pure.
#pragma once

#include <string>
#include <string_view>

#include "cloud/result.hpp"

namespace tally::aws {

enum class Service { ec2, sts, ssm, quotas, pricing };

/// As it stands in signatures: "servicequotas".
std::string_view signing_name(Service service);

struct RegionFacts {
  std::string_view name;
  std::string_view description;
  std::string_view country;   // ISO 3166-1 alpha-3
  bool needs_opt_in = false;  // an account must enable it first
};

/// nullptr: the region is younger than the table.
const RegionFacts* find_region(std::string_view name);

/// Whether it could be a region's name: nothing else may get into a host's.
bool is_region(std::string_view name);

/// "aws", "aws-cn", "aws-us-gov", …: partitions have nothing in common.
std::string_view partition_of(std::string_view region);

/// The region of a partition whose services are asked for what concerns the whole account; "": no such partition.
std::string_view home_of(std::string_view partition);

/// Whose prices are asked for in that region; "": the partition has no price list to ask for.
std::string_view pricing_region_of(std::string_view region);

/// Given in place of the vendor's own; "": none.
struct EndpointOverride {
  std::string all;      // base URL of every service
  std::string pricing;  // of the price list, before the other
};

/// With a slash at its end.
std::string url_of(Service service, std::string_view region, const EndpointOverride& override_with);

}  // namespace tally::aws
