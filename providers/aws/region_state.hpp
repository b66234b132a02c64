// What an account remembers of one region from call to call. Loop thread, but for `rows`, `pages` and `joined`: those
// are the account's workers', which do one job at a time.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "providers/aws/images.hpp"
#include "providers/aws/machines.hpp"
#include "providers/aws/market.hpp"
#include "providers/rest/freshness.hpp"
#include "providers/rest/row_memo.hpp"
#include "runtime/clock.hpp"
#include "runtime/turns.hpp"

namespace tally::aws {

struct ReadPage {
  std::shared_ptr<const MachinePage> page;
  std::optional<Error> error;
};

/// A machine with the size of its disk, which is said elsewhere: as long as both stay, the very same row.
struct JoinedRow {
  Row<Instance> machine;
  Volume volume;
  Row<Instance> joined;
};

struct FoundImage {
  ImageFacts image;
  TimePoint found_at;
};

struct RegionState {
  explicit RegionState(std::string region) : name(std::move(region)) {}

  const std::string name;

  std::shared_ptr<const ShapeList> shapes = std::make_shared<const ShapeList>();
  std::optional<TimePoint> shapes_read_at;
  std::optional<SpotPrices> spot;
  std::optional<TimePoint> spot_read_at;
  Turns limits_turns;  // to ask for them
  VcpuLimits limits;
  std::optional<TimePoint> limits_asked_at;
  KnownRows rows;

  Turns listing_turns;  // to list machines: `pages`, `joined`
  RowMemo<ReadPage> pages;
  std::map<CloudId, JoinedRow> joined;
  Volumes volumes;
  std::optional<TimePoint> volumes_asked_at;  // for those that were not known:
  std::vector<std::string> volumes_missing;
  std::optional<TimePoint> volumes_refreshed_at;  // all of them
  std::optional<VcpusInUse> in_use;               // nothing: not known, no listing has been answered

  std::map<std::string, FoundImage, std::less<>> default_images;  // by architecture
};

}  // namespace tally::aws
