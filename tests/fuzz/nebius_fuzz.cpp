// A target of libFuzzer: all that reads Nebius's messages. Begin with the recorded ones:
//   build/clang/bin/nebius_fuzz -max_total_time=600 CORPUS
#include <cstddef>
#include <cstdint>

#include "tests/providers/nebius/feed.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tally::fakes::feed_nebius(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
