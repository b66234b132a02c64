// An executor that runs the work given to it one piece after the other, on the threads of a pool, and goes back to the
// end of the pool's queue after each piece. Asio's own strand does all that has gathered in one go, so that whoever
// has much to do would keep a thread for as long as that takes. Copies are the same strand. Any thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/context.hpp>
#include <memory>
#include <type_traits>
#include <utility>

namespace tally {

class FairStrand {
 public:
  /// A new strand. The pool outlives what is given to it.
  static FairStrand on(boost::asio::any_io_executor pool);

  // What Asio asks of an executor.
  template <class F>
  void execute(F&& work) const {
    enqueue(std::make_unique<PieceOf<std::decay_t<F>>>(std::forward<F>(work)));
  }
  [[nodiscard]] boost::asio::execution_context& query(boost::asio::execution::context_t) const noexcept;
  static constexpr boost::asio::execution::blocking_t query(boost::asio::execution::blocking_t) noexcept {
    return boost::asio::execution::blocking.never;
  }
  friend bool operator==(const FairStrand& a, const FairStrand& b) noexcept { return a.state_ == b.state_; }
  friend bool operator!=(const FairStrand& a, const FairStrand& b) noexcept { return a.state_ != b.state_; }

 private:
  struct Piece {
    Piece() = default;
    virtual ~Piece() = default;
    Piece(const Piece&) = delete;
    Piece& operator=(const Piece&) = delete;
    virtual void run() = 0;
  };
  template <class F>
  struct PieceOf final : Piece {
    explicit PieceOf(F&& work) : work_(std::move(work)) {}
    explicit PieceOf(const F& work) : work_(work) {}
    void run() override { work_(); }
    F work_;
  };
  struct State;

  explicit FairStrand(std::shared_ptr<State> state) : state_(std::move(state)) {}
  void enqueue(std::unique_ptr<Piece> piece) const;
  static void run_next(const std::shared_ptr<State>& state);
  static void post_next(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;
};

}  // namespace tally
