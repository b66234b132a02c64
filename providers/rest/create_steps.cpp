#include "providers/rest/create_steps.hpp"

#include <utility>

#include "cloud/agreement.hpp"
#include "cloud/limits.hpp"
#include "providers/rest/client.hpp"

namespace tally {

namespace {

/// Whether a row that could not be read has that RefID in its text; also where that is not known of all of it.
bool may_have(const Rejected& row, const RefId& ref_id) {
  const bool is_whole = row.raw.starts_with('{') && row.raw.size() < limits::raw_row;
  return !is_whole || row.raw.find(ref_id.str()) != std::string::npos;
}

}  // namespace

bool is_live(const Instance& instance) {
  return instance.status != LifecycleStatus::terminating && instance.status != LifecycleStatus::terminated;
}

Result<std::optional<Instance>> find_own_machine(const RestClient& client, const std::vector<Row<Instance>>& rows,
                                                 const CreateRequest& request, const CredentialRef& credential,
                                                 NameSpace space) {
  const auto conflict = [&client](const char* why) {
    return tl::unexpected(client.refusal(operations::create_instance, Errc::conflict, why));
  };
  std::optional<Instance> found;
  for (const Row<Instance>& row : rows) {
    if (row->ref_id != request.ref_id || row->cloud_cred_ref_id.empty() || !is_live(*row)) continue;
    if (row->cloud_cred_ref_id != credential) {
      if (space == NameSpace::tenant)
        return conflict("a machine of another credential of this tenant has this `ref_id`");
      continue;
    }
    if (found) return conflict("several machines have this `ref_id`");
    found = *row;
  }
  if (!found) return found;
  if (!agrees_with_order(*found, request.type, request.location)) {
    return conflict("a machine of another type or in another location has this `ref_id`");
  }
  if (found->status == LifecycleStatus::failed) return conflict("a machine that failed has this `ref_id`");
  return found;
}

Result<std::optional<Instance>> find_own_machine(const RestClient& client, const Answer<Instance>& listed,
                                                 const CreateRequest& request, const CredentialRef& credential,
                                                 NameSpace space) {
  Result<std::optional<Instance>> found = find_own_machine(client, listed.rows, request, credential, space);
  if (!found || *found) return found;
  for (const Rejected& row : listed.rejected) {
    if (!may_have(row, request.ref_id)) continue;
    return tl::unexpected(client.refusal(
        operations::create_instance, Errc::service_unavailable,
        (row.id.empty() ? "a machine" : "machine " + row.id) + " cannot be read, and may have this `ref_id`"));
  }
  return found;
}

Instance as_ordered(Instance machine, const CreateRequest& request) {
  if (machine.type.empty()) machine.type = request.type;
  if (machine.location.empty()) machine.location = request.location;
  machine.instance_type_id = make_instance_type_id(machine);
  return machine;
}

Instance ordered_machine(CloudId id, const CreateRequest& request, const CredentialRef& credential,
                         const ProviderDescription& provider) {
  Instance ordered;
  ordered.cloud_id = std::move(id);
  ordered.provider = ordered.cloud = provider.provider_id;
  ordered.ref_id = request.ref_id;
  ordered.cloud_cred_ref_id = credential;
  ordered.status = LifecycleStatus::pending;
  ordered.ssh_user = provider.ssh_user;
  ordered.tags = request.tags;
  return as_ordered(std::move(ordered), request);
}

Task<> announce(const CreateRequest& request, HandleKind kind, std::string name) {
  if (request.before_making) return request.before_making(Handle{kind, "", std::move(name)});
  return []() -> Task<> { co_return Result<>(); }();
}

Error leaving(std::vector<Handle> made, Error error) {
  if (made.empty()) return error;
  error.certainty = Certainty::partly;
  error.made = std::move(made);
  return error;
}

}  // namespace tally
