// All that reads Nebius's messages, tokens and errors among them, on bytes that a fuzzer makes up: what must hold
// whatever they are is in feed.hpp, and says so by an exception. A corpus that is empty begins with the recorded
// messages, which are kept as text.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>

#include "tests/fakes/files.hpp"
#include "tests/providers/nebius/feed.hpp"
#include "tests/providers/nebius/messages.hpp"

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  namespace fs = std::filesystem;
  const fs::path corpus = (*argv)[*argc - 1];
  if (!fs::is_directory(corpus) || !fs::is_empty(corpus)) return 0;
  for (const auto& file : fs::directory_iterator(std::string(TALLY_TESTS_DIR) + "/providers/nebius/recorded")) {
    if (file.path().extension() != ".pbtxt") continue;
    std::ofstream seed(corpus / file.path().stem(), std::ios::binary);
    seed << tally::fakes::encoded_message(tally::fakes::text_of(file.path().string()));
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tally::fakes::feed_nebius(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
