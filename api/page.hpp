// A page of a resource: what a request asks for as SQL, and the rows as an answer. Pure but for the query.
#pragma once

#include "api/message.hpp"
#include "store/resources.hpp"

namespace tally::api {

/// The page that the request's filters, `limit` and `after` name: {"items": [...], "next": cursor or null}. Any thread,
/// with a reader of its own. 400 for a parameter that the resource does not have or whose value is wrong.
Response read_page(const Resource& resource, const Request& request, Reader& reader);

/// The row whose keys are these, or 404.
Response read_row(const Resource& resource, const std::vector<std::string>& keys, Reader& reader);

}  // namespace tally::api
