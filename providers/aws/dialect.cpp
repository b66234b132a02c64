#include "providers/aws/dialect.hpp"

#include <array>
#include <pugixml.hpp>

#include "cloud/limits.hpp"
#include "providers/aws/xml.hpp"
#include "runtime/ascii.hpp"
#include "runtime/contains.hpp"

namespace tally::aws {
namespace {

/// The code decides before the status: that there is no capacity comes as a 500.
constexpr std::array rules = {
    // No machine can be had.
    ErrorRule{0, "Insufficient*", Errc::insufficient_resources},
    ErrorRule{0, "UnfulfillableCapacity", Errc::insufficient_resources},
    ErrorRule{0, "SpotMaxPriceTooLow", Errc::insufficient_resources},
    ErrorRule{0, "Unsupported", Errc::insufficient_resources},
    // The account's limits. A rate that is called a limit is none.
    ErrorRule{0, "VolumeModificationRateExceeded", Errc::rate_limited},
    ErrorRule{0, "RequestLimitExceeded", Errc::rate_limited},
    ErrorRule{0, "BandwidthLimitExceeded", Errc::rate_limited},
    ErrorRule{0, "*LimitExceeded", Errc::out_of_quota},
    ErrorRule{0, "MaxSpotInstanceCountExceeded", Errc::out_of_quota},
    ErrorRule{0, "ResourceCountExceeded", Errc::out_of_quota},
    ErrorRule{0, "EC2ThrottledException", Errc::rate_limited},
    ErrorRule{0, "Throttling*", Errc::rate_limited},
    ErrorRule{0, "TooManyRequestsException", Errc::rate_limited},
    ErrorRule{0, "RequestThrottled*", Errc::rate_limited},
    ErrorRule{0, "SlowDown", Errc::rate_limited},
    // What is not there.
    ErrorRule{0, "InvalidInstanceID*", Errc::instance_not_found},
    ErrorRule{0, "InvalidAMIID*", Errc::image_not_found},
    ErrorRule{0, "InvalidParameterValue", Errc::image_not_found, "*imageid*"},
    ErrorRule{0, "InvalidPermission.Duplicate", Errc::duplicate_firewall_rule},
    ErrorRule{0, "InvalidSecurityGroupRuleId.NotFound", Errc::resource_not_found},
    ErrorRule{0, "InvalidPermission.NotFound", Errc::resource_not_found},
    ErrorRule{0, "InvalidGroup.NotFound", Errc::resource_not_found},
    ErrorRule{0, "InvalidSecurityGroupID.NotFound", Errc::resource_not_found},
    ErrorRule{0, "InvalidVolume.NotFound", Errc::resource_not_found},
    ErrorRule{0, "InvalidSubnetID.NotFound", Errc::resource_not_found},
    ErrorRule{0, "InvalidVpcID.NotFound", Errc::resource_not_found},
    ErrorRule{0, "InvalidKeyPair.NotFound", Errc::resource_not_found},
    ErrorRule{0, "InvalidSnapshot.NotFound", Errc::resource_not_found},
    ErrorRule{0, "InvalidAllocationID.NotFound", Errc::resource_not_found},
    ErrorRule{0, "ParameterNotFound", Errc::resource_not_found},
    ErrorRule{0, "NoSuchResourceException", Errc::resource_not_found},
    ErrorRule{0, "NotFoundException", Errc::resource_not_found},
    // What does not go together.
    ErrorRule{0, "InvalidKeyPair.Duplicate", Errc::conflict},
    ErrorRule{0, "InvalidGroup.Duplicate", Errc::conflict},
    ErrorRule{0, "IdempotentParameterMismatch", Errc::conflict},
    ErrorRule{0, "IncorrectInstanceState", Errc::conflict},
    ErrorRule{0, "IncorrectState", Errc::conflict},
    ErrorRule{0, "IncorrectModificationState", Errc::conflict},
    ErrorRule{0, "VolumeInUse", Errc::conflict},
    ErrorRule{0, "InvalidGroup.InUse", Errc::conflict},
    ErrorRule{0, "DependencyViolation", Errc::conflict},
    ErrorRule{0, "OperationNotPermitted", Errc::conflict},
    ErrorRule{0, "UnsupportedOperation", Errc::conflict},
    // Who asks.
    ErrorRule{0, "AuthFailure", Errc::forbidden, "*not authorized for*"},  // an image that is not shared with it
    ErrorRule{0, "AuthFailure", Errc::forbidden, "*resource*"},            // something else of another's
    ErrorRule{0, "AuthFailure", Errc::auth},
    ErrorRule{0, "InvalidClientTokenId", Errc::auth},
    ErrorRule{0, "SignatureDoesNotMatch", Errc::auth},
    ErrorRule{0, "InvalidSignatureException", Errc::auth},
    ErrorRule{0, "UnrecognizedClientException", Errc::auth},
    ErrorRule{0, "ExpiredToken*", Errc::auth},
    ErrorRule{0, "RequestExpired", Errc::auth},
    ErrorRule{0, "RequestTimeTooSkewed", Errc::auth},
    ErrorRule{0, "MissingAuthenticationToken*", Errc::auth},
    ErrorRule{0, "IncompleteSignature*", Errc::auth},
    ErrorRule{0, "UnauthorizedOperation", Errc::forbidden},
    ErrorRule{0, "AccessDenied*", Errc::forbidden},
    ErrorRule{0, "OptInRequired", Errc::forbidden},
    ErrorRule{0, "Blocked", Errc::forbidden},
    ErrorRule{0, "PendingVerification", Errc::forbidden},
    // The vendor is not well.
    ErrorRule{0, "Internal*", Errc::service_unavailable},
    ErrorRule{0, "ServerInternal", Errc::service_unavailable},
    ErrorRule{0, "Unavailable", Errc::service_unavailable},
    ErrorRule{0, "ServiceUnavailable*", Errc::service_unavailable},
    ErrorRule{0, "RequestTimeout", Errc::service_unavailable},
    ErrorRule{404, "*", Errc::invalid_request},
};

/// The first `Error` wherever it stands: EC2, STS and their doubles wrap it differently.
struct FirstError : pugi::xml_tree_walker {
  bool for_each(pugi::xml_node& node) override {
    if (!child_of(node, "Code") || !std::string_view(node.name()).ends_with("Error")) return true;
    found = node;
    return false;
  }
  pugi::xml_node found;
};

Refusal read_xml(const std::string& body) {
  Refusal said;
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size(), pugi::parse_default, pugi::encoding_utf8)) return said;
  FirstError first;
  document.traverse(first);
  if (!first.found) return said;
  said.code = child_of(first.found, "Code").child_value();
  said.message = child_of(first.found, "Message").child_value();
  return said;
}

/// Of AWS Marketplace, which an image is made of.
bool is_about_product(std::string_view message) {
  return ascii::lower(message).find("aws marketplace") != std::string::npos;
}

/// "com.amazonaws.ssm#ParameterNotFound", "ThrottlingException:http://…".
std::string bare_type(std::string_view type) {
  type = type.substr(0, type.find(':'));
  const std::size_t hash = type.rfind('#');
  return std::string(hash == std::string_view::npos ? type : type.substr(hash + 1));
}

Refusal read_json(const Response& answer) {
  Refusal said;
  const auto body = refusal_json(answer.body);
  if (body) {
    said.code = bare_type(body->text_of("__type"));
    said.message = body->text_of("message");
    if (said.message.empty()) said.message = body->text_of("Message");
  }
  const auto header = answer.headers.find("x-amzn-ErrorType");
  if (said.code.empty() && header) said.code = bare_type(*header);
  return said;
}

Refusal read_refusal(const Response& answer) {
  const std::size_t begin = answer.body.find_first_not_of(" \t\r\n");
  const bool is_xml = begin != std::string::npos && answer.body[begin] == '<';
  Refusal said = is_xml && answer.body.size() <= limits::error_body ? read_xml(answer.body) : read_json(answer);
  if (said.code == "OptInRequired") {
    said.advice = is_about_product(said.message)
                      ? "accept the terms of the image's product at AWS Marketplace and subscribe to it"
                      : "subscribe to the service, or enable the region for the account";
  }
  if (said.code == "PendingVerification") said.advice = "AWS verifies the account, which may take some hours";
  if (said.code.starts_with("ExpiredToken")) said.advice = new_session_advice;
  return said;
}

}  // namespace

Dialect dialect() { return {"aws", read_refusal, rules}; }

bool may_mean_skew(std::string_view code) {
  constexpr std::array codes = {"RequestExpired", "AuthFailure", "SignatureDoesNotMatch", "InvalidSignatureException",
                                "RequestTimeTooSkewed"};
  return contains(codes, code);
}

bool may_mean_closed_region(const Error& refusal) {
  if (refusal.code == "OptInRequired") return !is_about_product(refusal.message);
  return refusal.code == "AuthFailure" && refusal.kind == Errc::auth;
}

}  // namespace tally::aws
