// Rows and errors in the words of Shadeform's API v1. Pure.
#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <optional>
#include <string_view>

#include "simcloud/reply.hpp"
#include "simcloud/world.hpp"

namespace tally::simcloud::shadeform_api {

constexpr std::array<std::string_view, 1> os_options = {"ubuntu22.04_cuda12.6_shade_os"};

Reply error(int status, const char* code, const std::string& message);
Reply no_instance();
Reply nothing();  // 200 with an empty body: it is done

/// Of `cloud`, by its shade_instance_type.
std::optional<std::size_t> find_shape(const World& world, std::string_view cloud, std::string_view name);

boost::json::object type_of(const World& world, std::size_t shape);
boost::json::object machine_of(const World& world, const Machine& machine);

}  // namespace tally::simcloud::shadeform_api
