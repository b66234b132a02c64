// A page of a resource: what a request asks for as SQL, and the rows as an answer. Pure but for the query.
#pragma once

#include <optional>
#include <string_view>

#include "api/message.hpp"
#include "store/resources.hpp"

namespace tally::api {

/// The parameters that a page of it takes: `limit`, `after` and the resource's filters.
std::vector<std::string> parameters_of(const Resource& resource);

/// The page that the request's filters, `limit` and `after` name: {"items": [...], "next": cursor or null}. Any thread,
/// with a reader of its own. 400 for a parameter whose value is wrong; the request has none but parameters_of().
Response read_page(const Resource& resource, const Request& request, Reader& reader);

/// The row whose keys are these.
std::optional<boost::json::object> find_row(std::string_view resource, const std::vector<std::string>& keys,
                                            Reader& reader);

}  // namespace tally::api
