// What an HTTP message asks for, or why it is refused. Pure; free of sockets.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>
#include <optional>

#include "api/message.hpp"

namespace tally::api {

using HttpRequest = boost::beast::http::request<boost::beast::http::string_body>;

/// The request, or why it cannot be read.
struct Understood {
  Request request;
  std::optional<Response> refusal;
};

/// Path, parameters and headers of a message that came whole. A refusal leaves the connection usable.
Understood understand(const HttpRequest& message);

/// Why a message whose header came may not go on: where its body ends is then in doubt, so the connection must end.
std::optional<Response> refusal_of(const HttpRequest& header);

/// The answer to a message that is not HTTP or breaks a limit; nothing when the peer just went away.
std::optional<Response> refusal_of(const boost::system::error_code& failure);

}  // namespace tally::api
