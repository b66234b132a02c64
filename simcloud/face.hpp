// A face is how the world looks, and what can be done to it, through one provider's wire API: a table of routes and
// the vendor's own words for what is refused. Free of sockets. A new face is a file in faces/ and a line in faces.inc.
#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cloud/credential.hpp"
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
  const std::vector<Fault>& faults;       // that hit it: those of rows are the face's

  [[nodiscard]] bool is_hit_by(std::string_view kind) const;

  /// Whether a list has the machine: one that was ordered may be missing for a while (lagging_list, unseen).
  [[nodiscard]] bool is_listed(const Machine& machine) const;
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

  /// The operation of a request whose body says it, where one route takes several; "" for all others.
  std::string_view (*operation)(const Asked& asked) = nullptr;

  // The credential that is let in, as tallyd's config names its fields: the one that holds the key, the one that holds
  // the address of the face where that is not the endpoint, and what else must be there and may say anything.
  std::string_view key_field = "api_key";
  std::string_view url_field = {};
  std::vector<std::pair<std::string_view, std::string_view>> credential = {};
  GivenOptions options = {};  // without which the account does not create
};

/// One that the face lets in and can create with, without a reference. `address` is where the face is: its endpoint,
/// which stays empty where a field has it.
Credential credential_at(const Face& face, const std::string& address, const std::string& api_key);

/// As most vendors have it: "Authorization: Bearer KEY".
bool has_bearer(const Asked& asked, const std::string& api_key);

/// A face's routes, written down in two files.
std::vector<Route> joined(std::vector<Route> first, const std::vector<Route>& more);

#define TALLY_FACE(name) const Face& name##_face();
#include "simcloud/faces.inc"
#undef TALLY_FACE

const std::vector<const Face*>& faces();

/// nullptr when the simulated cloud does not speak that provider's API.
const Face* find_face(std::string_view provider);

/// The operation that a request is for; "" when the face has none.
std::string_view operation_of(const Face& face, const Asked& asked);

/// What the vendor answers, once it has done what was asked, with whatever trouble the faults make.
Reply answer(const Face& face, World& world, const std::string& api_key, const Asked& asked,
             const std::vector<Fault>& faults);

}  // namespace tally::simcloud
