// The door to an account's tally for whoever is no listing: what a call about one instance has answered is known at
// once, and a listing can be asked for. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <variant>

#include "cloud/answer.hpp"
#include "cloud/ids.hpp"
#include "cloud/instance.hpp"
#include "runtime/clock.hpp"

namespace tally {

/// The vendor says that it is gone.
struct InstanceGone {
  CloudId id;
  std::string why;  // the event's detail: "terminated by operation ..."
};

/// What a call about one instance has answered.
struct InstanceNews {
  std::string location;  // of the listing that it belongs to: "" of a global API
  std::variant<Row<Instance>, InstanceGone> what;
};

class AccountQueue {
 public:
  virtual ~AccountQueue() = default;

  /// Changes are applied one at a time, in the order in which they come. True: it is in the catalog, on the disk, and
  /// known; a listing that began before says nothing of that instance any more. A new instance is young from now on.
  /// False: the catalog does not take it, or the row cannot be believed; the next listing brings it.
  virtual boost::asio::awaitable<bool> tell(InstanceNews news) = 0;

  /// Asks for the instances of a location now, whatever back-off there is; while they are being asked for, once more.
  virtual void poke(const std::string& location) = 0;

  /// Whether a complete list of a location's instances that began after `began` is known by `deadline`.
  virtual boost::asio::awaitable<bool> is_listed_since(std::string location, TimePoint began, TimePoint deadline) = 0;

  /// Whether the last complete list of it had rows that could not be read and are of no machine that was known: one of
  /// them may be a machine that is looked for.
  [[nodiscard]] virtual bool hides_rows(const std::string& location) const = 0;
};

}  // namespace tally
