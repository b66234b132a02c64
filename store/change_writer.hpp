// Writes one credential's changes within the caller's transaction. Writer thread.
//
// Histories never run backwards: an interval begins at the change set's time, but after the last one of its subject,
// and was confirmed no earlier than it began, however the wall clock was set meanwhile.
//
// No text that is not UTF-8 or holds a zero byte gets into the catalog (storable.hpp). Providers' mapping should have
// let none through; this is the last line, and one bad text must not keep an account's changes out for good: a text is
// stored made storable, but a row whose ID would have to be altered is left out, and its events say so (row_rejected).
#pragma once

#include <map>

#include "store/sqlite.hpp"
#include "tally/change_set.hpp"

namespace tally {

class ChangeWriter {
 public:
  ChangeWriter(sqlite::Connection& connection, std::int64_t credential_key)
      : connection_(connection), credential_key_(credential_key) {}

  /// Before the state of their listing: what closes now was vouched for by its previous success. Answers the ID of the
  /// first event; those of the others follow it one by one.
  std::int64_t write(const ChangeSet& changes);
  void write(const ListingState& state);

 private:
  void write(const KnownLocation& location);
  void write(const KnownType& type);
  void write_prices(const KnownType& type, std::int64_t type_key);
  void write(const KnownInstance& instance);
  void close_interval(const PricePoint& point);
  void close_interval(const AvailabilityPoint& point);
  void close_interval(const StatusPoint& point);
  void open_interval(const PricePoint& point);
  void open_interval(const AvailabilityPoint& point);
  void open_interval(const StatusPoint& point);
  std::int64_t write(const Event& event);
  void start(const Problem& problem, const ListingKey& listing);
  void end(const ProblemKey& problem, const ListingKey& listing);

  std::int64_t listing_key(const ListingKey& listing);
  std::optional<std::int64_t> listing_key(const ProblemKey& problem, const ListingKey& listing);
  std::int64_t type_key(const InstanceTypeId& id);
  std::int64_t instance_key(const CloudId& id);

  sqlite::Connection& connection_;
  std::int64_t credential_key_;
  std::int64_t at_ms_ = 0;
  std::map<ListingKey, std::int64_t> listing_keys_;
};

}  // namespace tally
