// Lets a bounded number in at once, first come, first served. One thread: that of its executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>

namespace tally {

/// A copy is the same gate, and to move one is to copy it: no gate is ever without its state.
class Gate {
  struct State;
  struct Visit;

 public:
  /// A place inside, given back when this goes away, be it after the gate.
  class [[nodiscard]] Place {
   public:
    ~Place();
    Place(Place&&) = default;
    Place(const Place&) = delete;
    Place& operator=(Place&&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    friend class Gate;
    Place(std::shared_ptr<State> state, std::shared_ptr<Visit> visit);

    std::shared_ptr<State> state_;
    std::shared_ptr<Visit> visit_;
  };

  /// Who stays for longer than `patience` no longer counts: someone who waits for a slow peer must not keep out those
  /// who would be done at once.
  Gate(boost::asio::any_io_executor executor, std::size_t places,
       std::optional<std::chrono::milliseconds> patience = std::nullopt);
  Gate(const Gate&) = default;
  Gate& operator=(const Gate&) = default;
  ~Gate() = default;

  /// Returns when there is a place. A cancel leaves the queue and throws operation_aborted. Whoever waits goes on
  /// waiting when the gate goes away.
  boost::asio::awaitable<Place> enter();

 private:
  static boost::asio::awaitable<Place> wait(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;  // shared with all places
};

}  // namespace tally
