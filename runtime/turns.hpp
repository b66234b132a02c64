// Whose turn it is: callers wait in lanes, which are served round robin, so that a busy lane never starves another;
// within a lane first come, first served. One thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <list>
#include <memory>
#include <string>

namespace tally {

class Turns : public std::enable_shared_from_this<Turns> {
  struct Waiter;

 public:
  /// Being the one whose turn it is, or waiting for that. The next one's turn begins when this goes away.
  class Place {
   public:
    Place(std::shared_ptr<Turns> turns, std::shared_ptr<Waiter> waiter);
    ~Place();
    Place(Place&&) = default;
    Place(const Place&) = delete;
    Place& operator=(Place&&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    std::shared_ptr<Turns> turns_;
    std::shared_ptr<Waiter> waiter_;
  };

  /// Returns when it is the caller's turn. A cancel leaves the lane and throws operation_aborted.
  boost::asio::awaitable<Place> take(std::string lane);

  /// Somebody's turn it is.
  [[nodiscard]] bool is_taken() const { return now_ != nullptr; }

 private:
  struct Lane {
    std::string name;
    std::list<std::shared_ptr<Waiter>> waiters;  // never empty
  };

  void join(const std::shared_ptr<Waiter>& waiter);
  void leave(const std::shared_ptr<Waiter>& waiter);

  std::shared_ptr<Waiter> now_;
  std::list<Lane> lanes_;  // the first one is next
};

}  // namespace tally
