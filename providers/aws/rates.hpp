// How fast AWS lets itself be asked: a bucket an account, a region and an action, whoever of the account asks. Of most
// actions the vendor states no figures: those are its documented ones for reading, and a few for what changes things.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "cloud/request_rate.hpp"

namespace tally::aws {

inline constexpr std::array request_rates = {
    RequestRate{"DescribeRegions", 10, 20},
    RequestRate{"DescribeAvailabilityZones", 10, 50},
    RequestRate{"DescribeInstanceTypes", 10, 50},
    RequestRate{"DescribeInstanceTypeOfferings", 10, 50},
    RequestRate{"DescribeSpotPriceHistory", 10, 50},
    RequestRate{"DescribeInstances", 10, 50},
    RequestRate{"DescribeVolumes", 10, 50},
    RequestRate{"DescribeImages", 10, 50},
    RequestRate{"Describe", 10, 50},  // of everything else that reads
    RequestRate{"RunInstances", 2, 5},
    RequestRate{"TerminateInstances", 5, 100},
    RequestRate{"StartInstances", 2, 5},
    RequestRate{"StopInstances", 5, 100},
    RequestRate{"Change", 5, 20},       // of everything else that changes something
    RequestRate{"GetProducts", 5, 10},  // not documented, as are the three below
    RequestRate{"GetServiceQuota", 2, 10},
    RequestRate{"GetParameter", 10, 40},
    RequestRate{"GetCallerIdentity", 5, 20},
};

/// "DescribeInstances/us-east-1"
inline std::string pool_of(std::string_view action, std::string_view region) {
  const bool is_named = std::any_of(request_rates.begin(), request_rates.end(),
                                    [&](const RequestRate& rate) { return rate.name == action; });
  const std::string_view general = action.starts_with("Describe") ? "Describe" : "Change";
  return std::string(is_named ? action : general) + "/" + std::string(region);
}

}  // namespace tally::aws
