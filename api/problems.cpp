#include "api/problems.hpp"

#include <chrono>

namespace tally::api {
namespace json = boost::json;
namespace {

int status_of(Errc kind) {
  switch (kind) {
    case Errc::invalid_request: return 400;
    case Errc::instance_not_found:
    case Errc::resource_not_found:
    case Errc::image_not_found: return 404;
    case Errc::conflict:
    case Errc::duplicate_firewall_rule: return 409;
    case Errc::forbidden:
    case Errc::out_of_quota: return 403;
    case Errc::not_implemented: return 501;
    case Errc::rate_limited: return 429;
    case Errc::auth: return 502;
    case Errc::insufficient_resources:
    case Errc::service_unavailable: return 503;
    case Errc::internal: break;
  }
  return 500;
}

json::object document_about(const Error& error) {
  json::object document = problem_document(status_of(error.kind), detail_of(error));
  document["kind"] = to_string(error.kind);
  if (error.kind == Errc::image_not_found) document["parameter"] = "image_id";  // whoever notices
  if (!error.provider.empty()) document["provider"] = error.provider;
  if (error.status != 0) document["provider_status"] = error.status;
  if (!error.code.empty()) document["provider_code"] = error.code;
  if (error.retry_after) {
    document["retry_after_s"] = std::chrono::ceil<std::chrono::seconds>(*error.retry_after).count();
  }
  return document;
}

/// What the journal keeps of it.
Error error_of(const OperationRecord& operation) {
  Error error;
  for (int each = 0; each <= static_cast<int>(Errc::internal); ++each) {
    if (to_string(static_cast<Errc>(each)) == operation.error_kind) error.kind = static_cast<Errc>(each);
  }
  error.message = operation.error;
  return error;
}

}  // namespace

std::string detail_of(const Error& error) {
  return with_advice(error.message.empty() ? std::string(to_string(error.kind)) : error.message, error.advice);
}

Response problem_of(const Error& error) { return problem(status_of(error.kind), document_about(error)); }

Response problem_of(const lifecycle::Refusal& refusal) {
  json::object document = document_about(refusal.error);
  if (!refusal.parameter.empty()) document["parameter"] = refusal.parameter;
  return problem(status_of(refusal.error.kind), document);
}

Response problem_of(const lifecycle::Progress& progress) {
  const Error error = progress.error ? *progress.error : error_of(progress.operation);
  json::object document = document_about(error);
  document["operation_id"] = progress.operation.id;
  return problem(status_of(error.kind), document);
}

}  // namespace tally::api
