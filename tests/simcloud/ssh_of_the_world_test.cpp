// The whole simulated cloud with SSH: what its world does is what a client meets.
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <boost/system/system_error.hpp>
#include <catch2/catch.hpp>
#include <map>
#include <thread>

#include "simcloud/simcloud.hpp"
#include "tests/simcloud/ssh_site.hpp"

using namespace tally;
using namespace tally::fakes;
using namespace tally::simcloud;
namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;

namespace {

struct Seen {
  std::string status;
  std::string address;
};

class CloudSite {
 public:
  explicit CloudSite(Options options)
      : cloud_(context_, with_ssh(std::move(options))), thread_([this] { context_.run(); }) {}
  ~CloudSite() {
    asio::post(context_, [this] { cloud_.stop(); });
    thread_.join();
  }
  CloudSite(const CloudSite&) = delete;
  CloudSite& operator=(const CloudSite&) = delete;

  json::value ask(http::verb verb, const std::string& path, const json::object& body = {}) {
    const std::string authority = cloud_.endpoint().substr(std::string("http://").size());
    const std::string port = authority.substr(authority.find(':') + 1);
    asio::io_context context;
    asio::ip::tcp::socket socket(context);
    socket.connect({asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(std::stoi(port))});
    http::request<http::string_body> request(verb, path, 11, json::serialize(body));
    request.set("X-API-KEY", Options().api_key);
    request.prepare_payload();
    http::write(socket, request);
    boost::beast::flat_buffer buffer;
    http::response<http::string_body> response;
    http::read(socket, buffer, response);
    REQUIRE(response.result_int() == 200);
    return json::parse(response.body());
  }

  void step() { ask(http::verb::post, "/control/step"); }
  void disturb(const std::string& instance, const std::string& fault) {
    ask(http::verb::post, "/control/ssh", {{"instance", instance}, {"fault", fault}});
  }

  std::map<std::string, Seen> machines() {
    std::map<std::string, Seen> list;
    const json::value truth = ask(http::verb::get, "/control/truth");
    for (const json::value& row : truth.at("instances").as_array()) {
      list[json::value_to<std::string>(row.at("id"))] = {json::value_to<std::string>(row.at("status")),
                                                         json::value_to<std::string>(row.at("ip"))};
    }
    return list;
  }

  /// Steps until some instance is active; its ID.
  std::string await_active() {
    for (;; step()) {
      for (const auto& [id, seen] : machines()) {
        if (seen.status == "active") return id;
      }
    }
  }

  [[nodiscard]] bool is_refused(const std::string& address) {
    asio::io_context context;
    asio::ip::tcp::socket socket(context);
    boost::system::error_code failure;
    socket.connect({asio::ip::make_address(address), port()}, failure);
    return failure == asio::error::connection_refused;
  }

  [[nodiscard]] std::string host_key(const std::string& address) { return SshClient::host_key(address, port()); }
  [[nodiscard]] std::uint16_t port() const { return cloud_.ssh_port(); }

 private:
  static Options with_ssh(Options options) {
    options.step = std::chrono::milliseconds(0);
    if (!options.ssh) options.ssh = SshOptions();
    return options;
  }

  asio::io_context context_{1};
  SimCloud cloud_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("an instance answers over SSH from when it is active until it ends", "[simcloud]") {
  CloudSite site{Options()};
  const std::string id = site.await_active();
  const std::string address = site.machines()[id].address;
  CHECK_FALSE(site.is_refused(address));
  while (site.machines()[id].status == "active") site.step();
  CHECK(site.is_refused(address));
}

TEST_CASE("rows carry the address and the port at which an instance answers", "[simcloud]") {
  Options options;
  options.provider = "shadeform";
  CloudSite site(options);
  const std::string id = site.await_active();
  const json::value row = site.ask(http::verb::get, "/v1/instances/" + id + "/info");
  CHECK(row.at("ssh_port").to_number<int>() == site.port());
  CHECK(json::value_to<std::string>(row.at("ip")) == site.machines()[id].address);
}

TEST_CASE("the control interface makes one instance, or all, misbehave over SSH", "[simcloud]") {
  CloudSite site{Options()};
  const std::string id = site.await_active();
  const std::string address = site.machines()[id].address;

  const std::string key = site.host_key(address);
  site.disturb(id, "host_key");
  CHECK(site.host_key(address) != key);

  site.disturb(id, "unreachable");
  CHECK(site.is_refused(address));
  site.disturb("", "none");
  CHECK_FALSE(site.is_refused(address));
}

TEST_CASE("with scripted trouble one instance never answers, and one changes its host key after a while",
          "[simcloud]") {
  WorldOptions options;
  options.has_ssh_trouble = true;
  options.instances = 24;
  World world(options);
  std::set<std::string> silent;
  std::map<std::string, int> ages_at_reinstallation;
  for (int step = 0; step < 40; ++step) {
    world.step();
    for (const auto& [id, machine] : world.machines()) {
      if (machine.ssh_fault == SshFault::silent) silent.insert(id);
      if (machine.installations > 0) ages_at_reinstallation.emplace(id, machine.age);
    }
  }
  CHECK_FALSE(silent.empty());
  REQUIRE_FALSE(ages_at_reinstallation.empty());
  for (const auto& [id, age] : ages_at_reinstallation) CHECK(age >= 10);
}
