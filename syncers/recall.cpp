#include "syncers/recall.hpp"

#include <string_view>
#include <unordered_set>

#include "tally/next_known.hpp"

namespace tally {
namespace {

template <class Known>
std::shared_ptr<const KnownRows<Known>> reconcile(const std::shared_ptr<const KnownRows<Known>>& known,
                                                  const std::vector<std::string>& ids,
                                                  const std::vector<Known>& stored) {
  NextKnown<Known> next(known);
  std::unordered_set<std::string_view> in_catalog;
  for (const Known& row : stored) {
    in_catalog.insert(id_of(row).str());
    if (known->find(id_of(row)) == nullptr) next.put(row);
  }
  for (const std::string& id : ids) {
    if (in_catalog.contains(id)) continue;
    if (const Known* row = known->find(typename KnownListing<Known>::Id(id))) next.of(row->listing).erase(id_of(*row));
  }
  return next.is_changed() ? std::move(next).finish() : nullptr;
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

std::shared_ptr<const KnownTypes> reconciled(const std::shared_ptr<const KnownTypes>& known,
                                             const std::vector<std::string>& ids, const Recalled& catalog) {
  return reconcile(known, ids, catalog.types);
}

std::shared_ptr<const KnownInstances> reconciled(const std::shared_ptr<const KnownInstances>& known,
                                                 const std::vector<std::string>& ids, const Recalled& catalog) {
  return reconcile(known, ids, catalog.instances);
}

}  // namespace tally
