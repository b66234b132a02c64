#include "runtime/fingerprint.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <thread>

namespace tally::fingerprint_test {

TEST_CASE("equal texts have one fingerprint in all threads, and any other text has another", "[runtime]") {
  const std::string text(5000, 'a');
  const Fingerprint print = fingerprint(text);
  CHECK(fingerprint(std::string(text)) == print);
  std::thread([&] { CHECK(fingerprint(text) == print); }).join();
  for (const std::size_t changed : {0U, 15U, 16U, 2500U, 4999U}) {
    std::string other = text;
    other[changed] = 'b';
    CHECK_FALSE(fingerprint(other) == print);
  }
  CHECK_FALSE(fingerprint(text.substr(1)) == print);
  CHECK_FALSE(fingerprint("") == fingerprint(std::string(1, '\0')));
  CHECK_FALSE(fingerprint(std::string(1, '\0')) == fingerprint(std::string(2, '\0')));
}

}  // namespace tally::fingerprint_test
