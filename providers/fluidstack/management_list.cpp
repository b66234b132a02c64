#include "providers/fluidstack/management_list.hpp"

#include "net/json_quote.hpp"
#include "net/json_rows.hpp"
#include "providers/fluidstack/mapping.hpp"
#include "providers/fluidstack/regions.hpp"
#include "providers/rest/model_size.hpp"

namespace tally::fluidstack {
namespace {

enum class Place { here, region, unknown };

/// Whose a machine is.
Place place_of(const Instance& machine, const std::string& project, const OwnLists& lists) {
  const auto at = lists.find(machine.sub_location);
  if (at == lists.end() || !at->second.is_asked) return Place::here;
  const OwnList& list = at->second;
  if (list.project.empty()) return Place::unknown;
  if (list.project != project) return Place::here;
  // A list that is about to be read has it, too.
  const bool is_listed = !list.is_failing || (list.read && list.read->contains(machine.cloud_id.str()));
  return is_listed ? Place::region : Place::unknown;
}

}  // namespace

ManagementList::Entry ManagementList::decode(const json::RawRow& /*raw*/, json::RowReader& row, bool is_object) const {
  Entry entry;
  if (is_object) {
    Instance machine = read_machine(row.fields(), loopback_, settings_);
    entry.project = row.fields().required_text("project_id");
    machine.location = management;
    machine.sub_location = row.fields().required_text("region");
    if (!machine.type.empty()) machine.instance_type_id = type_id(machine.sub_location, machine.type);
    entry.row = std::make_shared<const Instance>(std::move(machine));
  }
  entry.findings = row.findings();
  entry.size = size_of(entry.findings) + (entry.row ? size_of(*entry.row) : 0);
  return entry;
}

template <class Visit>
Result<> ManagementList::walk(const std::string& body, WorkLimit limit, Visit visit) {
  RowReading<Entry> reading(memo_, "a row", limit);
  const Result<> read = reading.each(json::split_rows(body, "", json::Container::list, limit),
                                     std::bind_front(&ManagementList::decode, this), visit);
  if (read) reading.finish();
  return read;
}

Result<Answer<Instance>> ManagementList::read(const std::string& body, const OwnLists& lists, WorkLimit limit) {
  Answer<Instance> answer;
  const Result<> walked = walk(body, limit, [&](const json::RawRow& raw, const Entry& entry) -> Result<> {
    const Place place = entry.is_readable() ? place_of(*entry.row, entry.project, lists) : Place::here;
    if (place == Place::region) return {};
    if (entry.is_readable() && place == Place::here) {
      json::add_odd(answer.odd, entry.id(), entry.findings);
      answer.rows.push_back(entry.row);
      return {};
    }
    json::reject(answer.rejected, entry.id(),
                 entry.is_readable() ? "its region does not say now whether it lists it" : entry.findings.fault,
                 raw.text, redactor_);
    return {};
  });
  if (!walked) return tl::unexpected(walked.error());
  return answer;
}

Result<ManagedMachine> ManagementList::look_for(const CloudId& id, const std::string& body, WorkLimit limit) {
  ManagedMachine machine;
  const Result<> walked = walk(body, limit, [&](const json::RawRow& /*raw*/, const Entry& entry) -> Result<> {
    if (entry.id().empty()) machine.may_be_nameless = true;
    if (entry.id() != id.str()) return {};
    if (!entry.is_readable()) {
      machine.is_unreadable = true;
      return {};
    }
    machine.row = entry.row;
    machine.project = entry.project;
    return {};
  });
  if (!walked) return tl::unexpected(walked.error());
  return machine;
}

}  // namespace tally::fluidstack
