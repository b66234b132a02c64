// Unary gRPC calls as requests of an HttpClient, so that budget, deadlines, retries, tokens and metrics are one for all
// vendors. A request: POST https://host:port/package.Service/Method, its body the message's bytes; headers of it are
// metadata, their names in lower case. An answer: 200 and the message's bytes; else the status that Google's API guide
// gives the call's code, with the headers of codes.hpp and, if the server sent details, a google.rpc.Status as the
// body. gRPC's headers stay in the .cpp file.
#pragma once

#include <memory>

#include "net/tls.hpp"
#include "net/transport.hpp"

namespace tally {

/// One channel for each server, made when it is first called and again when the authorities change on disk. Calls end
/// on gRPC's threads and come back by a post. When the transport goes away it cancels what is on its way and waits
/// until gRPC has let go of all of it.
std::shared_ptr<Transport> make_grpc_transport(std::shared_ptr<TlsTrust> trust);

}  // namespace tally
