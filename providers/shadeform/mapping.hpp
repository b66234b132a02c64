// Shadeform's replies as rows of the model: pure functions of the reply. Source: Shadeform API v1, its OpenAPI
// description and guides of March 2026; unknown fields, absent optional ones and nulls are accepted everywhere.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/location.hpp"
#include "cloud/result.hpp"
#include "providers/rest/answer_memo.hpp"
#include "providers/rest/instance_list.hpp"
#include "providers/rest/row_memo.hpp"

namespace tally::shadeform {

/// "massedcompute_L40": what the service needs to find the type again.
std::string type_name(std::string_view cloud, std::string_view shade_instance_type);

/// "massedcompute_L40_desmoines-usa-1": the vendor's users know types by this.
InstanceTypeId type_id(const std::string& type, const std::string& region);

/// Who runs the machine: the cloud itself, but `excesssupply` is the broker's own stock.
std::string cloud_name(const std::string& cloud);

struct TypesAnswer {
  Answer<InstanceType> types;  // one row a type and region, unavailable ones included
  Answer<Location> locations;  // the regions of all types; the API has no list of them
};

/// Reads GET /instances/types again and again.
class TypeList {
 public:
  /// The redactor outlives the list.
  explicit TypeList(const Redactor& redactor) : redactor_(redactor) {}

  /// Refused: more rows or regions than anybody has; more than limits::answer_model.
  Result<TypesAnswer> read(const std::string& body, WorkLimit limit = WorkLimit());

 private:
  struct Entry {
    bool is_json = true;
    std::vector<Row<InstanceType>> rows;   // one a region and on-demand entry
    std::vector<Location> locations;       // the same regions
    std::vector<Rejected> rejected_types;  // the rows of ours that could not be made; without their raw text
    std::vector<Rejected> rejected_locations;
    std::vector<Odd> odd;  // of the rows
    std::size_t size = 0;  // of all that, in memory

    [[nodiscard]] std::size_t measured() const;
  };
  Result<TypesAnswer> read_rows(std::string_view body, WorkLimit& limit);
  static Entry decode(std::string_view text);

  const Redactor& redactor_;
  AnswerMemo<TypesAnswer> last_;
  RowMemo<Entry> memo_;
};

/// GET /instances.
InstanceMapping instance_mapping();

/// GET /instances/{id}/info. Error when the answer is for another instance.
Result<Instance> read_instance(std::string body, LoopbackIs loopback, const CloudId& asked, Timestamp now);

}  // namespace tally::shadeform
