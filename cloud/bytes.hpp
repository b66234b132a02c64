// An exact number of bytes. Vendors state sizes in decimal (GB) or binary (GiB) units; the unit is used once,
// when the value is read, and never again.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

namespace tally {

enum class ByteUnit : std::int64_t {
  byte = 1,
  kilobyte = 1'000,
  megabyte = 1'000'000,
  gigabyte = 1'000'000'000,
  terabyte = 1'000'000'000'000,
  kibibyte = 1LL << 10,
  mebibyte = 1LL << 20,
  gibibyte = 1LL << 30,
  tebibyte = 1LL << 40,
};

class Bytes {
 public:
  constexpr Bytes() = default;
  constexpr explicit Bytes(std::int64_t count) : count_(count) {}

  /// value x unit; nothing when negative or above 2^63 - 1.
  static constexpr std::optional<Bytes> of(std::int64_t value, ByteUnit unit) {
    std::int64_t count = 0;
    if (value < 0 || __builtin_mul_overflow(value, static_cast<std::int64_t>(unit), &count)) return std::nullopt;
    return Bytes(count);
  }

  [[nodiscard]] constexpr std::int64_t count() const { return count_; }
  auto operator<=>(const Bytes&) const = default;

 private:
  std::int64_t count_ = 0;
};

/// Whole GiB, the next larger: a disk is never smaller than it was asked for.
constexpr std::int64_t gib_of(Bytes size) {
  constexpr auto gib = static_cast<std::int64_t>(ByteUnit::gibibyte);
  return size.count() / gib + (size.count() % gib == 0 ? 0 : 1);
}

}  // namespace tally
