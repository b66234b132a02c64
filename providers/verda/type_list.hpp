// Reads what Verda sells, again and again: its types, each in every location, joined with what can be had there now.
// One answer at a time; any thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/location.hpp"
#include "cloud/redactor.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"
#include "net/json_fields.hpp"
#include "providers/rest/answer_memo.hpp"
#include "providers/rest/row_list.hpp"
#include "providers/rest/row_memo.hpp"
#include "providers/verda/availability.hpp"
#include "providers/verda/volumes.hpp"

namespace tally::verda {

/// The answers that it takes, in the order of TypeList::read's pages.
enum TypePage : std::size_t { types_page, on_demand_page, spot_page, locations_page, volume_types_page, type_pages };

struct TypesAnswer {
  Answer<InstanceType> types;  // one row a type and location, sold-out ones included
  Answer<Location> locations;  // available: something can be had there, on demand or spot
};

class TypeList {
 public:
  /// The redactor outlives the list.
  explicit TypeList(const Redactor& redactor);

  /// Without `volume_types_page` ("") disks cost what they did last. Refused: more rows or locations than anybody has;
  /// more than limits::answer_model.
  Result<TypesAnswer> read(const std::vector<std::string>& pages, WorkLimit limit = WorkLimit());

 private:
  /// What does not depend on the answers that go with the types.
  struct Entry {
    static constexpr std::size_t size = 0;  // what it becomes is counted location by location
    InstanceType type;
    json::Findings findings;
    std::map<std::string, Row<InstanceType>> rows;  // of the last answer, by location
  };
  struct Market {
    Availability on_demand;
    Availability spot;
    Money storage_price;
    std::vector<std::string> locations;
    bool has_all_locations = true;  // no row of theirs was unreadable to its name

    [[nodiscard]] bool has_anything_in(const std::string& location) const;
  };
  Result<TypesAnswer> read_pages(const std::vector<std::string>& pages, WorkLimit& limit);
  Result<Market> read_market(const std::vector<std::string>& pages, WorkLimit& limit);
  Result<Answer<Location>> read_locations(const std::string& page, const Market& market, WorkLimit& limit);
  Result<Answer<InstanceType>> read_types(const std::string& page, const Market& market, WorkLimit& limit);
  static Entry decode(const json::RawRow& raw, json::RowReader& row, bool is_object);
  static Row<InstanceType> row_in(Entry& entry, const std::string& location, const Market& market);

  const Redactor& redactor_;
  Money storage_price_ = usual_storage_price();
  AnswerMemo<TypesAnswer> last_;
  RowList<Location> locations_;
  RowMemo<Entry> memo_;
};

}  // namespace tally::verda
