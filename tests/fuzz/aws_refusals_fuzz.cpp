// A target of libFuzzer: how AWS's refusals are read, in XML and in JSON, with any status. Begin with the recorded
// ones:
//   build/fuzz/bin/fuzz_aws_refusals -max_total_time=600 CORPUS
#include <cstdint>

#include "cloud/limits.hpp"
#include "providers/aws/dialect.hpp"
#include "runtime/text.hpp"
#include "tests/fuzz/insist.hpp"

namespace {

using namespace tally;
using fakes::insist;

void feed(int status, std::string body, bool has_type) {
  Response answer;
  answer.status = status;
  if (has_type) answer.headers.add("x-amzn-ErrorType", body.substr(0, limits::text));
  answer.body = std::move(body);
  const Error error = error_of(aws::dialect(), operations::get_instance, answer, Redactor());
  insist(error.status == status && error.provider == "aws", "another answer's error");
  insist(!error.message.empty(), "an error without words");
  const std::string line = to_text(error);
  insist(is_utf8(line) && line.size() <= 5 * message_bytes, "words that are not for people");
  insist(line.find('\n') == std::string::npos, "words on several lines");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  for (const int status : {302, 400, 403, 404, 429, 500, 503}) feed(status, body, false);
  feed(400, body, true);
  return 0;
}
