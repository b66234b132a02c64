// What goes on at once on several threads, step by step on one, in each of many orders. To be tried in full, orders are
// too many; most faults of the kind need few interruptions, so those with at most so many are tried.
#pragma once

#include <algorithm>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace tally::fakes {

/// An executor that stands for a thread: while it is held, its work waits for step(); else it runs on the loop.
class StepQueue {
  struct State {
    explicit State(boost::asio::io_context& context) : loop(context) {}
    boost::asio::io_context& loop;
    std::deque<std::function<void()>> waiting;
    bool is_held = false;
  };

 public:
  explicit StepQueue(boost::asio::io_context& loop) : state_(std::make_shared<State>(loop)) {}

  void hold() { state_->is_held = true; }
  void let_go() {
    state_->is_held = false;
    while (has_work()) step();
  }
  [[nodiscard]] bool has_work() const { return !state_->waiting.empty(); }
  void step() {
    const std::function<void()> work = std::move(state_->waiting.front());
    state_->waiting.pop_front();
    work();
  }

  // What Asio asks of an executor.
  template <class F>
  void execute(F&& work) const {
    auto run = [shared = std::make_shared<std::decay_t<F>>(std::forward<F>(work))] { (*shared)(); };
    if (state_->is_held) {
      state_->waiting.emplace_back(std::move(run));
    } else {
      boost::asio::post(state_->loop, std::move(run));
    }
  }
  [[nodiscard]] boost::asio::execution_context& query(boost::asio::execution::context_t) const noexcept {
    return state_->loop;
  }
  static constexpr boost::asio::execution::blocking_t query(boost::asio::execution::blocking_t) noexcept {
    return boost::asio::execution::blocking.never;
  }
  friend bool operator==(const StepQueue& a, const StepQueue& b) noexcept { return a.state_ == b.state_; }
  friend bool operator!=(const StepQueue& a, const StepQueue& b) noexcept { return !(a == b); }

 private:
  std::shared_ptr<State> state_;
};

/// Somebody who has a next step, or none now.
struct Stepper {
  std::function<bool()> has_work;
  std::function<void()> step;
};

inline Stepper stepper(StepQueue& queue) {
  return {[&queue] { return queue.has_work(); }, [&queue] { queue.step(); }};
}

/// One order after the other, depth first. Each run must meet the same choices as the one before it, as far as it chose
/// the same; what else the runs are about may differ.
class Orders {
 public:
  /// `interruptions`: how often somebody may have to wait who could go on.
  explicit Orders(int interruptions) : most_(interruptions) {}

  /// One step at a time until nobody has one; `settle` is called after each.
  void run(const std::vector<Stepper>& steppers, const std::function<void()>& settle) {
    const Stepper* last = nullptr;
    int interruptions = 0;
    for (at_ = 0;;) {
      std::vector<const Stepper*> ready;
      for (const Stepper& one : steppers) {
        if (one.has_work()) ready.push_back(&one);
      }
      if (ready.empty()) return check(at_ == made_.size());
      const auto going_on = std::find(ready.begin(), ready.end(), last);
      const bool can_go_on = going_on != ready.end();
      if (can_go_on) std::iter_swap(ready.begin(), going_on);
      if (can_go_on && interruptions == most_) ready.resize(1);
      const std::size_t chosen = choose(ready.size());
      if (can_go_on && chosen != 0) ++interruptions;
      last = ready[chosen];
      last->step();
      settle();
    }
  }

  /// On to another order; false when there is none.
  bool next() {
    while (!made_.empty() && made_.back().taken + 1 == made_.back().count) made_.pop_back();
    if (made_.empty()) return false;
    ++made_.back().taken;
    return true;
  }

 private:
  struct Choice {
    std::size_t taken;
    std::size_t count;
  };

  std::size_t choose(std::size_t count) {
    if (at_ == made_.size()) made_.push_back({0, count});
    check(made_[at_].count == count);
    return made_[at_++].taken;
  }
  static void check(bool leads_to_the_same_place) {
    if (!leads_to_the_same_place) throw std::logic_error("the same choices did not lead to the same place");
  }

  const int most_;
  std::vector<Choice> made_;
  std::size_t at_ = 0;
};

}  // namespace tally::fakes
