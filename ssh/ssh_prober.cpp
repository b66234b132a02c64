#include "ssh/ssh_prober.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <optional>
#include <set>
#include <thread>

#include "runtime/wakeup.hpp"
#include "ssh/answer.hpp"
#include "ssh/contact.hpp"
#include "ssh/text.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

constexpr std::size_t descriptors_of_contact = 6;  // a socket and its dup: ours, the bastion's, and the pair between
constexpr std::size_t descriptors_of_others = 256;

/// No more contacts than the process may have sockets for.
std::size_t affordable(std::size_t contacts) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return contacts;
  const std::size_t room = limit.rlim_cur > descriptors_of_others ? limit.rlim_cur - descriptors_of_others : 0;
  return std::clamp<std::size_t>(room / descriptors_of_contact, 1, contacts);
}

bool is_cancellation(const boost::system::system_error& error) {
  return error.code() == asio::error::operation_aborted;
}

/// One call, from the caller's loop to the SSH thread and back. It is the SSH thread's until that wakes the caller.
struct Call {
  Call(asio::any_io_executor caller, SshTarget whom, std::chrono::milliseconds within)
      : target(std::move(whom)), deadline(within), back(std::make_shared<Wakeup>(std::move(caller))) {}

  SshTarget target;
  std::optional<SshCommand> command;
  std::chrono::milliseconds deadline;
  asio::cancellation_signal stop;
  bool is_late = false;
  bool is_running = true;
  SshRun result;
  std::exception_ptr failure;
  const std::shared_ptr<Wakeup> back;
};

}  // namespace

class SshProber::Thread {
 public:
  Thread(const SshLimits& limits, std::function<Addresses()> own_addresses)
      : contacts_(context_.get_executor(), affordable(limits.contacts)),
        share_{Gate(context_.get_executor(), limits.handshakes, limits.patience),
               Gate(context_.get_executor(), limits.lookups),
               {},
               OwnAddresses(std::move(own_addresses))},
        thread_([this] { context_.run(); }) {}

  ~Thread() {
    asio::post(context_, [this] { stop(); });
    thread_.join();
  }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  /// On the caller's loop. The call is never touched by both threads at once, hence no co_spawn across: Boost 1.81
  /// would destroy the caller's cancellation signal while a cancel is still on its way to the other thread.
  asio::awaitable<SshRun> perform(SshTarget target, std::optional<SshCommand> command,
                                  std::chrono::milliseconds deadline) {
    auto call = std::make_shared<Call>(co_await asio::this_coro::executor, std::move(target), deadline);
    call->command = std::move(command);
    asio::post(context_, [this, call] { start(call); });
    const bool is_back = co_await call->back->wait();
    if (!is_back) {
      asio::post(context_, [call] { call->stop.emit(asio::cancellation_type::terminal); });
      throw boost::system::system_error(asio::error::operation_aborted);
    }
    if (call->failure) std::rethrow_exception(call->failure);
    co_return std::move(call->result);
  }

 private:
  void start(const std::shared_ptr<Call>& call) {
    calls_.insert(call);
    asio::co_spawn(context_, contact(call),
                   asio::bind_cancellation_slot(call->stop.slot(), [this, call](std::exception_ptr failure) {
                     call->failure = std::move(failure);
                     end(call);
                   }));
    if (is_stopping_) call->stop.emit(asio::cancellation_type::terminal);
  }

  void end(const std::shared_ptr<Call>& call) {
    call->is_running = false;
    calls_.erase(call);
    call->back->wake();
    if (is_stopping_ && calls_.empty()) context_.stop();
  }

  void stop() {
    is_stopping_ = true;
    if (calls_.empty()) context_.stop();
    for (const auto& call : std::set(calls_)) call->stop.emit(asio::cancellation_type::terminal);
  }

  asio::awaitable<void> contact(std::shared_ptr<Call> call) {
    const Gate::Place place = co_await contacts_.enter();
    asio::steady_timer timer(context_, call->deadline);
    timer.async_wait([call](boost::system::error_code cancelled) {
      if (cancelled || !call->is_running) return;
      call->is_late = true;
      call->stop.emit(asio::cancellation_type::terminal);
    });
    const SshCommand* command = nullptr;
    if (const auto& wanted = call->command) command = &*wanted;
    Contact contact(share_, std::move(call->target), command, &call->result.output);
    try {
      co_await contact.run();
    } catch (const boost::system::system_error& error) {
      if (!call->is_late || !is_cancellation(error)) throw;
      contact.fail_late(call->deadline);
    }
    call->result.report = contact.take_report();
  }

  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  Gate contacts_;
  ContactShare share_;
  std::set<std::shared_ptr<Call>> calls_;
  bool is_stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

SshProber::SshProber(SshLimits limits, std::function<Addresses()> own_addresses)
    : thread_(std::make_unique<Thread>(limits, std::move(own_addresses))) {}
SshProber::~SshProber() = default;

asio::awaitable<SshReport> SshProber::probe(SshTarget target, std::chrono::milliseconds deadline) {
  std::optional<SshCommand> nothing;
  SshRun done = co_await thread_->perform(std::move(target), std::move(nothing), deadline);
  co_return std::move(done.report);
}

asio::awaitable<SshRun> SshProber::run(SshTarget target, SshCommand command) {
  const auto deadline = command.deadline;
  std::optional<SshCommand> wanted(std::move(command));
  co_return co_await thread_->perform(std::move(target), std::move(wanted), deadline);
}

asio::awaitable<SshReport> SshProber::upload(SshTarget target, SshFile file, std::chrono::milliseconds deadline) {
  const std::string mark = new_mark();
  std::optional<SshCommand> command(std::in_place);
  command->line = upload_line(file, mark);
  command->input = std::move(file.content);
  SshRun done = co_await thread_->perform(std::move(target), std::move(command), deadline);
  const bool is_written = done.output.exit_status == 0 && answer_in(done.output.out, mark);
  if (!done.report.failure && !is_written) {
    done.report.times[static_cast<std::size_t>(SshStage::exec)].reset();
    const std::string words = words_beside_answer(done.output, mark);
    done.report.failure = SshFailure{SshStage::exec, "the file was not written" + (words.empty() ? "" : ": " + words)};
  }
  co_return std::move(done.report);
}

}  // namespace tally
