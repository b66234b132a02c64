#include "daemon/connect.hpp"

#include <utility>

#include "net/grpc/grpc_transport.hpp"

namespace tally {

std::unique_ptr<HttpClient> connect_over_network(const CredentialConfig& config, HttpContext context) {
  if (config.provider->speaks_grpc) context.transport = make_grpc_transport(context.trust);
  return make_http_client(std::move(context));
}

}  // namespace tally
