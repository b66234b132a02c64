#include "providers/fluidstack/region.hpp"

#include <chrono>

#include "net/json_rows.hpp"

namespace tally::fluidstack {
namespace {

// Longer than a list that fails is left alone, and than the Management API's is ahead of a list that is asked for as
// seldom.
constexpr std::chrono::minutes asked_within{10};
constexpr int listings_within = 3;

}  // namespace

OwnList Region::own_list(TimePoint now) const {
  const bool is_asked = now - asked_at < asked_within || listings_since < listings_within;
  return {project, is_asked, is_failing, read};
}

Result<Instance> read_machine_reply(std::string_view body, const Region& region, const std::optional<CloudId>& asked,
                                    Timestamp now) {
  const auto row = json::whole_row(body);
  if (!row) return tl::unexpected(row.error());
  return read_one_instance(*row, region.mapping, region.loopback, asked, now);
}

}  // namespace tally::fluidstack
