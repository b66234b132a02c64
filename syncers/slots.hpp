// A number of slots, of which coroutines take one each, first come, first served. Loop thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <memory>

namespace tally {

class Slots {
  struct State;

 public:
  Slots(boost::asio::any_io_executor loop, std::size_t count);

  /// Free again when this goes away.
  class Slot {
   public:
    explicit Slot(std::shared_ptr<State> state) : state_(std::move(state)) {}
    ~Slot();
    Slot(Slot&&) = default;
    Slot(const Slot&) = delete;
    Slot& operator=(Slot&&) = delete;
    Slot& operator=(const Slot&) = delete;

   private:
    std::shared_ptr<State> state_;
  };

  /// Returns when one is free. A cancel leaves the queue and throws operation_aborted.
  [[nodiscard]] boost::asio::awaitable<Slot> take();

 private:
  std::shared_ptr<State> state_;
};

}  // namespace tally
