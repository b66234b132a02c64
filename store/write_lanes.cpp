#include "store/write_lanes.hpp"

#include <array>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/post.hpp>
#include <deque>
#include <mutex>
#include <type_traits>
#include <utility>

namespace tally {
namespace asio = boost::asio;

struct WriteLanes::State {
  struct Job {
    Job() = default;
    virtual ~Job() = default;
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;
    virtual void run() = 0;
  };
  template <class F>
  struct JobOf final : Job {
    explicit JobOf(F&& work) : work_(std::move(work)) {}
    explicit JobOf(const F& work) : work_(work) {}
    void run() override { work_(); }
    F work_;
  };

  explicit State(asio::any_io_executor executor) : writer(std::move(executor)) {}

  /// A turn on the writer for each job; whose it is is decided when it comes.
  static void put(const std::shared_ptr<State>& state, WritePriority priority, std::unique_ptr<Job> job) {
    {
      const std::lock_guard lock(state->mutex);
      state->waiting.at(static_cast<std::size_t>(priority)).push_back(std::move(job));
    }
    asio::post(state->writer, [state] { state->take()->run(); });
  }

  std::unique_ptr<Job> take() {
    const std::lock_guard lock(mutex);
    std::deque<std::unique_ptr<Job>>& lane = waiting.front().empty() ? waiting.back() : waiting.front();
    std::unique_ptr<Job> job = std::move(lane.front());
    lane.pop_front();
    return job;
  }

  const asio::any_io_executor writer;
  std::mutex mutex;
  std::array<std::deque<std::unique_ptr<Job>>, 2> waiting;  // by priority
};

/// What Asio asks of an executor.
class WriteLanes::Lane {
 public:
  Lane(std::shared_ptr<State> state, WritePriority priority) : state_(std::move(state)), priority_(priority) {}

  template <class F>
  void execute(F&& work) const {
    State::put(state_, priority_, std::make_unique<State::JobOf<std::decay_t<F>>>(std::forward<F>(work)));
  }
  [[nodiscard]] asio::execution_context& query(asio::execution::context_t) const noexcept {
    return asio::query(state_->writer, asio::execution::context);
  }
  static constexpr asio::execution::blocking_t query(asio::execution::blocking_t) noexcept {
    return asio::execution::blocking.never;
  }
  friend bool operator==(const Lane& a, const Lane& b) noexcept {
    return a.state_ == b.state_ && a.priority_ == b.priority_;
  }
  friend bool operator!=(const Lane& a, const Lane& b) noexcept { return !(a == b); }

 private:
  std::shared_ptr<State> state_;
  WritePriority priority_;
};

WriteLanes::WriteLanes(asio::any_io_executor writer) : state_(std::make_shared<State>(std::move(writer))) {}

asio::any_io_executor WriteLanes::at(WritePriority priority) const { return Lane(state_, priority); }

}  // namespace tally
