// Rows, pages and errors in the words of NVIDIA Launchpad's API. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "simcloud/face.hpp"

namespace tally::simcloud::launchpad_api {

Reply detail(int status, const std::string& text);

/// That a field of a request is wrong.
Reply wrong_field(const std::string& field, const std::string& why);

/// The page that the request's `page` and `page_size` name; one past the end is a 404.
Reply page(const Call& call, const std::vector<boost::json::object>& rows);

/// Rows of a type tell themselves apart by cloud, GPU, count and workshop.
std::string cloud_of(std::size_t shape);
std::string workshop_of(const Shape& shape);  // "" none
std::optional<std::size_t> find_shape(const World& world, const std::string& cloud, const std::string& gpu, int gpus,
                                      const std::string& workshop);

boost::json::object type_of(const World& world, std::size_t shape);
const char* state_of(const Machine& machine);

/// With its cluster as an object, or as a mere ID.
boost::json::object deployment_of(const World& world, const Machine& machine, bool is_expanded);

}  // namespace tally::simcloud::launchpad_api
