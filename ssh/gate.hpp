// Lets a bounded number in at once, first come, first served. One thread: that of its executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <list>
#include <memory>
#include <optional>

namespace tally {

class Gate {
  struct Visit;

 public:
  /// A place inside, given back when this goes away. The gate outlives it.
  class Place {
   public:
    Place() = default;

   private:
    friend class Gate;
    explicit Place(std::shared_ptr<Visit> visit) : visit_(std::move(visit)) {}
    std::shared_ptr<Visit> visit_;
  };

  /// Who stays for longer than `patience` no longer counts: someone who waits for a slow peer must not keep out those
  /// who would be done at once.
  Gate(boost::asio::any_io_executor executor, std::size_t places,
       std::optional<std::chrono::milliseconds> patience = std::nullopt);

  /// Returns when there is a place. A cancel leaves the queue and throws operation_aborted.
  boost::asio::awaitable<Place> enter();

 private:
  void leave();

  boost::asio::any_io_executor executor_;
  std::size_t free_;
  std::optional<std::chrono::milliseconds> patience_;
  std::list<std::shared_ptr<Visit>> queue_;
};

}  // namespace tally
