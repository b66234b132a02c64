#include "tests/simcloud/cloud_site.hpp"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <stdexcept>

namespace tally::fakes {
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

simcloud::Options without_time(simcloud::Options options) {
  options.step = std::chrono::milliseconds(0);
  return options;
}

}  // namespace

simcloud::Options CloudSite::still(const std::string& provider) {
  simcloud::Options options;
  options.provider = provider;
  return options;
}

CloudSite::CloudSite(simcloud::Options options) : cloud_(context_, without_time(std::move(options))) {
  const std::string authority = cloud_.endpoint().substr(std::string("http://").size());
  const std::size_t path = std::min(authority.find('/'), authority.size());
  base_ = authority.substr(path);
  port_ = static_cast<std::uint16_t>(std::stoi(authority.substr(authority.find(':') + 1)));
  thread_ = std::thread([this] { context_.run(); });
}

CloudSite::~CloudSite() {
  asio::post(context_, [this] { cloud_.stop(); });
  thread_.join();
}

WireAnswer CloudSite::ask(const std::string& method, const std::string& target, const json::object& body,
                          const std::string& more_headers) {
  return send(method, base_ + target, body, more_headers);
}

void CloudSite::control(const std::string& what, const json::object& body) {
  const WireAnswer answer = send("POST", "/control/" + what, body, "");
  if (answer.status != 200) throw std::runtime_error(what + ": " + json::serialize(answer.body));
}

int CloudSite::ordered() {
  int count = 0;
  const boost::json::value state = truth();
  for (const boost::json::value& machine : state.at("instances").as_array()) {
    const std::string status = text(machine, "status");
    if (machine.at("is_ordered").as_bool() && status != "terminating" && status != "terminated") ++count;
  }
  return count;
}

WireAnswer CloudSite::send(const std::string& method, const std::string& path, const json::object& body,
                           const std::string& more_headers) {
  const std::string key = simcloud::Options().api_key;
  const std::string text = body.empty() ? "" : json::serialize(body);
  asio::io_context context;
  asio::ip::tcp::socket socket(context);
  socket.connect({asio::ip::address_v4::loopback(), port_});
  boost::system::error_code end;
  asio::write(socket,
              asio::buffer(method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " +
                           key + "\r\nX-API-KEY: " + key + "\r\n" + more_headers +
                           "Content-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text),
              end);
  std::string said;
  asio::read(socket, asio::dynamic_buffer(said), end);
  WireAnswer answer;
  if (said.empty()) return answer;
  answer.status = std::stoi(said.substr(9, 3));
  const std::string rest = said.substr(said.find("\r\n\r\n") + 4);
  boost::system::error_code not_json;
  answer.body = json::parse(rest, not_json);
  return answer;
}

std::string text(const json::value& object, const char* member) {
  const json::value* value = object.is_object() ? object.get_object().if_contains(member) : nullptr;
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

}  // namespace tally::fakes
