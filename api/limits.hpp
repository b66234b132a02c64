// What clients of the control socket may take.
#pragma once

#include <chrono>
#include <cstdint>

namespace tally::api {

struct Limits {
  int connections = 128;                      // one more is told so, and hung up on
  std::uint32_t header_bytes = 16 << 10U;     // of a request; 431 when there are more
  std::uint64_t body_bytes = 256 << 10U;      // 413 when there are more
  std::chrono::milliseconds request{10'000};  // from a request's first byte, or the connection's start, to its last
  std::chrono::milliseconds idle{60'000};     // between requests
  std::chrono::milliseconds write{
      30'000};  // for an answer, or a piece of a stream; a peer that does not read it is dropped
  std::chrono::milliseconds linger{2'000};  // after a refusal, for what the peer is still sending
};

}  // namespace tally::api
