// Runs a fuzz target on the files that it is given, one at least: without libFuzzer, for what it has found.
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <sstream>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::stringstream text;
    text << std::ifstream(argv[i], std::ios::binary).rdbuf();
    const std::string input = text.str();
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  }
  return argc > 1 ? 0 : 1;
}
