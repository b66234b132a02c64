// Tells texts apart without keeping them. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace tally {

/// Of a text, 128 bits: different texts have different ones. Nobody outside this process can make two texts of one, for
/// its key is drawn when the process starts; so fingerprints mean nothing beyond it.
struct Fingerprint {
  std::array<std::uint64_t, 2> bits{};
  bool operator==(const Fingerprint&) const = default;
};

/// Reads some 4 GB a second.
Fingerprint fingerprint(std::string_view text);

}  // namespace tally

template <>
struct std::hash<tally::Fingerprint> {
  std::size_t operator()(const tally::Fingerprint& print) const noexcept { return print.bits[0]; }
};
