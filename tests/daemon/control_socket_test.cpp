#include "daemon/control_socket.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "store/error.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::control_socket_test {
namespace asio = boost::asio;

namespace {

/// Sets a variable of the environment while it lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

int exit_code_at(const std::filesystem::path& socket) {
  try {
    refuse_taken_socket(socket);
    return EX_OK;
  } catch (const StoreError& error) {
    return error.exit_code();
  }
}

}  // namespace

TEST_CASE("a socket's path at which somebody listens is taken", "[daemon]") {
  const fakes::TemporaryDirectory directory;
  const auto path = directory / "tallyd.sock";
  asio::io_context context;
  CHECK(exit_code_at(path) == EX_OK);
  {
    const asio::local::stream_protocol::acceptor listener(context, {path.string()});
    CHECK(exit_code_at(path) == EX_TEMPFAIL);
  }
  REQUIRE(std::filesystem::exists(path));
  CHECK(exit_code_at(path) == EX_OK);  // a dead one's
}

TEST_CASE("a socket that was handed to this process is its own, however long its path", "[daemon]") {
  const fakes::TemporaryDirectory directory;
  constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
  const std::string name = GENERATE("tallyd.sock", "");
  const auto path =
      directory / (name.empty() ? std::string(longest - directory.path().string().size() - 1, 's') : name);
  asio::io_context context;
  asio::local::stream_protocol::acceptor listener(context, {path.string()});
  const Variable count("LISTEN_FDS", std::to_string(listener.native_handle() - 2));
  {
    const Variable process("LISTEN_PID", std::to_string(getpid()));
    CHECK(exit_code_at(path) == EX_OK);
  }
  const Variable other("LISTEN_PID", "1");
  CHECK(exit_code_at(path) == EX_TEMPFAIL);
}

}  // namespace tally::control_socket_test
