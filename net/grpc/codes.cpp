#include "net/grpc/codes.hpp"

#include <array>

namespace tally {
namespace {

struct Code {
  std::string_view name;
  int http_status = 0;
};

/// By number. Source: google/rpc/code.proto.
constexpr std::array<Code, 17> codes = {{{"OK", 200},
                                         {"CANCELLED", 499},
                                         {"UNKNOWN", 500},
                                         {"INVALID_ARGUMENT", 400},
                                         {"DEADLINE_EXCEEDED", 504},
                                         {"NOT_FOUND", 404},
                                         {"ALREADY_EXISTS", 409},
                                         {"PERMISSION_DENIED", 403},
                                         {"RESOURCE_EXHAUSTED", 429},
                                         {"FAILED_PRECONDITION", 400},
                                         {"ABORTED", 409},
                                         {"OUT_OF_RANGE", 400},
                                         {"UNIMPLEMENTED", 501},
                                         {"INTERNAL", 500},
                                         {"UNAVAILABLE", 503},
                                         {"DATA_LOSS", 500},
                                         {"UNAUTHENTICATED", 401}}};

bool is_code(int code) { return code >= 0 && code < static_cast<int>(codes.size()); }

}  // namespace

std::string_view name_of_grpc_code(int code) {
  return is_code(code) ? codes[static_cast<std::size_t>(code)].name : std::string_view();
}

int http_status_of_grpc(int code, bool has_details) {
  if (code == grpc_codes::resource_exhausted && has_details) return 400;
  return is_code(code) ? codes[static_cast<std::size_t>(code)].http_status : 500;
}

/// Source: gRPC's HTTP client filter, which makes UNIMPLEMENTED of 404, PERMISSION_DENIED of 403, ...
bool is_http_answer(std::string_view grpc_message) {
  return grpc_message.starts_with("Received http2 header with status");
}

}  // namespace tally
