// What a refusal means, by a table of statuses and codes.
#include "providers/rest/dialect.hpp"

#include <array>
#include <catch2/catch.hpp>

namespace tally::rest_dialect_test {
namespace {

constexpr std::array rules = {
    ErrorRule{404, "gone", Errc::image_not_found, "*image*"},
    ErrorRule{404, "gone", Errc::instance_not_found},
    ErrorRule{400, "bad", Errc::out_of_quota, "*limit*exceeded*"},
    ErrorRule{0, "no-*-left", Errc::insufficient_resources},
    ErrorRule{5, "", Errc::service_unavailable},
    ErrorRule{0, "*", Errc::conflict},
};

Refusal read_refusal(const Response& answer) {
  Refusal said;
  const auto body = refusal_json(answer.body);
  if (!body) return said;
  said.code = body->text_of("code");
  said.message = body->text_of("message");
  return said;
}

Error refused(int status, const std::string& body, const Operation& operation = operations::get_instance) {
  Response answer;
  answer.status = status;
  answer.body = body;
  return error_of({"acme", read_refusal, rules}, operation, answer, Redactor());
}

}  // namespace

TEST_CASE("the first rule that fits status and code decides, else the status", "[providers]") {
  CHECK(refused(404, R"({"code":"gone"})").kind == Errc::instance_not_found);
  CHECK(refused(400, R"({"code":"no-gpus-left"})").kind == Errc::insufficient_resources);
  CHECK(refused(503, R"({"code":"no-gpus-left"})").kind == Errc::insufficient_resources);
  CHECK(refused(503, R"({"code":"gone"})").kind == Errc::service_unavailable);
  CHECK(refused(400, R"({"code":"gone"})").kind == Errc::conflict);
  CHECK(refused(400, R"({"message":"no"})").kind == Errc::invalid_request);
  CHECK(refused(401, "").kind == Errc::auth);
}

TEST_CASE("where a vendor's code says too little its words decide, in any case", "[providers]") {
  CHECK(refused(400, R"({"code":"bad","message":"GPU Limit of 8 EXCEEDED."})").kind == Errc::out_of_quota);
  CHECK(refused(400, R"({"code":"bad","message":"exceeded its limit"})").kind == Errc::conflict);
  CHECK(refused(400, R"({"code":"bad"})").kind == Errc::conflict);
  CHECK(refused(400, R"({"code":"worse","message":"limit exceeded"})").kind == Errc::conflict);
}

TEST_CASE("an instance is gone only where one was asked for, and only by the vendor's word", "[providers]") {
  CHECK(refused(404, R"({"code":"gone"})", operations::list_regions).kind == Errc::resource_not_found);
  for (const char* body : {"", "<html>", "{}", "null", R"({"code":"","message":"no Route matched"})", "not found"}) {
    CAPTURE(body);
    CHECK(refused(404, body).kind == Errc::service_unavailable);
  }
}

TEST_CASE("an image is missing only where one can be chosen", "[providers]") {
  const std::string body = R"({"code":"gone","message":"the image of it does not exist"})";
  CHECK(refused(404, body, operations::create_instance).kind == Errc::image_not_found);
  CHECK(refused(404, body, operations::get_instance).kind == Errc::instance_not_found);
  CHECK(refused(404, body, operations::terminate_instance).kind == Errc::instance_not_found);
}

TEST_CASE("a vendor's refusal says that nothing happened: a gateway's, or a server's end, does not", "[providers]") {
  CHECK(refused(404, R"({"code":"gone"})").certainty == Certainty::nothing_happened);
  CHECK(refused(422, R"({"message":"no"})").certainty == Certainty::nothing_happened);
  CHECK(refused(429, "slow down").certainty == Certainty::nothing_happened);
  CHECK(refused(404, "<html>").certainty == Certainty::unknown);
  CHECK(refused(408, "").certainty == Certainty::unknown);
  CHECK(refused(500, R"({"code":"gone"})").certainty == Certainty::unknown);
  // The vendor's own word that it has none, with the status of a server that is not well.
  CHECK(refused(503, R"({"code":"no-gpus-left"})").certainty == Certainty::nothing_happened);
}

TEST_CASE("who stands before the API and refuses in words of its own has not refused the request", "[providers]") {
  for (const int status : {400, 408, 409, 421, 425}) {
    CAPTURE(status);
    CHECK(refused(status, "<html>408 Request Time-out</html>").kind == Errc::service_unavailable);
    CHECK(refused(status, "").kind == Errc::service_unavailable);
  }
  CHECK(refused(403, "<html>").kind == Errc::forbidden);
  CHECK(refused(422, R"({"message":"no"})").kind == Errc::invalid_request);
}

}  // namespace tally::rest_dialect_test
