// The HttpClient in use: a keep-alive pool, the tenant's budget, retries of safe calls. One per credential.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "cloud/budget.hpp"
#include "cloud/clock.hpp"
#include "cloud/rng.hpp"
#include "net/http.hpp"
#include "net/proxy.hpp"
#include "net/tls.hpp"

namespace tally {

/// `executor` is the loop; the references outlive the client. `proxies` say which calls go through a proxy.
std::unique_ptr<HttpClient> make_http_client(boost::asio::any_io_executor executor,
                                             std::shared_ptr<boost::asio::ssl::context> tls, Budget& budget,
                                             Clock& clock, Rng& rng, ProxyRules proxies = {});

}  // namespace tally
