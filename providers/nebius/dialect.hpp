// How Nebius refuses: a gRPC status, and in its details a ServiceError that says more. Source: its protos
// (nebius/common/error/v1) and what its own SDK makes of them.
#pragma once

#include "providers/rest/dialect.hpp"

namespace nebius::common::v1 {
class Status;
}  // namespace nebius::common::v1

namespace tally::nebius {

/// Codes are the kind of the ServiceError ("NotEnoughResources"), else gRPC's name ("UNAVAILABLE").
Dialect dialect();

/// The error of what takes something: that there is none left of it is, where no details say of what, the quota.
Error of_a_change(Error error);

/// An operation that ended badly, as the answer that a call would have had.
Response answer_of(const ::nebius::common::v1::Status& status);

}  // namespace tally::nebius
