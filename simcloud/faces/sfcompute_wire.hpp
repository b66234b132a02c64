// Rows, pages and errors in the words of SF Compute's preview API v2, and what of the world is sold there: a SKU is a
// type in a region, and only those with GPUs of the H series on SXM are sold. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <optional>
#include <string>

#include "simcloud/face.hpp"

namespace tally::simcloud::sfcompute_api {

struct Sku {
  std::size_t shape = 0;
  std::size_t region = 0;
};

bool is_sold(const Shape& shape);
std::string sku_id(const Sku& sku);

/// Of an ID or an alias; nothing when it is none of those that are sold.
std::optional<Sku> find_sku(const World& world, const std::string& name);

Reply error(int status, const char* type, const std::string& message);

/// The page that the request's `limit` and `starting_after` name. Rows are in the order of their IDs.
Reply page(const Call& call, const std::map<std::string, boost::json::object>& rows);

boost::json::object sku_of(const World& world, const Sku& sku);
std::string image_name(const Image& image);
std::string image_path(const Image& image);
boost::json::object image_of(const Image& image);
const char* status_of(MachineStatus status);
boost::json::object machine_of(const World& world, const Machine& machine);

}  // namespace tally::simcloud::sfcompute_api
