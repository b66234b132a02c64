#include "cloud/architecture.hpp"

#include <catch2/catch.hpp>

namespace tally::architecture_test {

TEST_CASE("an architecture has one name, however a vendor writes it", "[cloud]") {
  const auto [word, name] = GENERATE(table<const char*, const char*>({
      {"x86_64", "x86_64"},
      {"amd64", "x86_64"},
      {"AMD64", "x86_64"},
      {"arm64", "arm64"},
      {" Aarch64 ", "arm64"},
      {"riscv64", "unknown"},
      {"", "unknown"},
  }));
  CHECK(normalize_architecture(word) == name);
}

}  // namespace tally::architecture_test
