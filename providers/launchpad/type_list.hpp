// Launchpad's catalog, read again and again: a row of theirs is one of ours in each region that has a capacity of it,
// be that zero. Source: API 2.40.9; unknown fields, absent optional ones and nulls are accepted everywhere. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cloud/redactor.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"
#include "providers/launchpad/product.hpp"
#include "providers/rest/regional_types.hpp"

namespace tally::launchpad {

/// GET /v1/catalog/instance-types/. The redactor outlives the list.
RegionalTypeList type_list(bool is_stoppable, const Redactor& redactor);

/// What the catalog says of a type that is to be ordered.
struct Sale {
  Product product;
  std::vector<std::string> regions;  // where it is sold, also when there is none to be had now
};

/// The type of that name in all pages; nothing when it is not there. Of several with one name the first.
Result<std::optional<Sale>> find_sale(const std::vector<std::string>& pages, const std::string& type, WorkLimit limit);

}  // namespace tally::launchpad
