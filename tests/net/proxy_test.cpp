// Which calls go through a proxy, and that a tunnel changes nothing about whom TLS trusts.
#include "net/proxy.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "net/connection.hpp"
#include "net/http.hpp"
#include "net/tls.hpp"
#include "tests/fakes/run_task.hpp"
#include "tests/net/servers.hpp"

namespace tally::proxy_test {
using namespace tally::fakes;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using tcp = asio::ip::tcp;

namespace {

bool is_proxied(const std::string& url, const std::string& exceptions, const std::string& proxy = "http://p:3128") {
  const auto rules = ProxyRules::parse(proxy, exceptions);
  REQUIRE(rules);
  return rules->for_url(*parse_http_url(url)) != nullptr;
}

/// Serves one connection: answers CONNECT with `reply`, then carries bytes both ways.
class TunnelProxy {
 public:
  explicit TunnelProxy(std::string reply) : reply_(std::move(reply)), thread_([this] { serve(); }) {}
  ~TunnelProxy() { thread_.join(); }
  [[nodiscard]] Proxy address() const {
    return {"127.0.0.1", std::to_string(acceptor_.local_endpoint().port()), Secret("Basic dTpwdw==")};
  }
  [[nodiscard]] const std::string& request() const { return request_; }

 private:
  void serve() {
    boost::system::error_code failure;
    tcp::socket client(context_);
    acceptor_.accept(client, failure);
    const std::size_t size = asio::read_until(client, asio::dynamic_buffer(request_), "\r\n\r\n", failure);
    request_.resize(size);
    asio::write(client, asio::buffer(reply_), failure);
    if (failure || reply_.find(" 200 ") == std::string::npos) return;
    const std::string origin = request_.substr(8, request_.find(" HTTP") - 8);
    tcp::socket server(context_);
    server.connect(tcp::endpoint(asio::ip::address_v4::loopback(),
                                 static_cast<std::uint16_t>(std::stoi(origin.substr(origin.find(':') + 1)))),
                   failure);
    std::thread back([&] { pump(server, client); });
    pump(client, server);
    back.join();
  }
  static void pump(tcp::socket& from, tcp::socket& to) {
    char piece[4096];
    boost::system::error_code failure;
    for (;;) {
      const std::size_t size = from.read_some(asio::buffer(piece), failure);
      if (failure) break;
      asio::write(to, asio::buffer(piece, size), failure);
      if (failure) break;
    }
    to.shutdown(tcp::socket::shutdown_both, failure);
    from.shutdown(tcp::socket::shutdown_both, failure);
  }

  std::string reply_;
  std::string request_;
  asio::io_context context_;
  tcp::acceptor acceptor_{context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::thread thread_;
};

asio::awaitable<Result<std::string>> fetch(std::shared_ptr<const Call> call, std::shared_ptr<asio::ssl::context> tls) {
  auto connection = co_await open_connection(call, tls);
  Error error;
  if (!connection) {
    error.message = connection.error().message;
    co_return tl::unexpected(error);
  }
  auto answer = co_await (*connection)->exchange(call);
  if (!answer) {
    error.message = answer.error().message;
    co_return tl::unexpected(error);
  }
  co_return answer->body.pieces.at(0);
}

Result<std::string> fetch_through(const Proxy& proxy, const std::string& url, const std::string& ca_file) {
  asio::io_context context;
  TlsContexts contexts;
  Request request;
  request.url = url;
  auto call = std::make_shared<Call>();
  call->request = outgoing(request).value();
  call->proxy = &proxy;
  call->body_limit = request.body_limit;
  call->bodies = std::make_shared<BodiesInFlight>();
  return run_task(context, fetch(call, contexts.get(ca_file)->current()));
}

const std::string hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

}  // namespace

TEST_CASE("https goes through the proxy but for its exceptions", "[net][proxy]") {
  CHECK(is_proxied("https://api.example.com/", ""));
  CHECK_FALSE(is_proxied("https://api.example.com/", "", ""));
  CHECK_FALSE(is_proxied("https://api.example.com/", "*"));
  CHECK_FALSE(is_proxied("https://api.example.com/", "other.org, Example.COM"));
  CHECK_FALSE(is_proxied("https://api.example.com/", ".example.com"));
  CHECK_FALSE(is_proxied("https://API.example.com/", "api.example.com"));
  CHECK_FALSE(is_proxied("https://api.example.com./", "example.com"));
  CHECK_FALSE(is_proxied("https://api.example.com/", "example.com."));
  CHECK(is_proxied("https://notexample.com/", "example.com"));
  CHECK(is_proxied("https://example.com.evil.org/", "example.com"));
  CHECK_FALSE(is_proxied("https://api.example.com:8443/", "example.com:8443"));
  CHECK(is_proxied("https://api.example.com/", "example.com:8443"));
  CHECK_FALSE(is_proxied("https://10.1.2.3/", "10.0.0.0/8"));
  CHECK(is_proxied("https://11.1.2.3/", "10.0.0.0/8"));
  CHECK_FALSE(is_proxied("https://10.1.2.3/", "10.1.2.3"));
  CHECK_FALSE(is_proxied("https://[2001:db8::1]/", "2001:db8::/32"));
  CHECK_FALSE(is_proxied("https://[2001:db8::1]:99/", "[2001:db8::1]:99"));
  CHECK(is_proxied("https://api.example.com/", " , ,"));
}

TEST_CASE("this machine is never reached through a proxy", "[net][proxy]") {
  for (const std::string url :
       {"https://127.0.0.1/", "https://localhost/", "https://LOCALHOST./", "https://[::1]/", "http://127.0.0.1/"}) {
    CHECK_FALSE(is_proxied(url, ""));
  }
}

TEST_CASE("a proxy's address is read with and without its parts", "[net][proxy]") {
  const HttpUrl url = *parse_http_url("https://api.example.com/");
  const auto bare = ProxyRules::parse("proxy.example:3128", "");
  REQUIRE(bare);
  CHECK(bare->for_url(url)->host == "proxy.example");
  CHECK(bare->for_url(url)->port == "3128");
  CHECK(bare->for_url(url)->authorization.empty());
  const auto full = ProxyRules::parse("http://us%40er:p%3Aw@[2001:db8::5]", "");
  REQUIRE(full);
  CHECK(full->for_url(url)->host == "2001:db8::5");
  CHECK(full->for_url(url)->port == "80");
  CHECK(full->for_url(url)->authorization.reveal() == "Basic dXNAZXI6cDp3");
}

TEST_CASE("a proxy that cannot be used is named without its password", "[net][proxy]") {
  for (const std::string proxy :
       {"socks5://u:canary@p:1080", "https://u:canary@p", "http://u:canary@", "http://u:canary@p:x"}) {
    INFO(proxy);
    const auto rules = ProxyRules::parse(proxy, "");
    REQUIRE_FALSE(rules);
    CHECK(to_text(rules.error()).find("canary") == std::string::npos);
  }
}

TEST_CASE("through a tunnel the vendor is verified, not the proxy", "[net][proxy]") {
  const Certificates certificates;
  TlsServer server(certificates, "good", {{hello}});
  TunnelProxy proxy("HTTP/1.1 200 Connection established\r\n\r\n");
  const Proxy address = proxy.address();
  const auto body = fetch_through(address, server.url("/"), certificates.ca_file());
  REQUIRE(body);
  CHECK(*body == "hello");
  CHECK(proxy.request().starts_with("CONNECT " + server.address() + " HTTP/1.1\r\n"));
  CHECK(proxy.request().find("Proxy-Authorization: Basic dTpwdw==\r\n") != std::string::npos);
  CHECK(server.requests().at(0).find("Proxy-") == std::string::npos);
}

TEST_CASE("a tunnel to a server of the wrong name is not trusted", "[net][proxy]") {
  const Certificates certificates;
  TlsServer server(certificates, "wrong-host", {{hello}});
  TunnelProxy proxy("HTTP/1.1 200 OK\r\n\r\n");
  const Proxy address = proxy.address();
  const auto body = fetch_through(address, server.url("/"), certificates.ca_file());
  REQUIRE_FALSE(body);
  CHECK_THAT(body.error().message, Catch::Contains("not trusted"));
}

TEST_CASE("a proxy that opens no tunnel is named with its reason", "[net][proxy]") {
  const std::string status = GENERATE("407 Proxy Authentication Required", "403 Forbidden", "502 Bad Gateway");
  TunnelProxy proxy("HTTP/1.1 " + status + "\r\nContent-Length: 3\r\n\r\nno!");
  const Proxy address = proxy.address();
  const auto body = fetch_through(address, "https://127.0.0.1:9/", "");
  REQUIRE_FALSE(body);
  CHECK_THAT(body.error().message,
             Catch::Contains("proxy 127.0.0.1:" + address.port) && Catch::Contains(status.substr(0, 3)));
  CHECK_THAT(body.error().message, !Catch::Contains("dTpwdw"));
}

TEST_CASE("a proxy whose answer never ends is given up", "[net][proxy]") {
  TunnelProxy proxy("HTTP/1.1 403 Forbidden\r\nX-Reason: " + std::string(1 << 20, 'r'));
  const Proxy address = proxy.address();
  const auto body = fetch_through(address, "https://127.0.0.1:9/", "");
  REQUIRE_FALSE(body);
  CHECK_THAT(body.error().message, Catch::Contains("CONNECT: more bytes around the body"));
}

TEST_CASE("bytes that come before the tunnel was used are refused", "[net][proxy]") {
  TunnelProxy proxy("HTTP/1.1 200 OK\r\n\r\nsmuggled");
  const Proxy address = proxy.address();
  CHECK_FALSE(fetch_through(address, "https://127.0.0.1:9/", ""));
}

}  // namespace tally::proxy_test
