#include "runtime/tasks.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace tally {
namespace asio = boost::asio;

namespace {
bool is_cancellation(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    return error.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}
}  // namespace

struct Tasks::State {
  State(asio::any_io_executor on, OnFailure report)
      : executor(std::move(on)), on_failure(std::move(report)), all_ended(executor) {
    all_ended.expires_at(asio::steady_timer::time_point::max());
  }
  asio::any_io_executor executor;
  OnFailure on_failure;
  std::list<asio::cancellation_signal> running;
  asio::steady_timer all_ended;  // cancelled when the last task ends: wakes join()
  bool is_cancelled = false;
};

Tasks::Tasks(asio::any_io_executor executor, OnFailure on_failure)
    : state_(std::make_shared<State>(std::move(executor), std::move(on_failure))) {}

Tasks::~Tasks() = default;

void Tasks::spawn(std::string name, asio::awaitable<void> task) {
  if (state_->is_cancelled) return;
  auto signal = state_->running.emplace(state_->running.end());
  auto on_end = [state = state_, signal, name = std::move(name)](const std::exception_ptr& failure) {
    state->running.erase(signal);
    const bool is_asked_for = failure && state->is_cancelled && is_cancellation(failure);
    if (failure && !is_asked_for && state->on_failure) state->on_failure(name, failure);
    if (state->running.empty()) state->all_ended.cancel();
  };
  asio::co_spawn(state_->executor, std::move(task), asio::bind_cancellation_slot(signal->slot(), std::move(on_end)));
}

void Tasks::cancel() {
  state_->is_cancelled = true;
  // Emitting may end a task at once and unlink its signal, so step on before emitting.
  for (auto at = state_->running.begin(); at != state_->running.end();) {
    auto& signal = *at++;
    signal.emit(asio::cancellation_type::terminal);
  }
}

asio::awaitable<void> Tasks::join() {
  auto state = state_;
  while (!state->running.empty()) {
    boost::system::error_code ignored;
    co_await state->all_ended.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

}  // namespace tally
