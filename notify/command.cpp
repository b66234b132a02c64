#include "notify/command.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <boost/asio/this_coro.hpp>

#include "notify/child.hpp"
#include "runtime/deadline.hpp"
#include "runtime/run_on.hpp"
#include "runtime/text.hpp"

namespace tally::notify {
namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds longest_run{30};

Error not_taken(std::string why) {
  Error error;
  error.kind = Errc::service_unavailable;
  error.message = std::move(why);
  return error;
}

std::string words_of_end(const Ended& ended) {
  std::string words = WIFEXITED(ended.status) ? fmt::format("the command ended with {}", WEXITSTATUS(ended.status))
                                              : fmt::format("signal {} ended the command", WTERMSIG(ended.status));
  if (!ended.output.empty()) words += ": " + printable(ended.output);
  return words;
}

}  // namespace

Command::Command(std::vector<std::string> command, Clock& clock, asio::any_io_executor starter)
    : command_(std::move(command)), clock_(clock), starter_(std::move(starter)) {}

Task<> Command::deliver(std::string body) {
  const Turns::Place turn = co_await turns_.take();
  auto start = [this, input = body + "\n"] { return start_program(command_, input); };
  const auto started = co_await run_on(starter_, std::move(start));
  if (!started) co_return tl::unexpected(not_taken("the command cannot be started: " + started.error()));
  Child child(co_await asio::this_coro::executor, *started);
  const std::optional<Ended> ended = co_await with_deadline<Ended>(clock_, clock_.now() + longest_run, child.end());
  if (!ended) {
    co_return tl::unexpected(not_taken(fmt::format("the command was killed after {} s", longest_run.count())));
  }
  if (!WIFEXITED(ended->status) || WEXITSTATUS(ended->status) != 0) {
    co_return tl::unexpected(not_taken(words_of_end(*ended)));
  }
  co_return Result<>();
}

}  // namespace tally::notify
