// Launchpad's catalog, read again and again: a row of theirs is one of ours in each region that has a capacity of it,
// be that zero. Source: API 2.40.9; unknown fields, absent optional ones and nulls are accepted everywhere. Pure, but
// for what it remembers; one answer at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/location.hpp"
#include "cloud/redactor.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"
#include "providers/launchpad/product.hpp"
#include "providers/rest/answer_memo.hpp"
#include "providers/rest/row_memo.hpp"

namespace tally::launchpad {

struct Catalog {
  Answer<InstanceType> types;
  Answer<Location> locations;  // the regions of all types
};

class TypeList {
 public:
  /// The redactor outlives the list.
  TypeList(bool is_stoppable, const Redactor& redactor) : is_stoppable_(is_stoppable), redactor_(redactor) {}

  /// All pages of GET /v1/catalog/instance-types/. Refused: more rows or regions than anybody has; more than
  /// limits::answer_model.
  Result<Catalog> read(const std::vector<std::string>& pages, WorkLimit limit);

 private:
  struct Entry {
    bool is_json = true;
    std::vector<Row<InstanceType>> rows;  // one a region
    std::vector<Location> locations;      // the same regions
    std::vector<Rejected> rejected_types;
    std::vector<Rejected> rejected_locations;
    std::vector<Odd> odd;  // of the rows
    std::size_t size = 0;  // of all that, in memory

    [[nodiscard]] std::size_t measured() const;
  };
  Result<Catalog> read_pages(const std::vector<std::string>& pages, WorkLimit& limit);
  [[nodiscard]] Entry decode(std::string_view text) const;

  bool is_stoppable_;
  const Redactor& redactor_;
  AnswerMemo<Catalog> last_;
  RowMemo<Entry> memo_;
};

/// What the catalog says of a type that is to be ordered.
struct Sale {
  Product product;
  std::vector<std::string> regions;  // where it is sold, also when there is none to be had now
};

/// The type of that name in all pages; nothing when it is not there. Of several with one name the first.
Result<std::optional<Sale>> find_sale(const std::vector<std::string>& pages, const std::string& type, WorkLimit limit);

}  // namespace tally::launchpad
