// What the daemon's answers tell of operations.
#include "cli/client/control_reply.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

namespace tally::control_reply_test {
using namespace tally::cli;

namespace {

ControlReply seen(const std::string& state, const std::string& error = "null", const std::string& kind = "null") {
  ControlReply reply;
  reply.status = 200;
  reply.body = boost::json::parse(R"({"operation": {"id": "op-1", "state": ")" + state + R"(", "error": )" + error +
                                  R"(, "error_kind": )" + kind + "}}");
  return reply;
}

}  // namespace

TEST_CASE("an operation is under way until its state says what came of it", "[cli]") {
  for (const char* state : {"started", "unknown"}) {
    CHECK(is_under_way(seen(state)));
    CHECK_FALSE(failure_in(seen(state)));
  }
  for (const char* state : {"succeeded", "adopted"}) {
    CHECK_FALSE(is_under_way(seen(state)));
    CHECK_FALSE(failure_in(seen(state)));
  }
}

TEST_CASE("an operation that came to nothing is a problem with its error", "[cli]") {
  const std::string state = GENERATE("failed", "cleaned_up");
  CHECK_FALSE(is_under_way(seen(state)));
  const auto failure = failure_in(seen(state, R"("none left")", R"("insufficient_resources")"));
  REQUIRE(failure);
  CHECK_FALSE(failure->is_ok());
  CHECK(failure->detail() == "none left");
  CHECK(failure->text("kind") == "insufficient_resources");
  CHECK(failure->text("operation_id") == "op-1");
  CHECK(failure_in(seen(state, "null", R"("internal")"))->detail() == "internal");
}

TEST_CASE("an answer that tells of no operation is neither under way nor a failure", "[cli]") {
  ControlReply reply;
  reply.body = boost::json::parse(GENERATE("null", "\"text\"", "{}", R"({"operation": null})"));
  CHECK_FALSE(is_under_way(reply));
  CHECK_FALSE(failure_in(reply));
  CHECK(reply.part("operation") == nullptr);
}

}  // namespace tally::control_reply_test
