// The tables of notifications, within the caller's transaction. Writer thread only; but for what takes a Reader.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/notify_records.hpp"
#include "store/reader.hpp"
#include "store/sqlite.hpp"
#include "tally/event.hpp"

namespace tally {

std::map<std::string, RuleProgress> set_notify_rules(sqlite::Connection& connection,
                                                     const std::vector<std::string>& names);
std::map<std::string, std::vector<WaitingDelivery>> write_events_read(sqlite::Connection& connection,
                                                                      const EventsRead& read);
void write_outcomes(sqlite::Connection& connection, const std::vector<DeliveryOutcome>& outcomes);

/// `orphan_found` or `orphan_gone`.
Event event_of(const OrphanKey& orphan, bool is_found);

/// Notes that the orphan is told of, or not any more.
void note_orphan(sqlite::Connection& connection, std::int64_t credential_key, const OrphanKey& orphan, bool is_found);

/// What a delivery that is on its way says; nothing when there is none of that ID.
std::optional<std::string> read_delivery_body(Reader& reader, std::int64_t id);

/// What the events have not told of yet.
OrphanNews read_orphan_news(Reader& reader);

}  // namespace tally
