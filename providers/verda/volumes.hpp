// The disks of Verda's machines, which are listed apart from them, and what a disk costs. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/instance.hpp"
#include "cloud/money.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"

namespace tally::verda {

struct MachineDisks {
  std::optional<Bytes> system_size;
  std::string system_type;  // "nvme"
  std::vector<Disk> others;

  bool operator==(const MachineDisks&) const = default;
};
using DisksByMachine = std::map<CloudId, MachineDisks>;

struct Volumes {
  DisksByMachine disks;
  std::size_t unread = 0;  // rows of which something cannot be read: whose disk each is, or what it is like
};

/// GET /volumes. Volumes of no machine are left out.
Result<Volumes> read_volumes(std::string_view body, WorkLimit limit);

/// What an answer with unread rows comes to: a machine of which it says less than was known keeps what was known. At
/// most limits::rows_per_listing machines.
DisksByMachine with_known(DisksByMachine now, const DisksByMachine& known);

/// An instance with its disks.
Instance with_disks(Instance instance, const DisksByMachine& disks);

/// Puts instances and their disks together: the same row for the same two, again and again.
class DiskJoin {
 public:
  Answer<Instance> join(Answer<Instance> listing, const DisksByMachine& disks);

 private:
  struct Joined {
    Row<Instance> plain;
    MachineDisks disks;
    Row<Instance> row;
  };
  std::map<CloudId, Joined> joined_;
};

/// What a GB of the usual kind of disk cost an hour in November 2026.
Money usual_storage_price();

/// GET /volume-types: what it costs now; the usual price where it is not listed.
Result<Money> read_storage_price(std::string_view body, WorkLimit limit);

}  // namespace tally::verda
