// The machines that only the Management API shows: of other projects, and of regions that nobody asks. They are in the
// location `management`, their region being the sub-location. Pure, but for what it remembers; one answer at a time.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "cloud/answer.hpp"
#include "cloud/instance.hpp"
#include "cloud/redactor.hpp"
#include "providers/fluidstack/read_ids.hpp"
#include "providers/fluidstack/settings.hpp"
#include "providers/rest/instance_list.hpp"
#include "providers/rest/row_memo.hpp"

namespace tally::fluidstack {

/// A region's own list of machines, as far as its account knows.
struct OwnList {
  std::string project;                  // which it is of; "": not known now
  bool is_asked = true;                 // lately, by anybody
  bool is_failing = false;              // when it was asked last
  std::shared_ptr<const ReadIds> read;  // of its last answer; nullptr: there was none
};
/// By the regions' names.
using OwnLists = std::map<std::string, OwnList, std::less<>>;

/// What the Management API says of one machine.
struct ManagedMachine {
  Row<Instance> row;  // nullptr: no row that can be read is its
  std::string project;
  bool is_unreadable = false;    // a row has its ID, and cannot be read
  bool may_be_nameless = false;  // a row has no ID that can be read
};

class ManagementList {
 public:
  /// What it is given outlives the list, the settings aside.
  ManagementList(Settings settings, LoopbackIs loopback, const Redactor& redactor)
      : settings_(std::move(settings)), loopback_(loopback), redactor_(redactor) {}

  /// GET /instances of the Management API. A machine that its region lists belongs there, and is left out. One of which
  /// nobody knows now whether its region does is rejected: neither listed twice nor taken for gone.
  Result<Answer<Instance>> read(const std::string& body, const OwnLists& lists, WorkLimit limit);

  /// The same answer, asked for one machine, whoever lists it.
  Result<ManagedMachine> look_for(const CloudId& id, const std::string& body, WorkLimit limit);

 private:
  struct Entry {
    json::Findings findings;
    Row<Instance> row;
    std::string project;
    std::size_t size = 0;

    [[nodiscard]] std::string id() const { return row ? row->cloud_id.str() : ""; }
    [[nodiscard]] bool is_readable() const { return findings.fault.empty(); }
  };
  [[nodiscard]] Entry decode(const json::RawRow& raw, json::RowReader& row, bool is_object) const;
  /// `visit(const json::RawRow&, const Entry&)` with each row; its error ends it.
  template <class Visit>
  Result<> walk(const std::string& body, WorkLimit limit, Visit visit);

  Settings settings_;
  LoopbackIs loopback_;
  const Redactor& redactor_;
  RowMemo<Entry> memo_;
};

}  // namespace tally::fluidstack
