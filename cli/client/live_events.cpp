#include "cli/client/live_events.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/system/system_error.hpp>
#include <string_view>
#include <thread>
#include <utility>

#include "cli/client/control_client.hpp"
#include "runtime/number.hpp"

namespace tally::cli {
namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds pause_of_stream{1};
constexpr std::chrono::seconds longest_silence{45};  // the daemon says something every 15 s
constexpr std::size_t largest_event = std::size_t{1} << 20U;

constexpr std::string_view end_of_header = "\r\n\r\n";
constexpr std::string_view end_of_event = "\n\n";

/// What stands behind `name` in a piece; "" when there is no such line.
std::string_view line_of(std::string_view piece, std::string_view name) {
  while (!piece.empty()) {
    const std::string_view line = piece.substr(0, piece.find('\n'));
    if (line.substr(0, name.size()) == name) return line.substr(name.size());
    piece.remove_prefix(std::min(piece.size(), line.size() + 1));
  }
  return {};
}

}  // namespace

/// In HTTP/1.0, which has no chunks: the stream comes as it is.
class LiveEvents::Connection {
 public:
  /// Throws system_error when nobody listens there.
  Connection(const std::filesystem::path& path, const std::string& target) {
    socket_.connect(asio::local::stream_protocol::endpoint(path.string()));
    asio::write(socket_, asio::buffer("GET " + target + " HTTP/1.0\r\nHost: localhost\r\n\r\n"));
  }

  /// The header, then event by event; nothing: the time is up. Throws system_error when the stream is over.
  std::optional<std::string> read(Time until) {
    if (!is_reading_) begin();
    context_.run_until(std::min(until, heard_at_ + longest_silence));
    if (is_reading_) {
      if (Clock::now() < heard_at_ + longest_silence) return std::nullopt;
      throw boost::system::system_error(asio::error::timed_out);
    }
    if (failure_) throw boost::system::system_error(failure_);
    heard_at_ = Clock::now();
    std::string piece = text_.substr(0, size_);
    text_.erase(0, size_);
    return piece;
  }

 private:
  using Clock = std::chrono::steady_clock;

  void begin() {
    is_reading_ = true;
    context_.restart();
    const std::string_view mark = std::exchange(is_begun_, true) ? end_of_event : end_of_header;
    asio::async_read_until(socket_, asio::dynamic_buffer(text_, largest_event), mark,
                           [this](boost::system::error_code failure, std::size_t size) {
                             failure_ = failure;
                             size_ = size;
                             is_reading_ = false;
                           });
  }

  asio::io_context context_;
  asio::local::stream_protocol::socket socket_{context_};
  std::string text_;
  std::size_t size_ = 0;
  boost::system::error_code failure_;
  bool is_begun_ = false;
  bool is_reading_ = false;
  Time heard_at_ = Clock::now();
};

LiveEvents::LiveEvents(std::filesystem::path socket, std::optional<std::int64_t> after)
    : socket_(std::move(socket)), after_(after) {}
LiveEvents::~LiveEvents() = default;

std::string LiveEvents::target() const {
  return after_ ? "/v1/events?after=" + std::to_string(*after_) : std::string("/v1/events");
}

std::optional<LiveEvent> LiveEvents::next(Time until) {
  do {
    try {
      if (!connection_) connection_ = std::make_unique<Connection>(socket_, target());
      const std::optional<std::string> piece = connection_->read(until);
      if (!piece) return std::nullopt;
      if (std::optional<LiveEvent> event = read(*piece)) return event;
    } catch (const boost::system::system_error&) {
      connection_.reset();
      std::this_thread::sleep_until(std::min(until, std::chrono::steady_clock::now() + pause_of_stream));
    }
  } while (std::chrono::steady_clock::now() < until);
  return std::nullopt;
}

/// Nothing: it says nothing.
std::optional<LiveEvent> LiveEvents::read(const std::string& piece) {
  constexpr std::string_view protocol = "HTTP/1.";
  if (piece.compare(0, protocol.size(), protocol) == 0) {
    const std::string_view status = std::string_view(piece).substr(protocol.size() + 2, 3);
    if (status == "200") return LiveEvent();
    if (status == "404") after_.reset();  // another catalog than the one that had that event
    throw boost::system::system_error(asio::error::connection_refused);
  }
  const std::string_view data = line_of(piece, "data: ");
  if (const auto id = parse_number<std::int64_t>(line_of(piece, "id: "))) after_ = id;
  boost::system::error_code not_json;
  const boost::json::value event = boost::json::parse({data.data(), data.size()}, not_json);
  if (not_json || !event.is_object()) return std::nullopt;
  LiveEvent live;
  live.kind = text_of(&event.get_object(), "kind");
  live.subject_id = text_of(&event.get_object(), "subject_id");
  return live;
}

}  // namespace tally::cli
