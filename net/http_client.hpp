// The HttpClient in use: a keep-alive pool, the tenant's budget, retries of safe calls. One per credential.
#pragma once

#include <memory>

#include "cloud/budget.hpp"
#include "net/http.hpp"
#include "net/proxy.hpp"
#include "net/tls.hpp"
#include "runtime/clock.hpp"
#include "runtime/rng.hpp"

namespace tally {

/// Used on the loop; the references outlive the client. `proxies` say which calls go through a proxy.
std::unique_ptr<HttpClient> make_http_client(std::shared_ptr<TlsTrust> trust, Budget& budget, Clock& clock, Rng& rng,
                                             ProxyRules proxies = {});

}  // namespace tally
