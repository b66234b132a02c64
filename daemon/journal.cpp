#include "daemon/journal.hpp"

#include <fmt/format.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/log_line.hpp"

namespace tally {
namespace {

constexpr std::string_view journal_socket = "/run/systemd/journal/socket";

/// As syslog(3) numbers them.
int priority_of(spdlog::level::level_enum level) {
  if (level >= spdlog::level::critical) return 2;
  if (level == spdlog::level::err) return 3;
  if (level == spdlog::level::warn) return 4;
  return level == spdlog::level::info ? 6 : 7;
}

/// Written to by one thread (LineOutput's).
class JournalSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit JournalSink(SendEntry send) : send_(std::move(send)) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t words;
    formatter_->format(message, words);
    std::vector<std::string> entry = {fmt::format("MESSAGE={}", std::string_view(words.data(), words.size())),
                                      fmt::format("PRIORITY={}", priority_of(message.level)),
                                      "SYSLOG_IDENTIFIER=tallyd"};
    for (const auto& [name, value] : fields_of({message.logger_name.data(), message.logger_name.size()})) {
      entry.push_back(fmt::format("{}={}", name, value));
    }
    std::vector<iovec> fields;
    for (std::string& field : entry) fields.push_back({field.data(), field.size()});
    send_(fields.data(), static_cast<int>(fields.size()));
  }
  void flush_() override {}

 private:
  const SendEntry send_;
};

}  // namespace

bool is_read_by_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status{};
  return stream != nullptr && fstat(STDERR_FILENO, &status) == 0 &&
         fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

Descriptor journal_room() {
  Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(journal_socket.begin(), journal_socket.end(), address.sun_path);
  if (connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return socket;
  return Descriptor();
}

spdlog::sink_ptr journal_sink(SendEntry send) {
  if (!send) send = [](const iovec* fields, int count) { return sd_journal_sendv(fields, count); };
  return std::make_shared<JournalSink>(std::move(send));
}

}  // namespace tally
