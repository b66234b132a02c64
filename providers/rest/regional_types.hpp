// Instance types that a vendor lists once, each with the regions in which it is sold: a row of theirs is one of ours in
// each of them, and regions are known by the types in them alone. Read again and again, each row remembered.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/account.hpp"
#include "cloud/answer.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/location.hpp"
#include "cloud/redactor.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"
#include "net/json_fields.hpp"
#include "providers/rest/answer_memo.hpp"
#include "providers/rest/row_memo.hpp"
#include "providers/rest/shared_values.hpp"

namespace tally {

struct RegionalTypes {
  Answer<InstanceType> types;  // one row a type and region, unavailable ones included
  Answer<Location> locations;  // the regions of all types
};

/// Those in the scope's location, with all locations.
Offering offering_of(RegionalTypes listed, const Scope& scope);

/// What a row of the vendor's becomes.
struct RegionalRow {
  std::vector<Row<InstanceType>> rows;   // at most one a region
  std::vector<Row<Location>> locations;  // the same regions
  std::vector<Rejected> rejected_types;  // the rows of ours that could not be made; without their raw text
  std::vector<Rejected> rejected_locations;
  std::vector<Odd> odd;  // of the rows
  std::size_t size = 0;  // of all that, in memory

  /// The row of ours in that region cannot be made. One that nobody can name (`id` "") forbids conclusions from any
  /// absence, and so does a region without a name.
  void reject(std::string id, std::string region, std::string why);

  /// It is sold nowhere: a fault if there is one, else what the vendor may say, and only that is told.
  void reject_everywhere(const std::string& type, const std::string& fault);
};

class RegionalTypeList {
 public:
  /// A pure function from a row that is a JSON object to ours; `text` is the whole row.
  using Decode = std::function<void(std::string_view text, json::RowReader& row, RegionalRow& made)>;

  /// `field`: of the list in a page. The redactor outlives the list.
  RegionalTypeList(std::string_view field, Decode decode, const Redactor& redactor)
      : field_(field), decode_(std::move(decode)), redactor_(redactor) {}

  /// All pages of an answer; one answer at a time. Refused: more rows or regions than anybody has; more than
  /// limits::answer_model.
  Result<RegionalTypes> read(std::span<const std::string> pages, WorkLimit limit);

 private:
  RegionalRow decode(const json::RawRow& raw, json::RowReader& row, bool is_object);
  Result<RegionalTypes> read_pages(std::span<const std::string> pages, WorkLimit& limit);

  std::string_view field_;
  Decode decode_;
  const Redactor& redactor_;
  AnswerMemo<RegionalTypes> last_;
  RowMemo<RegionalRow> memo_;
  SharedValues<Location> places_;  // of the rows in the memo: most types are sold in the same few
};

}  // namespace tally
