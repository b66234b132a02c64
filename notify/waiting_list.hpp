// What waits to be delivered by one rule, and whose turn it is: of each subject the oldest, which is tried again when
// it failed before anything newer of that subject is. Pure.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "runtime/clock.hpp"
#include "store/notify_records.hpp"

namespace tally::notify {

struct Waiting {
  WaitingDelivery delivery;
  TimePoint since{};  // it waits, on the steady clock: the wall clock may be set meanwhile
};

class WaitingList {
 public:
  void add(std::vector<WaitingDelivery> waiting, TimePoint now, Timestamp wall_now);

  /// Takes out the oldest beyond so many; not those that are on their way.
  std::vector<WaitingDelivery> take_excess(std::size_t most);

  /// The oldest whose turn it is; on its way until it is put back or taken out.
  std::optional<Waiting> begin(TimePoint now);

  /// When one is due that waits for nothing but that; nothing when none does.
  [[nodiscard]] std::optional<TimePoint> next_due() const;

  /// It has failed so often, and is due again then.
  void put_back(std::int64_t id, int attempts, TimePoint due);
  void take_out(std::int64_t id) { waiting_.erase(id); }

  /// Whatever is on its way is not any more.
  void give_back_all();

  [[nodiscard]] std::size_t size() const { return waiting_.size(); }

 private:
  struct Entry {
    Waiting waiting;
    TimePoint due{};
    bool is_on_its_way = false;
  };
  template <class Take>
  void for_each_first(Take take) const;

  std::map<std::int64_t, Entry> waiting_;  // by ID, so the oldest first
};

}  // namespace tally::notify
