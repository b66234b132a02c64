// What an account remembers of one region from call to call. Loop thread, but for what a call lends to a worker.
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
  VcpuLimits limits;
  std::optional<TimePoint> limits_asked_at;
  KnownRows rows;

  RowMemo<ReadPage> pages;
  Volumes volumes;
  std::optional<TimePoint> volumes_asked_at;  // for those that were not known:
  std::vector<std::string> volumes_missing;
  std::optional<TimePoint> volumes_refreshed_at;  // all of them
  std::map<CloudId, JoinedRow> joined;
  VcpusInUse in_use;

  std::map<std::string, FoundImage, std::less<>> default_images;  // by architecture
};

}  // namespace tally::aws
