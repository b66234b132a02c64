#include "daemon/api/event_stream.hpp"

#include <spdlog/spdlog.h>

#include <boost/json/serialize.hpp>
#include <charconv>
#include <optional>

#include "cloud/async.hpp"
#include "store/error.hpp"
#include "store/row_json.hpp"

namespace tally::api {
namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds look_every{250};
constexpr std::chrono::seconds wait_at_most{1};
constexpr std::chrono::seconds keep_alive_every{15};
constexpr int events_per_piece = 500;

std::string to_wire(const Reader::Rows& rows) {
  std::string text;
  for (const auto& row : rows.rows) {
    const boost::json::object event = row_json(rows.columns, row);
    text += "id: " + std::to_string(event.at("id").as_int64()) + "\n";
    text += "event: " + std::string(event.at("kind").as_string()) + "\n";
    text += "data: " + boost::json::serialize(event) + "\n\n";
  }
  return text;
}

class Events final : public Stream {
 public:
  Events(EventSource source, std::int64_t after, Where where)
      : source_(std::move(source)), after_(after), where_(std::move(where)) {}

  asio::awaitable<std::string> next() override {
    const TimePoint until = source_.clock.now() + wait_at_most;
    for (;;) {
      std::string piece = co_await look();
      if (piece.empty() && source_.clock.now() >= keep_alive_at_) piece = ": nothing new\n\n";
      if (!piece.empty()) keep_alive_at_ = source_.clock.now() + keep_alive_every;
      if (!piece.empty() || source_.clock.now() >= until) co_return piece;
      co_await source_.clock.sleep_until(source_.clock.now() + look_every);
    }
  }

 private:
  asio::awaitable<std::string> look() {
    if (is_up_to_date_ && source_.writer.commits() == commits_) co_return std::string();
    commits_ = source_.writer.commits();
    co_return co_await run_on(source_.readers, [this] { return read(); });
  }

  std::string read() {
    Where where = where_;
    where.add("id > ?", after_);
    const std::int64_t last = last_event_id(source_.reader);
    const Reader::Rows rows = source_.reader.query(
        "SELECT * FROM events" + where.text() + " ORDER BY id LIMIT " + std::to_string(events_per_piece),
        where.parameters());
    is_up_to_date_ = rows.rows.size() < static_cast<std::size_t>(events_per_piece);
    if (!rows.rows.empty()) after_ = std::get<std::int64_t>(rows.rows.back().at(0));
    // What the filters leave out need not be looked at again.
    if (is_up_to_date_) after_ = std::max(after_, last);
    return to_wire(rows);
  }

  EventSource source_;
  std::int64_t after_;
  Where where_;
  std::uint64_t commits_ = 0;
  bool is_up_to_date_ = false;
  TimePoint keep_alive_at_ = source_.clock.now() + keep_alive_every;
};

std::optional<std::int64_t> find_last(const EventSource& source) {
  try {
    return last_event_id(source.reader);
  } catch (const StoreError& error) {
    spdlog::error("api: {}", error.what());
    return std::nullopt;
  }
}

std::optional<std::int64_t> event_id(const std::string& text) {
  std::int64_t id = 0;
  const char* end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, id);
  if (failure != std::errc() || rest != end || id < 0) return std::nullopt;
  return id;
}

}  // namespace

asio::awaitable<Response> stream_events(EventSource source, Request request) {
  Where where;
  std::optional<std::int64_t> id;
  if (request.last_event_id) {
    id = event_id(*request.last_event_id);
    if (!id) co_return problem(400, "must be the ID of an event", "Last-Event-ID");
  }
  for (const auto& [name, value] : request.query) {
    if (name == "after") {
      id = event_id(value);
      if (!id) co_return problem(400, "must be the ID of an event, or 0 for all that are kept", "after");
    } else if (name == "credential" || name == "kind" || name == "subject_id") {
      where.add(name + " = ?", value);
    } else {
      co_return problem(400, "is no parameter of this resource", name);
    }
  }
  const std::optional<std::int64_t> last = co_await run_on(source.readers, [&source] { return find_last(source); });
  if (!last) co_return problem(503, "the catalog cannot be read now");
  // Of another catalog, it seems: to wait for that many events would be to lose them.
  if (id > last) co_return problem(404, "there is no such event yet, the last one is " + std::to_string(*last));
  Response response;
  response.content_type = "text/event-stream";
  response.stream = std::make_unique<Events>(std::move(source), id.value_or(*last), std::move(where));
  co_return response;
}

}  // namespace tally::api
