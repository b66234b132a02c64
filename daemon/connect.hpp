// How the account of a credential reaches its vendor.
#pragma once

#include <functional>
#include <memory>

#include "config/config.hpp"
#include "net/http_client.hpp"

namespace tally {

/// Makes the client of a credential's account. The context's references outlive the client; its budget is the tenant's,
/// which each request of the client waits for, and each of its attempts is told of.
using Connect = std::function<std::unique_ptr<HttpClient>(const CredentialConfig& config, HttpContext context)>;

/// Over the network, by the protocol that the provider speaks.
std::unique_ptr<HttpClient> connect_over_network(const CredentialConfig& config, HttpContext context);

}  // namespace tally
