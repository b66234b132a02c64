#include "providers/fluidstack/management_list.hpp"

#include "net/json_quote.hpp"
#include "net/json_rows.hpp"
#include "providers/fluidstack/mapping.hpp"
#include "providers/fluidstack/regions.hpp"
#include "providers/rest/model_size.hpp"

namespace tally::fluidstack {
namespace {

std::string read_deciding(const json::Fields& fields, std::string_view name) {
  std::string text = fields.deciding().text(name, limits::id);
  if (text.empty()) fields.deciding().report(name, "is missing");
  return text;
}

}  // namespace

ManagementList::Entry ManagementList::decode(std::string_view text) const {
  Entry entry;
  json::RowReader reader;
  const auto kind = reader.parse(text);
  entry.is_json = kind != json::RowReader::Kind::not_json;
  if (kind == json::RowReader::Kind::good) {
    Instance machine = read_machine(reader.fields(), loopback_, settings_);
    entry.project = read_deciding(reader.fields(), "project_id");
    machine.location = management;
    machine.sub_location = read_deciding(reader.fields(), "region");
    if (!machine.type.empty()) machine.instance_type_id = type_id(machine.sub_location, machine.type);
    entry.row = std::make_shared<const Instance>(std::move(machine));
  }
  entry.findings = reader.findings();
  entry.size = size_of(entry.findings) + (entry.row ? size_of(*entry.row) : 0);
  return entry;
}

Result<Answer<Instance>> ManagementList::read(const std::string& body, const ListedProjects& listed, WorkLimit limit) {
  const auto rows = json::split_rows(body, "", json::Container::list, limit);
  if (!rows) return tl::unexpected(rows.error());
  Answer<Instance> answer;
  ModelSize size;
  const auto reject = [&answer](std::string id, std::string why, std::string raw) {
    answer.rejected.push_back({std::move(id), std::move(why), std::move(raw)});
  };
  RowMemo<Entry>::Reading reading(memo_);
  for (const json::RawRow& raw : *rows) {
    if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
    const Entry& entry = reading.get(raw.text, [this](std::string_view text) { return decode(text); });
    if (!entry.is_json) return tl::unexpected(json::bad_reply("a row is not JSON"));
    size.add(entry.size);
    if (size.is_too_large()) return tl::unexpected(too_much_to_hold());
    const bool is_told = answer.rejected.size() < limits::rejected_told;
    const std::string id = entry.row ? entry.row->cloud_id.str() : "";
    if (!entry.findings.fault.empty()) {
      reject(id, entry.findings.fault, is_told ? json::quoted(raw.text, redactor_) : "");
      continue;
    }
    if (const auto region = listed.find(entry.row->sub_location); region != listed.end()) {
      if (region->second == entry.project) continue;
      if (region->second.empty()) {
        reject(id, "its region does not say now whether it lists it", is_told ? json::quoted(raw.text, redactor_) : "");
        continue;
      }
    }
    json::add_odd(answer.odd, id, entry.findings);
    answer.rows.push_back(entry.row);
  }
  reading.finish();
  return answer;
}

}  // namespace tally::fluidstack
