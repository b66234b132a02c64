#include "syncers/recall.hpp"

namespace tally {
namespace {

template <class Known, class Rows>
std::shared_ptr<const Known> reconcile(const Known& known, const std::vector<std::string>& ids, const Rows& stored) {
  std::shared_ptr<Known> next;
  const auto changed = [&]() -> Known& {
    if (!next) next = std::make_shared<Known>(known);
    return *next;
  };
  for (const std::string& text : ids) {
    const typename Rows::key_type id(text);
    const auto row = stored.find(id);
    const bool is_known = known.rows.contains(id);
    if (row != stored.end() && !is_known) changed().rows.insert(*row);
    if (row == stored.end() && is_known) changed().rows.erase(id);
  }
  return next;
}

}  // namespace

std::vector<std::string> returning_ids(const ChangeSet& changes) {
  std::vector<std::string> ids;
  for (const Event& event : changes.events) {
    if (event.kind == "type_added" || event.kind == "type_relisted" || event.kind == "instance_added") {
      ids.push_back(event.subject_id);
    }
  }
  return ids;
}

std::shared_ptr<const KnownTypes> reconciled(const KnownTypes& known, const std::vector<std::string>& ids,
                                             const Recalled& catalog) {
  return reconcile(known, ids, catalog.types.rows);
}

std::shared_ptr<const KnownInstances> reconciled(const KnownInstances& known, const std::vector<std::string>& ids,
                                                 const Recalled& catalog) {
  return reconcile(known, ids, catalog.instances.rows);
}

}  // namespace tally
