#include "api/event_stream.hpp"

#include <spdlog/spdlog.h>

#include <boost/json/serialize.hpp>
#include <optional>

#include "runtime/number.hpp"
#include "runtime/run_on.hpp"
#include "store/error.hpp"
#include "store/row_json.hpp"

namespace tally::api {
namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds look_every{250};
constexpr std::chrono::seconds wait_at_most{1};
constexpr std::chrono::seconds keep_alive_every{15};

struct {
  int events = 500;
  std::size_t bytes = 256 << 10U;  // the event that goes beyond is the last
} constexpr limits_of_a_piece;

std::string to_wire(const Reader::Rows& rows, const std::vector<SqlValue>& row) {
  const boost::json::object event = row_json(rows.columns, row);
  return "id: " + std::to_string(event.at("id").as_int64()) + "\nevent: " + std::string(event.at("kind").as_string()) +
         "\ndata: " + boost::json::serialize(event) + "\n\n";
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
    co_return co_await run_on(source_.readers, [this] { return read_if_possible(); });
  }

  /// A catalog that cannot be read for a while ends no stream: nothing is lost by looking again.
  std::string read_if_possible() {
    try {
      std::string piece = read();
      last_trouble_.clear();
      return piece;
    } catch (const StoreError& error) {
      if (last_trouble_ != error.what()) spdlog::error("api: {}", error.what());
      last_trouble_ = error.what();
      is_up_to_date_ = false;
      return "";
    }
  }

  std::string read() {
    Where where = where_;
    where.add("id > ?", after_);
    const std::int64_t last = last_event_id(source_.reader);
    const Reader::Rows rows = source_.reader.query(
        "SELECT * FROM events" + where.text() + " ORDER BY id LIMIT " + std::to_string(limits_of_a_piece.events),
        where.parameters());
    std::string piece;
    std::size_t told = 0;
    for (; told < rows.rows.size() && piece.size() < limits_of_a_piece.bytes; ++told) {
      piece += to_wire(rows, rows.rows[told]);
    }
    is_up_to_date_ = told < static_cast<std::size_t>(limits_of_a_piece.events) && told == rows.rows.size();
    if (told > 0) after_ = std::get<std::int64_t>(rows.rows[told - 1].at(0));
    // What the filters leave out need not be looked at again.
    if (is_up_to_date_) after_ = std::max(after_, last);
    return piece;
  }

  EventSource source_;
  std::int64_t after_;
  Where where_;
  std::uint64_t commits_ = 0;
  bool is_up_to_date_ = false;
  std::string last_trouble_;
  TimePoint keep_alive_at_ = source_.clock.now() + keep_alive_every;
};

std::optional<std::int64_t> event_id(const std::string& text) {
  const auto id = parse_number<std::int64_t>(text);
  return id && *id >= 0 ? id : std::nullopt;
}

}  // namespace

const std::vector<std::string>& event_parameters() {
  static const std::vector<std::string> names = {"after", "credential", "kind", "subject_id"};
  return names;
}

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
    } else {
      where.add(name + " = ?", value);
    }
  }
  const std::int64_t last = co_await run_on(source.readers, [&source] { return last_event_id(source.reader); });
  // Of another catalog, it seems: to wait for that many events would be to lose them.
  if (id > last) co_return problem(404, "there is no such event yet, the last one is " + std::to_string(last));
  Response response;
  response.content_type = "text/event-stream";
  response.stream = std::make_unique<Events>(std::move(source), id.value_or(last), std::move(where));
  co_return response;
}

}  // namespace tally::api
