// One request and its answer on the control socket, free of sockets and of Beast.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/peer.hpp"

namespace tally::api {

struct Request {
  std::string method;
  std::vector<std::string> path;             // segments, percent-decoded: {"v1", "instances", "prod", "i-1"}
  std::map<std::string, std::string> query;  // percent-decoded; each name once
  std::string host;                          // whom it is meant for, as it says: "localhost:9714"; "" when it does not
  std::optional<std::string> last_event_id;  // the header of that name
  std::string body;
  Peer peer;
};

/// What a stream sends, piece by piece. Ends when the peer goes away or the daemon stops.
class Stream {
 public:
  virtual ~Stream() = default;
  /// Waits for the next piece, about a second at most: empty when there is none yet.
  virtual boost::asio::awaitable<std::string> next() = 0;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::string allow;               // of a 405: the methods that are allowed
  std::string location;            // of a 202: where what goes on can be followed
  std::unique_ptr<Stream> stream;  // set: `body` is unused
};

/// Answers one request. May suspend; is cancelled when the daemon stops.
using Handler = std::function<boost::asio::awaitable<Response>(Request request)>;

/// An RFC 9457 problem document, to be extended.
boost::json::object problem_document(int status, const std::string& detail);
Response problem(int status, const boost::json::object& document);

/// An RFC 9457 problem: `detail` for a person; when a parameter is at fault, `detail` goes on from its name.
Response problem(int status, const std::string& detail, const std::string& parameter = "");

}  // namespace tally::api
