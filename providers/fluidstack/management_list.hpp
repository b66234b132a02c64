// The machines that only the Management API shows: of other projects, and of regions that nobody asks. They are in the
// location `management`, their region being the sub-location. Pure, but for what it remembers; one answer at a time.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "cloud/answer.hpp"
#include "cloud/instance.hpp"
#include "cloud/redactor.hpp"
#include "providers/fluidstack/settings.hpp"
#include "providers/rest/instance_list.hpp"
#include "providers/rest/row_memo.hpp"

namespace tally::fluidstack {

/// The project in which each region's own list is; "": not known now.
using ListedProjects = std::map<std::string, std::string, std::less<>>;

class ManagementList {
 public:
  /// What it is given outlives the list, the settings aside.
  ManagementList(Settings settings, LoopbackIs loopback, const Redactor& redactor)
      : settings_(std::move(settings)), loopback_(loopback), redactor_(redactor) {}

  /// GET /instances of the Management API. A machine that its region lists belongs there, and is left out. One of which
  /// nobody knows now whether its region does is rejected: neither listed twice nor taken for gone.
  Result<Answer<Instance>> read(const std::string& body, const ListedProjects& listed, WorkLimit limit);

 private:
  struct Entry {
    bool is_json = true;
    json::Findings findings;
    Row<Instance> row;
    std::string project;
    std::size_t size = 0;
  };
  [[nodiscard]] Entry decode(std::string_view text) const;

  Settings settings_;
  LoopbackIs loopback_;
  const Redactor& redactor_;
  RowMemo<Entry> memo_;
};

}  // namespace tally::fluidstack
