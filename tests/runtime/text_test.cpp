#include "runtime/text.hpp"

#include <catch2/catch.hpp>

namespace tally::text_test {
using namespace std::string_literals;

TEST_CASE("what strangers wrote is shown on one line, without anything that drives a terminal or hides", "[runtime]") {
  CHECK(printable("a\x1b[31m\n\tb\x7f") == "a [31m  b ");
  CHECK(printable("a\0b"s) == "a b");
  CHECK(printable("C1 \xc2\x9b.") == "C1  .");
  CHECK(printable("turn \xe2\x80\xae.") == "turn  .");
  CHECK(printable("line \xe2\x80\xa8.") == "line  .");
  CHECK(printable("unseen \xe2\x80\x8b.") == "unseen  .");
  CHECK(printable("gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80") == "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80");
}

TEST_CASE("a byte that is not UTF-8 is shown as a question mark", "[runtime]") {
  CHECK(printable("\xff \xc3") == "? ?");
  CHECK(printable("\xe0\x80\x80|\xed\xa0\x80|\xf5") == "???|???|?");
}

TEST_CASE("line feeds and tabs stay where many lines are wanted", "[runtime]") {
  CHECK(printable("a\n\tb\rc", 300, Lines::many) == "a\n\tb c");
}

TEST_CASE("a long text is cut between two characters", "[runtime]") {
  CHECK(printable(std::string(1000, 'x'), 5) == "xxxxx...");
  CHECK(printable("xxxx\xe2\x82\xac", 5) == "xxxx...");
  CHECK(cut("abc", 3) == "abc");
  CHECK(cut("ab\xf0\x9f\x98\x80", 5) == "ab");
  CHECK(cut("\x80\x80\x80\x80\x80\x80\x80\x80", 5).size() == 5);
  CHECK(cut("", 0).empty());
}

TEST_CASE("for a log every character that ends a line, drives a terminal, turns or hides is written out", "[runtime]") {
  CHECK(escaped("a\n<0>b\r\x1b[31m\x7f\t") == R"(a\n<0>b\x0d\x1b[31m\x7f\x09)");
  CHECK(escaped("\xc2\x9b \xc2\xad") == R"(\xc2\x9b \xc2\xad)");
  CHECK(escaped("\xff\xc3(\xe2\x82 ") == R"(\xff\xc3(\xe2\x82 )");
  CHECK(escaped("exe\xe2\x80\xaegnp.\xe2\x80\xa8x\xe2\x80\x8b") == R"(exe\u202egnp.\u2028x\u200b)");
  CHECK(escaped("tag \xf3\xa0\x81\x81.") == R"(tag \U000e0041.)");
  CHECK(escaped("gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80") == "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80");
}

TEST_CASE("surrogates and overlong forms are not UTF-8", "[runtime]") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("gr\xc3\xbc\xc3\x9f"));
  CHECK_FALSE(is_utf8("\xed\xa0\xbd"));
  CHECK_FALSE(is_utf8("\xc0\xaf"));
  CHECK_FALSE(is_utf8("\xc3"));
}

}  // namespace tally::text_test
