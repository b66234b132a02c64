#include "runtime/fair_strand.hpp"

#include <boost/asio/post.hpp>
#include <deque>
#include <mutex>

namespace tally {
namespace asio = boost::asio;

struct FairStrand::State {
  explicit State(asio::any_io_executor of) : pool(std::move(of)) {}
  const asio::any_io_executor pool;
  std::mutex mutex;
  std::deque<std::unique_ptr<Piece>> waiting;  // the first of them may be running; not empty: the pool has our turn
};

FairStrand FairStrand::on(asio::any_io_executor pool) { return FairStrand(std::make_shared<State>(std::move(pool))); }

asio::execution_context& FairStrand::query(asio::execution::context_t) const noexcept {
  return asio::query(state_->pool, asio::execution::context);
}

void FairStrand::enqueue(std::unique_ptr<Piece> piece) const {
  {
    const std::lock_guard lock(state_->mutex);
    state_->waiting.push_back(std::move(piece));
    if (state_->waiting.size() > 1) return;
  }
  post_next(state_);
}

void FairStrand::post_next(std::shared_ptr<State> state) {
  const asio::any_io_executor pool = state->pool;
  asio::post(pool, [state = std::move(state)] { run_next(state); });
}

void FairStrand::run_next(const std::shared_ptr<State>& state) {
  /// Whatever the piece does, the next one gets its turn.
  struct Turn {
    explicit Turn(const std::shared_ptr<State>& of) : state(of) {
      const std::lock_guard lock(state->mutex);
      piece = std::move(state->waiting.front());
    }
    ~Turn() {
      piece.reset();
      {
        const std::lock_guard lock(state->mutex);
        state->waiting.pop_front();
        if (state->waiting.empty()) return;
      }
      post_next(state);
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    const std::shared_ptr<State>& state;
    std::unique_ptr<Piece> piece;
  };
  const Turn turn(state);
  turn.piece->run();
}

}  // namespace tally
