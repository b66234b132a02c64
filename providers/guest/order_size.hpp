// How long what is ordered may come back: whoever makes a machine must be able to read its row. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cloud/error.hpp"
#include "cloud/limits.hpp"
#include "providers/guest/refusal.hpp"

namespace tally {

/// Of a row, what the vendor itself may add takes the rest.
inline constexpr std::size_t longest_order = limits::row / 4 * 3;

/// The length of a JSON text whose other writers escape all but ASCII, and what HTML or a path has a meaning for.
inline std::size_t escaped_size(std::string_view json) {
  std::size_t size = 0;
  for (const char c : json) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_escaped = byte >= 0xc0 || c == '<' || c == '>' || c == '&';
    size += is_escaped ? 6 : (byte >= 0x80 ? 0 : 1);
    if (byte >= 0xf0) size += 6;  // half of a pair each
    if (c == '/') ++size;
  }
  return size;
}

/// Why an order may not be sent; nothing when it may. `parameter`: what makes it long.
inline std::optional<Error> find_excess(std::string_view order, std::string_view parameter) {
  if (escaped_size(order) <= longest_order) return std::nullopt;
  return refused(Errc::invalid_request, parameter,
                 "is too long: with all else that is ordered it could not be read back");
}

}  // namespace tally
