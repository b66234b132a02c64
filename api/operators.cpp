#include "api/operators.hpp"

#include <boost/json/object.hpp>

namespace tally::api {

bool may_act(const Peer& peer, uid_t own, const std::optional<UserGroup>& group) {
  constexpr uid_t root = 0;
  return peer.uid == root || peer.uid == own || (group && peer.is_in(group->id));
}

Response may_not_act(const std::optional<UserGroup>& group) {
  const std::string who = "only root, the user that tallyd runs as and ";
  boost::json::object document = problem_document(
      403, group ? who + "members of the group " + group->name + " may do this"
                 : who + "members of [control] operator_group may do this, and the configuration names no such group");
  document["kind"] = "forbidden";
  if (group) document["group"] = group->name;
  return problem(403, document);
}

}  // namespace tally::api
