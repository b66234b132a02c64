// What a create does at vendors that make another machine when they are asked twice, and for which keys and the like
// are made first: the machine that is there already, and the removal of what was made for nothing.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "cloud/abilities.hpp"
#include "cloud/answer.hpp"
#include "cloud/provider.hpp"

namespace tally {

class RestClient;

/// Among whom a RefID means one machine: where it travels in a name, among all credentials of the tenant.
enum class NameSpace { credential, tenant };

/// Neither gone nor going.
bool is_live(const Instance& instance);

/// The live machine that has the create's RefID; nothing: there is none. Refused by the client (conflict): several of
/// them, one that failed or is of another type or elsewhere (what the vendor does not say yet is nothing else), one of
/// another credential of the tenant.
Result<std::optional<Instance>> find_own_machine(const RestClient& client, const std::vector<Row<Instance>>& rows,
                                                 const CreateRequest& request, const CredentialRef& credential,
                                                 NameSpace space);

/// The same, of a whole answer. Refused too (service_unavailable): where none is found and a row that could not be read
/// has that RefID somewhere in its text, or is not there to be looked at whole. It may be the machine, and another
/// order would be a second one.
Result<std::optional<Instance>> find_own_machine(const RestClient& client, const Answer<Instance>& listed,
                                                 const CreateRequest& request, const CredentialRef& credential,
                                                 NameSpace space);

/// The machine that a create made or found: what the vendor does not say of its place and type yet is what was ordered.
/// Where types have the usual IDs only.
Instance as_ordered(Instance machine, const CreateRequest& request);

/// A machine that a create made and of which the vendor says nothing yet: what was ordered, pending. Its name is the
/// provider's to say, and its type's ID where that is none of the usual ones.
Instance ordered_machine(CloudId id, const CreateRequest& request, const CredentialRef& credential,
                         const ProviderDescription& provider);

/// Has it noted that something of this name is about to be made. Error: it is not to be made.
Task<> announce(const CreateRequest& request, HandleKind kind, std::string name);

/// Removes what a create made, the last first, as `account` does (Creates::remove); answers what could not be removed.
template <class Account>
boost::asio::awaitable<std::vector<Handle>> remove_all(Account& account, std::vector<Handle> made,
                                                       std::string location) {
  std::reverse(made.begin(), made.end());
  std::vector<Handle> left;
  for (const Handle& handle : made) {
    const Result<> removed = co_await account.remove(handle, location);
    if (!removed) left.push_back(handle);
  }
  co_return left;
}

/// The error of a create that left these behind.
Error leaving(std::vector<Handle> made, Error error);

}  // namespace tally
