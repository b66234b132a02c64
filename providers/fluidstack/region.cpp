#include "providers/fluidstack/region.hpp"

#include "net/json_rows.hpp"

namespace tally::fluidstack {

Result<Instance> read_machine_reply(std::string_view body, const Region& region, const std::optional<CloudId>& asked,
                                    Timestamp now) {
  const auto row = json::whole_row(body);
  if (!row) return tl::unexpected(row.error());
  return read_one_instance(*row, region.mapping, region.loopback, asked, now);
}

}  // namespace tally::fluidstack
