// The event log as server-sent events: from any event on, then as they are written. Loop thread; reads happen on the
// readers' thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <filesystem>

#include "api/message.hpp"
#include "runtime/clock.hpp"
#include "store/catalog_writer.hpp"
#include "store/resources.hpp"

namespace tally::api {

/// Where a stream reads, and how it learns that there may be something new. References outlive the stream.
struct EventSource {
  Reader& reader;  // used on `readers` only
  boost::asio::any_io_executor readers;
  const CatalogWriter& writer;
  Clock& clock;
};

/// The parameters that a stream takes; all but `after` are columns that filter.
const std::vector<std::string>& event_parameters();

/// A stream of the events after the one that the request names (`after`, else Last-Event-ID), else of those to come.
/// Answers a problem for wrong values; the request has none but event_parameters().
boost::asio::awaitable<Response> stream_events(EventSource source, Request request);

}  // namespace tally::api
