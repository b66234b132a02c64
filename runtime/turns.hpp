// Whose turn it is: callers wait in lanes, which are served round robin, so that a busy lane never starves another;
// within a lane first come, first served. One thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

namespace tally {

class Turns {
  struct State;
  struct Waiter;

 public:
  Turns();
  ~Turns() = default;
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  /// Being the one whose turn it is, or waiting for that. The next one's turn begins when this goes away, be it after
  /// the turns themselves.
  class [[nodiscard]] Place {
   public:
    ~Place();
    Place(Place&&) = default;
    Place(const Place&) = delete;
    Place& operator=(Place&&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    friend class Turns;
    Place(std::shared_ptr<State> state, std::shared_ptr<Waiter> waiter);

    std::shared_ptr<State> state_;
    std::shared_ptr<Waiter> waiter_;
  };

  /// Returns when it is the caller's turn. A cancel leaves the lane and throws operation_aborted. Whoever waits goes on
  /// waiting when the turns themselves go away.
  boost::asio::awaitable<Place> take(std::string lane = {});

  /// Somebody's turn it is.
  [[nodiscard]] bool is_taken() const;

 private:
  static boost::asio::awaitable<Place> wait(std::shared_ptr<State> state, std::string lane);

  std::shared_ptr<State> state_;  // shared with all places
};

}  // namespace tally
