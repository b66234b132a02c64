#include "cloud/secret.hpp"

#include <cstring>
#include <utility>

namespace tally {

Secret::Secret(std::string&& value) : value_(std::move(value)) {
  value.resize(value.capacity());
  explicit_bzero(value.data(), value.size());
  value.clear();
}

// Copied, not moved: a short string that was moved from still holds its bytes, beyond wipe()'s reach.
// NOLINTNEXTLINE(performance-move-constructor-init)
Secret::Secret(Secret&& other) noexcept : value_(other.value_) { other.wipe(); }

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe();
    value_ = other.value_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    value_ = other.value_;
    other.wipe();
  }
  return *this;
}

Secret::~Secret() { wipe(); }

void Secret::wipe() noexcept {
  explicit_bzero(value_.data(), value_.size());
  value_.clear();
}

}  // namespace tally
