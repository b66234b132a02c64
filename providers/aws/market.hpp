// What an account can buy in one region: a row a type and zone, joined from what AWS tells apart. Pure.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/result.hpp"
#include "providers/aws/places.hpp"
#include "providers/aws/prices.hpp"
#include "providers/aws/shapes.hpp"
#include "providers/aws/vcpu_limits.hpp"

namespace tally::aws {

using VcpusInUse = std::map<std::string, std::int64_t, std::less<>>;  // by the limit's code
/// Of a code that is not there: none.
std::int64_t vcpus_of(const VcpusInUse& in_use, std::string_view code);

struct Market {
  std::string region;
  Zones zones;  // those of others are not on sale here
  const ShapeList& listed;
  Offers offers;
  std::optional<SpotPrices> spot;                                  // nothing: not known
  std::map<std::string, std::shared_ptr<const PriceList>> prices;  // by region code; the region's own among them
  VcpuLimits limits;
  VcpusInUse in_use;                    // as far as it is known
  std::vector<Rejected> rejected = {};  // rows of these lists that belong to nobody knows which type
};

/// Rows that are as they were before are the very same. Refused: more than limits::answer_model.
using KnownRows = std::map<InstanceTypeId, Row<InstanceType>>;
Result<Answer<InstanceType>> rows_of(const Market& market, KnownRows& known);

/// The code under which the price list has a zone: its group's, where that is a Local Zone.
std::string price_code_of(const std::string& region, const Zone& zone);

}  // namespace tally::aws
