#include "notify/child.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <utility>

#include "runtime/fresh_signals.hpp"

namespace tally::notify {
namespace asio = boost::asio;

namespace {

constexpr std::size_t most_output = std::size_t{64} << 10U;
constexpr int first_other_descriptor = 3;

class OwnedDescriptor {
 public:
  explicit OwnedDescriptor(int value) : value_(value) {}
  ~OwnedDescriptor() {
    if (value_ >= 0) close(value_);
  }
  OwnedDescriptor(const OwnedDescriptor&) = delete;
  OwnedDescriptor& operator=(const OwnedDescriptor&) = delete;
  [[nodiscard]] int get() const { return value_; }
  int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

std::string words_of_errno(int error) { return std::generic_category().message(error); }

/// A file in memory that holds the text and is read from its beginning: nobody has to write while it is read.
int file_of(const std::string& text) {
  OwnedDescriptor file(memfd_create("notification", MFD_CLOEXEC));
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t size = pwrite(file.get(), text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (size < 0) return -1;
    done += static_cast<std::size_t>(size);
  }
  return file.release();
}

/// What posix_spawn is told, freed in the end.
struct SpawnSettings {
  SpawnSettings(int input, int output) {
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&files, first_other_descriptor);
    posix_spawn_file_actions_addchdir_np(&files, "/");
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setpgroup(&attributes, 0);
    const int flags = set_fresh_signals(attributes) | POSIX_SPAWN_SETPGROUP;
    posix_spawnattr_setflags(&attributes, static_cast<short>(flags));
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};
};

/// Not awaited by anybody: it reaps what was killed as soon as that is dead.
asio::awaitable<void> reap(asio::posix::stream_descriptor exit, pid_t pid) {
  boost::system::error_code ignored;
  co_await exit.async_wait(asio::posix::stream_descriptor::wait_read,
                           asio::redirect_error(asio::use_awaitable, ignored));
  waitpid(pid, nullptr, WNOHANG);
}

}  // namespace

tl::expected<Started, std::string> start_program(const std::vector<std::string>& command, const std::string& input) {
  const OwnedDescriptor in(file_of(input));
  int ends[2] = {-1, -1};
  if (in.get() < 0 || pipe2(ends, O_CLOEXEC) != 0) return tl::unexpected(words_of_errno(errno));
  OwnedDescriptor output(ends[0]);
  const OwnedDescriptor written(ends[1]);
  fcntl(output.get(), F_SETFL, O_NONBLOCK);
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::string path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  std::array<char*, 2> environment = {path.data(), nullptr};
  const SpawnSettings settings(in.get(), written.get());
  Started started;
  const int failure = posix_spawn(&started.pid, arguments.front(), &settings.files, &settings.attributes,
                                  arguments.data(), environment.data());
  if (failure != 0) return tl::unexpected(words_of_errno(failure));
  // By its number: the header of glibc 2.36 declares pidfd_open for C alone.
  started.exit = static_cast<int>(syscall(SYS_pidfd_open, started.pid, 0));
  if (started.exit < 0) {
    const int error = errno;
    kill(-started.pid, SIGKILL);
    waitpid(started.pid, nullptr, 0);
    return tl::unexpected(words_of_errno(error));
  }
  started.output = output.release();
  return started;
}

struct Child::Output {
  explicit Output(asio::posix::stream_descriptor from) : pipe(std::move(from)) {}

  void add(std::string_view piece) { text += piece.substr(0, most_output - text.size()); }

  /// Reads on and on, so that nobody who writes is held up; what is beyond the bound is dropped.
  static asio::awaitable<void> read_on(std::shared_ptr<Output> output) {
    std::array<char, 4096> buffer{};
    boost::system::error_code end;
    while (!end) {
      const std::size_t size =
          co_await output->pipe.async_read_some(asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, end));
      output->add({buffer.data(), size});
    }
  }

  /// What is in the pipe now.
  void read_rest() {
    std::array<char, 4096> buffer{};
    for (ssize_t size = 1; size > 0 && text.size() < most_output;) {
      size = read(pipe.native_handle(), buffer.data(), buffer.size());
      if (size > 0) add({buffer.data(), static_cast<std::size_t>(size)});
    }
  }

  asio::posix::stream_descriptor pipe;
  std::string text;
};

Child::Child(asio::any_io_executor loop, const Started& started)
    : loop_(std::move(loop)),
      pid_(started.pid),
      exit_(loop_, started.exit),
      output_(std::make_shared<Output>(asio::posix::stream_descriptor(loop_, started.output))) {
  asio::co_spawn(loop_, Output::read_on(output_), asio::detached);
}

Child::~Child() {
  output_->pipe.close();
  if (pid_ < 0) return;
  kill(-pid_, SIGKILL);
  asio::co_spawn(loop_, reap(std::move(exit_), pid_), asio::detached);
}

/// Until it is reaped its number, and that of its group, is nobody else's.
asio::awaitable<Ended> Child::end() {
  co_await exit_.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
  kill(-pid_, SIGKILL);
  Ended ended;
  waitpid(std::exchange(pid_, -1), &ended.status, 0);
  output_->read_rest();
  ended.output = output_->text;
  co_return ended;
}

}  // namespace tally::notify
