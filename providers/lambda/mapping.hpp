// Lambda's replies as rows of the model: pure functions of the reply and what came before it. Source: Lambda Cloud API
// 1.10.0 and 1.5.3; unknown fields, absent optional ones and nulls are accepted everywhere.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/instance.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/listing.hpp"
#include "cloud/location.hpp"
#include "cloud/result.hpp"
#include "providers/instance_list.hpp"
#include "providers/row_memo.hpp"

namespace tally::lambda {

/// GET /regions.
Result<Listing<Location>> read_regions(std::string body);

/// GET /instances/{id}. Error when the answer is for another instance.
Result<Instance> read_instance(std::string body, const CloudId& asked);

/// Reads GET /instance-types again and again. One row a type and region, unavailable ones included.
class TypeReader {
 public:
  /// `regions`: those that are known; regions in which the answer shows capacity are added to `found`.
  Result<Listing<InstanceType>> read(std::string body, const std::vector<Location>& regions,
                                     std::vector<Location>& found);

 private:
  struct Entry {
    bool is_json = true;
    std::string name;        // of the type; "" when it cannot be read
    std::string fault;       // why the entry is rejected; "" when it is good
    InstanceType prototype;  // all but what depends on the region
    std::vector<Location> regions_with_capacity;
    std::vector<Row<InstanceType>> rows;  // for `rows_version_`
    int rows_version = -1;
  };

  static Entry decode(std::string_view key, std::string_view text);
  static void expand(Entry& entry, const std::vector<Location>& regions);

  RowMemo<Entry> memo_;
  std::vector<Location> regions_;  // that the rows were made for
  int version_ = 0;
};

/// Reads GET /instances again and again.
InstanceList instance_list();

}  // namespace tally::lambda
