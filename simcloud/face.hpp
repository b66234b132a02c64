// A face is how the world looks, and what can be done to it, through one provider's wire API: a table of routes and
// the vendor's own words for what is refused. Free of sockets. A new face is a file in faces/ and a line in faces.inc.
#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "simcloud/faults.hpp"
#include "simcloud/reply.hpp"
#include "simcloud/world.hpp"

namespace tally::simcloud {

/// A request that a route takes.
struct Call {
  World& world;
  const Asked& asked;
  const std::vector<std::string>& names;  // what stands in the path for each part in braces, decoded, in order
  const boost::json::object& body;        // empty when there is none
  const std::vector<Fault>& faults;       // that hit it: rows' faults, out_of_stock and out_of_quota are the face's

  [[nodiscard]] bool is_hit_by(std::string_view kind) const;

  /// Whether a list has the machine: one that was ordered may be missing for a while (lagging_list).
  [[nodiscard]] bool is_listed(const Machine& machine) const;

  /// As the world's, unless a fault has it out of stock or of quota.
  Done<Machine*> launch(const Order& order, const std::string& token = "");
};

struct Route {
  std::string_view method;
  std::string_view path;       // below the face's base; "/instances/{id}"
  std::string_view operation;  // what faults call it: "launch"
  Reply (*answer)(Call& call);
};

enum class Refusal { unauthorized, no_such_path, wrong_method, bad_body };

struct Face {
  std::string_view provider;  // as tallyd's config names it
  std::string_view base;      // path below which the API lives: "/api/v1"
  std::vector<Route> routes;  // the first that fits
  bool (*is_allowed)(const Asked& asked, const std::string& api_key);
  Reply (*refuse)(Refusal why);

  /// Which file among a vendor's recorded replies answers GET `path` (below `base`); nullptr: there are none.
  std::filesystem::path (*recording)(const std::filesystem::path& folder, const std::string& path) = nullptr;
};

#define TALLY_FACE(name) const Face& name##_face();
#include "simcloud/faces.inc"
#undef TALLY_FACE

const std::vector<const Face*>& faces();

/// nullptr when the simulated cloud does not speak that provider's API.
const Face* find_face(std::string_view provider);

/// The operation that a request is for; "" when the face has none.
std::string_view operation_of(const Face& face, const Asked& asked);

/// What the vendor answers, once it has done what was asked.
Reply answer(const Face& face, World& world, const std::string& api_key, const Asked& asked,
             const std::vector<Fault>& faults);

}  // namespace tally::simcloud
