// What a gRPC call that failed says, as the answer of an HttpClient has it (grpc_transport.hpp). Pure.
#pragma once

#include <string_view>

namespace tally {

/// Of an answer that is no success. Sent by the server, or the library's word for what befell the call.
inline constexpr const char* grpc_status_header = "grpc-status";    // the code, in decimal
inline constexpr const char* grpc_message_header = "grpc-message";  // as text, not percent-encoded

/// Codes of gRPC that callers tell apart.
namespace grpc_codes {
inline constexpr int cancelled = 1;
inline constexpr int unknown = 2;
inline constexpr int invalid_argument = 3;
inline constexpr int deadline_exceeded = 4;
inline constexpr int not_found = 5;
inline constexpr int already_exists = 6;
inline constexpr int permission_denied = 7;
inline constexpr int resource_exhausted = 8;
inline constexpr int failed_precondition = 9;
inline constexpr int aborted = 10;
inline constexpr int out_of_range = 11;
inline constexpr int unimplemented = 12;
inline constexpr int internal = 13;
inline constexpr int unavailable = 14;
inline constexpr int data_loss = 15;
inline constexpr int unauthenticated = 16;
}  // namespace grpc_codes

/// "UNAVAILABLE"; "" for none of them.
std::string_view name_of_grpc_code(int code);

/// UNAUTHENTICATED 401, PERMISSION_DENIED 403, UNAVAILABLE 503, … Without details RESOURCE_EXHAUSTED is 429, "too many
/// requests"; with them it is 400: they say of what.
int http_status_of_grpc(int code, bool has_details);

/// Whether that message is the library's for an HTTP answer other than 200: somebody between answered (a proxy, a load
/// balancer), and the status that comes with it is no word of the server's.
bool is_http_answer(std::string_view grpc_message);

}  // namespace tally
