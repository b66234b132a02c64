#include "daemon/control_socket.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "store/error.hpp"
#include "store/files.hpp"

namespace tally {
namespace {

constexpr int first_handed_descriptor = 3;  // SD_LISTEN_FDS_START

int number_in_environment(const char* name) {
  const char* text = std::getenv(name);
  int number = 0;
  if (text != nullptr) std::from_chars(text, text + std::strlen(text), number);
  return number;
}

bool is_bound_to(int descriptor, const std::filesystem::path& socket) {
  sockaddr_un address{};
  socklen_t size = sizeof address;
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return false;
  constexpr socklen_t before_path = offsetof(sockaddr_un, sun_path);
  if (address.sun_family != AF_UNIX || size <= before_path) return false;
  // Of all 108 bytes none needs to be a zero.
  const std::string_view path(address.sun_path, std::min<std::size_t>(size - before_path, sizeof address.sun_path));
  return std::filesystem::path(path.substr(0, path.find('\0'))) == socket;
}

bool is_listened_at(const std::filesystem::path& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = socket.string();
  if (path.size() >= sizeof address.sun_path) return false;
  path.copy(address.sun_path, path.size());
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!probe.is_open()) return false;
  if (connect(probe.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return true;
  return errno == EAGAIN;  // more wait there than are accepted
}

}  // namespace

std::optional<int> handed_socket(const std::filesystem::path& socket) {
  if (number_in_environment("LISTEN_PID") != getpid()) return std::nullopt;
  const int count = number_in_environment("LISTEN_FDS");
  for (int descriptor = first_handed_descriptor; descriptor < first_handed_descriptor + count; ++descriptor) {
    if (!is_bound_to(descriptor, socket)) continue;
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    return descriptor;
  }
  return std::nullopt;
}

void refuse_taken_socket(const std::filesystem::path& socket) {
  if (handed_socket(socket) || !is_listened_at(socket)) return;
  throw StoreError(fmt::format("another process listens at {}, likely a tallyd with another state directory; stop it, "
                               "or name another directory with --state-dir",
                               socket.string()),
                   EX_TEMPFAIL);
}

}  // namespace tally
