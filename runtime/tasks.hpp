// The long-running coroutines of one executor: spawned with a cancellation signal each, cancelled together, joined.
// Lives on the loop thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <string>

namespace tally {

class Tasks {
 public:
  /// `on_failure` hears of a task that ended in an exception other than its cancellation.
  using OnFailure = std::function<void(const std::string& name, std::exception_ptr failure)>;

  Tasks(boost::asio::any_io_executor executor, OnFailure on_failure);
  ~Tasks();
  Tasks(const Tasks&) = delete;
  Tasks& operator=(const Tasks&) = delete;

  /// Starts a coroutine. One spawned after cancel() is never started.
  void spawn(std::string name, boost::asio::awaitable<void> task);

  /// Asks every task to stop.
  void cancel();

  /// Returns when no task is left.
  boost::asio::awaitable<void> join();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tally
