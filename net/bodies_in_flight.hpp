// How much memory the bodies of all answers take that are being received, decoded or mapped, whoever they are for. Any
// thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include "cloud/limits.hpp"

namespace tally {

class BodiesInFlight {
 public:
  explicit BodiesInFlight(std::size_t most = limits::bodies_in_flight) : most_(most) {}

  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  friend class BodyShare;
  const std::size_t most_;
  std::atomic<std::size_t> bytes_ = 0;
};

/// What one call holds of it; given back when this goes away. One thread at a time.
class BodyShare {
 public:
  explicit BodyShare(std::shared_ptr<BodiesInFlight> all) : all_(std::move(all)) {}
  ~BodyShare() { shrink(held_); }
  BodyShare(const BodyShare&) = delete;
  BodyShare& operator=(const BodyShare&) = delete;

  /// False: it would hold more than is then left for all others. So a few calls with giant answers cannot keep anybody
  /// else from getting one of the usual size.
  [[nodiscard]] bool grow(std::size_t bytes) {
    std::size_t before = all_->bytes_;
    do {
      if (before + held_ + 2 * bytes > all_->most_) return false;
    } while (!all_->bytes_.compare_exchange_weak(before, before + bytes));
    held_ += bytes;
    return true;
  }
  void shrink(std::size_t bytes) {
    all_->bytes_ -= bytes;
    held_ -= bytes;
  }

 private:
  std::shared_ptr<BodiesInFlight> all_;
  std::size_t held_ = 0;
};

}  // namespace tally
