#include "runtime/base64.hpp"

#include <catch2/catch.hpp>

namespace tally::base64_test {

TEST_CASE("base64 is read as it is written", "[runtime]") {
  const auto [bytes, text] = GENERATE(table<std::string, std::string>({{"", ""},
                                                                       {"f", "Zg=="},
                                                                       {"fo", "Zm8="},
                                                                       {"foo", "Zm9v"},
                                                                       {std::string("\0\xff\n", 3), "AP8K"},
                                                                       {std::string(2, '\0'), "AAA="}}));
  CHECK(to_base64(bytes) == text);
  CHECK(from_base64(text) == bytes);
}

TEST_CASE("what is no base64 on one line is not read", "[runtime]") {
  const std::string text = GENERATE("Z", "Zg", "Zg=", "Zg===", "Zh==", "Zg==\n", " Zm9v", "Zm 9v", "Zm9v\nZm9v\n",
                                    "Zm-_", "====", "=", "Z===", "Zg==Zg==", "Zm9\xff");
  CAPTURE(text);
  CHECK_FALSE(from_base64(text));
}

}  // namespace tally::base64_test
