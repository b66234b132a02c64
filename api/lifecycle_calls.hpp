// The lifecycle calls of the control API: what a body asks for is carried out by the lifecycle service, and what comes
// of it is told. A client that leaves changes nothing: operations are the service's. Loop thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "api/lifecycle_bodies.hpp"
#include "api/routes.hpp"
#include "lifecycle/lifecycle.hpp"
#include "store/reader.hpp"

namespace tally::api {

/// An operation (a row of the view `operations`, or like one) and what it is about: {"operation", "instance"}.
boost::json::object operation_document(boost::json::object row, Reader& reader);

class LifecycleCalls {
 public:
  /// References outlive it; the reader is used on `readers` only.
  LifecycleCalls(lifecycle::Lifecycle& lifecycle, Reader& reader, boost::asio::any_io_executor readers)
      : lifecycle_(lifecycle), reader_(reader), readers_(std::move(readers)) {}

  std::vector<Route> routes();

  /// Waits so long for the end of an operation of the service's; nothing when it knows none of this ID.
  boost::asio::awaitable<std::optional<Response>> show(std::string id, std::chrono::milliseconds patience);

 private:
  using ReadBody = lifecycle::Request (*)(lifecycle::Machine machine, Fields& fields);

  boost::asio::awaitable<Response> create(Call call);
  boost::asio::awaitable<Response> plan(lifecycle::Create create);
  boost::asio::awaitable<Response> act(Call call, ReadBody read);
  boost::asio::awaitable<Response> list_rules(Call call);
  boost::asio::awaitable<Response> carry_out(lifecycle::Request request);
  boost::asio::awaitable<boost::json::object> document_of_progress(lifecycle::Progress progress);

  lifecycle::Lifecycle& lifecycle_;
  Reader& reader_;
  boost::asio::any_io_executor readers_;
};

}  // namespace tally::api
