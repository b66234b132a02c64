// The writer's queue: jobs run one at a time on the writer's executor, a journal record before all that waits; within a
// lane first come, first served. Copies are the same queue. Any thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

namespace tally {

/// Who goes first, and what a power failure may take.
enum class WritePriority {
  journal,  // before all else; on the disk when its commit returns
  tally     // what was learned, and the upkeep of the file: a power failure may lose the last second's
};

class WriteLanes {
 public:
  /// `writer` outlives what is given to the lanes.
  explicit WriteLanes(boost::asio::any_io_executor writer);

  /// Work given to this executor waits in that lane.
  [[nodiscard]] boost::asio::any_io_executor at(WritePriority priority) const;

 private:
  struct State;
  class Lane;
  std::shared_ptr<State> state_;
};

}  // namespace tally
