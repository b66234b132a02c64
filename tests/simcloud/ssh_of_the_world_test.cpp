// The whole simulated cloud with SSH: what its world does is what a client meets.
#include <boost/asio/ip/tcp.hpp>
#include <boost/json/array.hpp>
#include <boost/system/system_error.hpp>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "simcloud/world.hpp"
#include "tests/simcloud/cloud_site.hpp"
#include "tests/simcloud/ssh_site.hpp"

namespace tally::ssh_of_the_world_test {
using namespace tally::fakes;
using namespace tally::simcloud;
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

struct Seen {
  std::string status;
  std::string address;
};

class SshCloud : public CloudSite {
 public:
  explicit SshCloud(Options options) : CloudSite(with_ssh(std::move(options))) {}

  void disturb(const std::string& instance, const std::string& fault) {
    control("ssh", {{"instance", instance}, {"fault", fault}});
  }

  std::map<std::string, Seen> machines() {
    std::map<std::string, Seen> list;
    const json::value state = truth();
    for (const json::value& row : state.at("instances").as_array()) {
      list[text(row, "id")] = {text(row, "status"), text(row, "ip")};
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
    socket.connect({asio::ip::make_address(address), ssh_port()}, failure);
    return failure == asio::error::connection_refused;
  }

  [[nodiscard]] std::string host_key(const std::string& address) { return SshClient::host_key(address, ssh_port()); }

 private:
  static Options with_ssh(Options options) {
    if (!options.ssh) options.ssh = SshOptions();
    return options;
  }
};

}  // namespace

TEST_CASE("an instance answers over SSH from when it is active until it ends", "[simcloud]") {
  SshCloud site{Options()};
  const std::string id = site.await_active();
  const std::string address = site.machines()[id].address;
  CHECK_FALSE(site.is_refused(address));
  while (site.machines()[id].status == "active") site.step();
  CHECK(site.is_refused(address));
}

TEST_CASE("rows carry the address and the port at which an instance answers", "[simcloud]") {
  Options options;
  options.provider = "shadeform";
  SshCloud site(options);
  const std::string id = site.await_active();
  const json::value row = site.get("/instances/" + id + "/info").body;
  CHECK(row.at("ssh_port").to_number<int>() == site.ssh_port());
  CHECK(text(row, "ip") == site.machines()[id].address);
}

TEST_CASE("the control interface makes one instance, or all, misbehave over SSH", "[simcloud]") {
  SshCloud site{Options()};
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
  simcloud::World world(options);
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

}  // namespace tally::ssh_of_the_world_test
