// What AWS says of its types wherever they are sold (DescribeInstanceTypes), of those with GPUs. Pure.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "cloud/instance_type.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"
#include "net/json_fields.hpp"
#include "providers/rest/model_size.hpp"

namespace tally::aws {

struct Shape {
  InstanceType type;  // without a place and prices
  bool sells_on_demand = false;
  bool sells_spot = false;
  json::Findings findings;  // a fault: it is sold, and cannot be read
};

using Shapes = std::map<std::string, std::shared_ptr<const Shape>, std::less<>>;  // by the type's name

/// A region's listing, page by page.
struct ShapeList {
  Shapes shapes;
  ModelSize size;
  bool has_nameless = false;  // a row with GPUs that nobody can name
};

/// Adds a page's types that have GPUs; answers the next page's token.
Result<std::optional<std::string>> read_shapes(std::string body, WorkLimit limit, ShapeList& list);

/// "p4d" of "p4d.24xlarge"
std::string_view family_of(std::string_view type);

}  // namespace tally::aws
