// What a create does at vendors that make another machine when they are asked twice, and for which keys and the like
// are made first: the machine that is there already, and the removal of what was made for nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cloud/abilities.hpp"
#include "cloud/answer.hpp"

namespace tally {

/// Among whom a RefID means one machine: where it travels in a name, among all credentials of the tenant.
enum class NameSpace { credential, tenant };

/// Neither gone nor going.
bool is_live(const Instance& instance);

struct Found {
  std::optional<Instance> machine;  // nothing: there is none
  std::string conflict;             // why what is there cannot be the answer; "" when nothing is in the way
};

/// The live machine that has the create's RefID. In the way: several of them, one that failed or is of another type or
/// elsewhere, one of another credential of the tenant. Pure.
Found find_own_machine(const std::vector<Row<Instance>>& rows, const CreateRequest& request,
                       const CredentialRef& credential, NameSpace space);

/// Removes what a create made, the last first; answers what could not be removed.
boost::asio::awaitable<std::vector<Handle>> remove_all(Creates& account, std::vector<Handle> made,
                                                       std::string location);

/// The error of a create that left these behind.
Error leaving(std::vector<Handle> made, Error error);

}  // namespace tally
