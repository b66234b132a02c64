#include "providers/guest/user_data.hpp"

#include <catch2/catch.hpp>

#include "runtime/base64.hpp"

namespace tally::user_data_test {
namespace {

const std::string ours = "#!/bin/sh\necho ours\n";
constexpr std::size_t plenty = 1 << 20U;

std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const std::size_t begin = text.find(before) + before.size();
  return text.substr(begin, text.find(after, begin) - begin);
}

}  // namespace

TEST_CASE("user data that is no base64 or too long is refused by its name", "[providers]") {
  const std::string given =
      GENERATE(std::string("!!!!"), std::string("Zg"), std::string("Zm9v\n"), std::string(90'000, 'A'));
  const auto read = read_user_data(given);
  REQUIRE_FALSE(read);
  CHECK(read.error().kind == Errc::invalid_request);
  CHECK(read.error().message.starts_with("`user_data_base64` "));
  CHECK(read_user_data(to_base64("#!/bin/sh\n")) == "#!/bin/sh\n");
  CHECK(read_user_data("") == "");
}

TEST_CASE("one of script and user data alone stays as it is", "[providers]") {
  for (const auto merge : {&multipart_user_data, &script_user_data}) {
    CHECK(merge(ours, "", plenty) == ours);
    CHECK(merge("", "#!/bin/bash\n", plenty) == "#!/bin/bash\n");
    CHECK(merge("", "", plenty) == "");
  }
}

TEST_CASE("cloud-init is given both in parts, ours first", "[providers]") {
  const auto [user, type] =
      GENERATE(table<std::string, std::string>({{"#!/bin/bash\nexit 0\n", "text/x-shellscript"},
                                                {"#cloud-config\npackages: [nginx]\n", "text/cloud-config"},
                                                {"#cloud-config-archive\n- a\n", "text/cloud-config-archive"},
                                                {"#include-once\nhttps://example.com/x\n", "text/x-include-once-url"},
                                                {"#include\nhttps://example.com/x\n", "text/x-include-url"},
                                                {"## template: jinja\n#cloud-config\n", "text/jinja2"},
                                                {"#cloud-config\nmotd: \"\xc3\xa9\xff\"\n", "text/cloud-config"},
                                                {"\x1f\x8b\x08zip", "application/gzip"}}));
  const auto merged = multipart_user_data(ours, user, plenty);
  REQUIRE(merged);
  CHECK(multipart_user_data(ours, user, plenty) == *merged);
  const std::string boundary = "--" + between(*merged, "boundary=\"", "\"");
  CHECK(boundary.size() > 30);
  CHECK(merged->starts_with("Content-Type: multipart/mixed; boundary="));
  CHECK(merged->find("\nMIME-Version: 1.0\n\n" + boundary + "\n") != std::string::npos);
  CHECK(merged->find("\n\n" + ours + "\n" + boundary + "\n") < merged->find(type + "; charset=\"utf-8\""));
  std::string encoded = between(*merged, "filename=\"user-data\"\n\n", "\n" + boundary + "--\n");
  std::erase(encoded, '\n');
  CHECK(from_base64(encoded) == user);
}

TEST_CASE("a message of the user's stays one, and no boundary of ours is in it", "[providers]") {
  const std::string user =
      "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"b\"\n\n--b\n\n#!/bin/sh\n--b--\n";
  const auto merged = multipart_user_data(ours, user, plenty);
  REQUIRE(merged);
  const std::string boundary = "--" + between(*merged, "boundary=\"", "\"");
  CHECK(merged->ends_with(boundary + "\n" + user + "\n" + boundary + "--\n"));
  // One that knows the boundary that would have been taken is not cut by it.
  const auto again = multipart_user_data(ours, user + boundary + "\n", plenty);
  REQUIRE(again);
  CHECK(again->find(boundary + "\n") == again->rfind(boundary + "\n"));
}

TEST_CASE("a user's script is in ours, whatever is in it, and runs after it", "[providers]") {
  const std::string user = "#!/usr/bin/env python3\nprint('''END_OF_USER_DATA\n$(reboot)`''')\n\xff";
  const auto merged = script_user_data(ours, user, plenty);
  REQUIRE(merged);
  CHECK(merged->starts_with(ours));
  CHECK(merged->ends_with(
      "END_OF_USER_DATA\nchmod 0700 /var/lib/tally-user-data/script\nexec /var/lib/tally-user-data/script\n"));
  std::string encoded = between(*merged, "<<'END_OF_USER_DATA'\n", "\nEND_OF_USER_DATA\n");
  std::erase(encoded, '\n');
  CHECK(from_base64(encoded) == user);
}

TEST_CASE("what a provider cannot run is refused before any call", "[providers]") {
  const auto script = script_user_data(ours, "#cloud-config\n", plenty);
  REQUIRE_FALSE(script);
  CHECK(script.error().kind == Errc::not_implemented);
  CHECK(script.error().message.starts_with("`user_data_base64` "));
  const auto parts = multipart_user_data(ours, "hello", plenty);
  REQUIRE_FALSE(parts);
  CHECK(parts.error().kind == Errc::invalid_request);
}

TEST_CASE("the limit is of what is sent", "[providers]") {
  for (const auto merge : {&multipart_user_data, &script_user_data}) {
    const auto merged = merge(ours, "#!/bin/sh\n", plenty);
    REQUIRE(merged);
    CHECK(merge(ours, "#!/bin/sh\n", merged->size()));
    const auto refused = merge(ours, "#!/bin/sh\n", merged->size() - 1);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == Errc::invalid_request);
    CHECK(refused.error().message.starts_with("`user_data_base64` "));
  }
}

}  // namespace tally::user_data_test
