#include "providers/nebius/dialect.hpp"

#include <array>

#include "net/grpc/codes.hpp"
#include "providers/nebius/protos/common.pb.h"
#include "runtime/number.hpp"

namespace tally::nebius {
namespace {

namespace common = ::nebius::common::v1;

constexpr std::array rules = {
    ErrorRule{0, "NotEnoughResources", Errc::insufficient_resources},
    ErrorRule{0, "QuotaFailure", Errc::out_of_quota},
    ErrorRule{0, "TooManyRequests", Errc::rate_limited},
    ErrorRule{0, "InternalError", Errc::service_unavailable},
    ErrorRule{0, "ResourceNotFound", Errc::instance_not_found},
    ErrorRule{0, "ResourceAlreadyExists", Errc::conflict},
    ErrorRule{0, "BadResourceState", Errc::conflict},
    ErrorRule{0, "ResourceConflict", Errc::conflict},
    ErrorRule{0, "OperationConflict", Errc::conflict},
    ErrorRule{0, "OperationAborted", Errc::conflict},
    ErrorRule{0, "PermissionDenied", Errc::forbidden},
    ErrorRule{0, "BadRequest", Errc::invalid_request},
    ErrorRule{0, "OutOfRange", Errc::invalid_request},
    ErrorRule{0, "*", Errc::out_of_quota, "*quota limit exceeded*"},
    ErrorRule{0, "*", Errc::out_of_quota, "*quota exceeded*"},
    ErrorRule{0, "RESOURCE_EXHAUSTED", Errc::rate_limited},
    ErrorRule{0, "NOT_FOUND", Errc::instance_not_found},
    ErrorRule{0, "ALREADY_EXISTS", Errc::conflict},
    ErrorRule{0, "ABORTED", Errc::conflict},
    ErrorRule{0, "FAILED_PRECONDITION", Errc::conflict},
    ErrorRule{0, "UNIMPLEMENTED", Errc::not_implemented},
    ErrorRule{0, "CANCELLED", Errc::service_unavailable},
};

/// Where several are there, the one that says most of the cause is the first.
std::optional<common::ServiceError> service_error_in(const common::Status& status) {
  for (const auto& detail : status.details()) {
    const std::string& url = detail.type_url();
    if (url.substr(url.rfind('/') + 1) != "nebius.common.v1.ServiceError") continue;
    common::ServiceError error;
    if (error.ParseFromString(detail.value()) && error.details_case() != common::ServiceError::DETAILS_NOT_SET) {
      return error;
    }
  }
  return std::nullopt;
}

template <class Violations, class Text>
std::string joined(const Violations& violations, Text text) {
  std::string all;
  for (const auto& violation : violations) {
    if (all.size() > limits::message) break;
    all.append(all.empty() ? "" : "; ").append(text(violation));
  }
  return all;
}

/// The kind, and what it says of the cause.
std::pair<std::string_view, std::string> words_of(const common::ServiceError& error) {
  using Case = common::ServiceError::DetailsCase;
  const auto named = [](const std::string& name, const std::string& words) {
    return name.empty() ? words : name + ": " + words;
  };
  switch (error.details_case()) {
    case Case::kBadRequest:
      return {"BadRequest", joined(error.bad_request().violations(),
                                   [&](const auto& each) { return named(each.field(), each.message()); })};
    case Case::kBadResourceState: return {"BadResourceState", error.bad_resource_state().message()};
    case Case::kResourceNotFound: return {"ResourceNotFound", error.resource_not_found().resource_id()};
    case Case::kResourceAlreadyExists: return {"ResourceAlreadyExists", error.resource_already_exists().resource_id()};
    case Case::kOutOfRange: return {"OutOfRange", "the limit is " + error.out_of_range().limit()};
    case Case::kPermissionDenied: return {"PermissionDenied", error.permission_denied().resource_id()};
    case Case::kResourceConflict: return {"ResourceConflict", error.resource_conflict().message()};
    case Case::kOperationAborted: return {"OperationAborted", "another operation took its place"};
    case Case::kOperationConflict: return {"OperationConflict", "another operation is under way"};
    case Case::kTooManyRequests: return {"TooManyRequests", error.too_many_requests().violation()};
    case Case::kQuotaFailure:
      return {"QuotaFailure", joined(error.quota_failure().violations(), [&](const auto& each) {
                return named(each.quota(), each.message()) + " (limit " + each.limit() + ", asked for " +
                       each.requested() + ")";
              })};
    case Case::kNotEnoughResources:
      return {"NotEnoughResources", joined(error.not_enough_resources().violations(), [&](const auto& each) {
                return named(each.resource_type(), each.message());
              })};
    case Case::kInternalError: return {"InternalError", ""};
    case Case::DETAILS_NOT_SET: break;
  }
  return {"", ""};
}

/// Nothing in it: an answer without a gRPC status is somebody else's.
Refusal read_refusal(const Response& answer) {
  Refusal said;
  const auto stated = answer.headers.find(grpc_status_header);
  const int code = stated ? parse_number<int>(std::string(*stated)).value_or(grpc_codes::unknown) : 0;
  if (code == 0) return said;
  said.code = name_of_grpc_code(code);
  said.message = answer.headers.find(grpc_message_header).value_or("");
  common::Status status;
  const bool has_details = answer.body.size() <= limits::error_body && status.ParseFromString(answer.body);
  const auto error = has_details ? service_error_in(status) : std::nullopt;
  if (!error) return said;
  const auto [kind, words] = words_of(*error);
  said.code = kind;
  if (!words.empty() && said.message.find(words) == std::string::npos) {
    said.message += (said.message.empty() ? "" : ": ") + words;
  }
  return said;
}

}  // namespace

Dialect dialect() { return {"nebius", read_refusal, rules}; }

Error of_a_change(Error error) {
  if (error.code == "RESOURCE_EXHAUSTED") error.kind = Errc::out_of_quota;
  return error;
}

Response answer_of(const common::Status& status) {
  Response answer;
  answer.status = http_status_of_grpc(status.code(), status.details_size() > 0);
  answer.headers.add(grpc_status_header, std::to_string(status.code()));
  answer.headers.add(grpc_message_header, std::string(status.message()));
  answer.body = status.SerializeAsString();
  return answer;
}

}  // namespace tally::nebius
