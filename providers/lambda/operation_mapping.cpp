#include "cloud/architecture.hpp"
#include "net/json_rows.hpp"
#include "providers/lambda/mapping.hpp"

namespace tally::lambda {
namespace {

Image read_image(const json::Fields& fields) {
  Image image;
  image.id = fields.required_text("id");
  image.name = fields.text("name");
  image.description = fields.text("description", limits::description);
  image.architecture = normalize_architecture(fields.text("architecture"));
  image.created_at = fields.time("created_time");
  if (const auto region = fields.object("region")) image.location = region->text("name", limits::id);
  return image;
}

}  // namespace

RowForm<Image> image_form() { return {"data", read_image}; }

Result<> read_operation(std::string_view body, std::string_view answered_as, const CloudId& asked, WorkLimit limit) {
  const auto data = json::single_row(body, "data", limit);
  if (!data) return tl::unexpected(data.error());
  const auto machines = json::split_rows(*data, answered_as, json::Container::list, limit);
  if (!machines) return tl::unexpected(machines.error());
  for (const json::RawRow& machine : *machines) {
    json::RowReader row;
    const bool is_good = row.parse(machine.text) == json::RowReader::Kind::good;
    if (is_good && row.fields().text("id", limits::id) == asked.str()) return {};
  }
  return tl::unexpected(json::bad_reply("the machine is not among those that it was done to"));
}

}  // namespace tally::lambda
