#include "simcloud/face.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <optional>

#include "runtime/path_pattern.hpp"

namespace tally::simcloud {

namespace {

using Names = std::vector<std::string>;

struct Found {
  const Route* route = nullptr;
  Names names;
  bool has_path = false;  // some route has that path, whatever its method
};

Found find_route(const Face& face, const Asked& asked) {
  Found found;
  if (!asked.path.starts_with(face.base)) return found;
  const std::vector<std::string> path = segments_of(asked.path.substr(face.base.size()));
  for (const Route& route : face.routes) {
    std::optional<Names> names = match_path(route.path, path);
    if (!names) continue;
    found.has_path = true;
    if (route.method != asked.method) continue;
    found.route = &route;
    found.names = std::move(*names);
    break;
  }
  return found;
}

/// Nothing when it is no object.
std::optional<boost::json::object> parse_body(const std::string& text) {
  if (text.empty()) return boost::json::object();
  boost::system::error_code failure;
  boost::json::value value = boost::json::parse(text, failure);
  if (failure || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

const Fault* find_fault(const std::vector<Fault>& faults, std::string_view kind) {
  const auto at = std::find_if(faults.begin(), faults.end(), [kind](const Fault& fault) { return fault.kind == kind; });
  return at == faults.end() ? nullptr : &*at;
}

Trouble trouble_of(const std::vector<Fault>& faults) {
  const auto is = [&faults](std::string_view kind) { return find_fault(faults, kind) != nullptr; };
  const auto steps = [&faults](std::string_view kind) {
    const Fault* fault = find_fault(faults, kind);
    return fault == nullptr ? 0 : fault->steps;
  };
  Trouble trouble;
  trouble.is_out_of_stock = is("out_of_stock");
  trouble.is_out_of_quota = is("out_of_quota");
  trouble.is_failing_later = is("fails_later");
  trouble.is_doubled = is("two_ids");
  trouble.is_key_name_taken = is("key_name_taken");
  trouble.steps_unseen = steps("unseen");
  trouble.more_steps_to_end = steps("slow_terminate");
  return trouble;
}

}  // namespace

bool Call::is_hit_by(std::string_view kind) const { return find_fault(faults, kind) != nullptr; }

bool Call::is_listed(const Machine& machine) const {
  const bool is_lagging = machine.is_ordered && is_hit_by("lagging_list");
  return !is_lagging && machine.steps_unseen == 0;
}

bool has_bearer(const Asked& asked, const std::string& api_key) {
  return asked.header("authorization") == "Bearer " + api_key;
}

std::vector<Route> joined(std::vector<Route> first, const std::vector<Route>& more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

const std::vector<const Face*>& faces() {
#define TALLY_FACE(name) &name##_face(),
  static const std::vector<const Face*> all = {
#include "simcloud/faces.inc"
  };
#undef TALLY_FACE
  return all;
}

const Face* find_face(std::string_view provider) {
  const auto at =
      std::find_if(faces().begin(), faces().end(), [&](const Face* face) { return face->provider == provider; });
  return at == faces().end() ? nullptr : *at;
}

Credential credential_at(const Face& face, const std::string& address, const std::string& api_key) {
  Credential credential;
  for (const auto& [field, value] : face.credential) {
    credential.fields.emplace(std::string(field), Secret(std::string(value)));
  }
  credential.fields.insert_or_assign(std::string(face.key_field), Secret(api_key));
  if (face.url_field.empty()) {
    credential.endpoint = address;
  } else {
    credential.fields.insert_or_assign(std::string(face.url_field), Secret(address));
  }
  credential.options = face.options;
  return credential;
}

std::string_view operation_of(const Face& face, const Asked& asked) {
  const std::string_view said = face.operation == nullptr ? "" : face.operation(asked);
  if (!said.empty()) return said;
  const Found found = find_route(face, asked);
  return found.route == nullptr ? "" : found.route->operation;
}

Reply answer(const Face& face, World& world, const std::string& api_key, const Asked& asked,
             const std::vector<Fault>& faults) {
  if (!face.is_allowed(asked, api_key)) return face.refuse(Refusal::unauthorized);
  const Found found = find_route(face, asked);
  if (!found.has_path) return face.refuse(Refusal::no_such_path);
  if (found.route == nullptr) return face.refuse(Refusal::wrong_method);
  const std::optional<boost::json::object> body = parse_body(asked.body);
  if (!body) return face.refuse(Refusal::bad_body);
  Call call{world, asked, found.names, *body, faults};
  world.set_trouble(trouble_of(faults));
  return found.route->answer(call);
}

}  // namespace tally::simcloud
