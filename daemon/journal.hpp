// The systemd journal as a place for lines: each is an entry with its priority and the fields that it has
// (runtime/log_line.hpp), handed over by libsystemd.
#pragma once

#include <sys/uio.h>

#include <functional>

#include "daemon/line_output.hpp"
#include "store/files.hpp"

namespace tally {

/// Whether the journal reads our standard error. As systemd.exec(5) says to find out: a variable may be inherited by
/// one whose standard error goes elsewhere.
bool is_read_by_journal();

/// A socket into which there is room for a byte exactly while the journal takes entries without making us wait; nothing
/// is written to it. Not open when there is no journal.
Descriptor journal_room();

/// As sd_journal_sendv(3).
using SendEntry = std::function<int(const iovec* fields, int count)>;

/// Its lines are the entries' MESSAGE; they are sent by `send`, else to the journal. An entry that the journal does not
/// take is lost.
spdlog::sink_ptr journal_sink(SendEntry send = {});

}  // namespace tally
