// A simulated cloud on a thread of its own that moves when told to, and a client of its API.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <thread>

#include "simcloud/simcloud.hpp"

namespace tally::fakes {

struct WireAnswer {
  int status = 0;  // 0: hung up on without a word
  boost::json::value body;
};

class CloudSite {
 public:
  explicit CloudSite(const std::string& provider) : CloudSite(still(provider)) {}
  explicit CloudSite(simcloud::Options options);
  ~CloudSite();
  CloudSite(const CloudSite&) = delete;
  CloudSite& operator=(const CloudSite&) = delete;

  /// A request below the API's base, with the key in every way that some vendor wants it.
  WireAnswer ask(const std::string& method, const std::string& target, const boost::json::object& body = {},
                 const std::string& more_headers = "");
  WireAnswer get(const std::string& target) { return ask("GET", target); }
  WireAnswer post(const std::string& target, const boost::json::object& body = {}) { return ask("POST", target, body); }

  /// POST /control/WHAT; throws when it is refused.
  void control(const std::string& what, const boost::json::object& body = {});
  void clear_faults() { send("DELETE", "/control/fault", {}, ""); }
  boost::json::value truth() { return send("GET", "/control/truth", {}, "").body; }
  /// How often each operation of the face was asked for.
  boost::json::value operations() { return send("GET", "/control/operations", {}, "").body; }
  /// Machines that calls have made, and that have not ended.
  int ordered();
  void step(int count = 1) { control("step", {{"n", count}}); }

  /// A type and a region that are in stock together.
  void stock(const std::string& type, const std::string& region) {
    control("stock", {{"type", type}, {"region", region}});
  }

  /// What a credential's endpoint is set to.
  [[nodiscard]] std::string endpoint() const { return cloud_.endpoint(); }
  [[nodiscard]] std::uint16_t ssh_port() const { return cloud_.ssh_port(); }

 private:
  static simcloud::Options still(const std::string& provider);
  WireAnswer send(const std::string& method, const std::string& path, const boost::json::object& body,
                  const std::string& more_headers);

  boost::asio::io_context context_{1};
  simcloud::SimCloud cloud_;
  std::string base_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

/// The text of a member, or "".
std::string text(const boost::json::value& object, const char* member);

}  // namespace tally::fakes
