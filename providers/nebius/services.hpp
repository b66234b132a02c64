// Nebius's services: which host each is at, and the form of a call. Pure.
#pragma once

#include <string>
#include <string_view>

#include "net/http.hpp"

namespace tally::nebius {

/// What stands for `{service}` in the endpoint. Source: the api_service_name of each service in its protos.
namespace services {
inline constexpr std::string_view tokens = "tokens.iam";
inline constexpr std::string_view iam = "cpl.iam";
inline constexpr std::string_view compute = "compute";
inline constexpr std::string_view vpc = "vpc";
inline constexpr std::string_view quotas = "quota-dispatcher.billing-cpl";
inline constexpr std::string_view capacity = "capacity-advisor.billing-cpl";
inline constexpr std::string_view calculator = "api.calculator.billing-data-plane";
}  // namespace services

/// A method: where it is served, and its path without the slash before it.
struct GrpcMethod {
  std::string_view service;
  std::string_view path;  // "nebius.compute.v1.InstanceService/List"
};

/// An endpoint without `{service}` has all services.
std::string url_of(std::string_view endpoint, std::string_view service, std::string_view path);

/// A call with that message.
Request grpc_call(std::string url, std::string message, Repeat repeat);

}  // namespace tally::nebius
