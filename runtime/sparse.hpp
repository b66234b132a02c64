// A value that is mostly T(), as a part of something that there is a lot of: it takes eight bytes then.
#pragma once

#include <memory>
#include <utility>

namespace tally {

/// Copied and compared by its value.
template <class T>
class Sparse {
 public:
  Sparse() = default;
  Sparse(T value)  // NOLINT(google-explicit-constructor): it stands for a T
      : value_(value == plain() ? nullptr : std::make_unique<T>(std::move(value))) {}
  Sparse(const Sparse& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
  Sparse(Sparse&&) noexcept = default;
  Sparse& operator=(Sparse other) noexcept {
    value_ = std::move(other.value_);
    return *this;
  }
  ~Sparse() = default;

  const T& operator*() const { return value_ ? *value_ : plain(); }
  const T* operator->() const { return &**this; }

  /// Whether it takes nothing outside of its row.
  [[nodiscard]] bool is_plain() const { return value_ == nullptr; }

  /// To be written to; until it is moved from or assigned to.
  T& edit() {
    if (!value_) value_ = std::make_unique<T>();
    return *value_;
  }

  friend bool operator==(const Sparse& a, const Sparse& b) { return a.value_ == b.value_ || *a == *b; }

 private:
  static const T& plain() {
    static const T value{};
    return value;
  }

  std::unique_ptr<T> value_;
};

}  // namespace tally
