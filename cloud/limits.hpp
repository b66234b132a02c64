// What a stranger may decide at most. A vendor, an instance or a client of the socket fills texts, lists, waits and
// buffers; each has its bound here, once. What a bound does to what is longer is said where it is applied.
#pragma once

#include <chrono>
#include <cstddef>

#include "runtime/text.hpp"

namespace tally::limits {

// ---- texts, in bytes of UTF-8 --------------------------------------------------------------------------------
inline constexpr std::size_t id = 256;                 // longer: the row is rejected
inline constexpr std::size_t text = 1024;              // longer: the field is unknown; the row, when the field decides
inline constexpr std::size_t description = 4096;       // as text
inline constexpr std::size_t message = message_bytes;  // of a vendor or a machine, for people: cut
inline constexpr std::size_t raw_row = 4096;           // what is kept of a row that was rejected: cut
inline constexpr std::size_t error_body = 64 << 10U;   // of an answer that is an error: not read further
inline constexpr std::size_t row = 256 << 10U;         // longer: the row is rejected, unread
inline constexpr std::size_t answer_header = 64 << 10U;    // of an HTTP answer: more is a failed call
inline constexpr std::size_t answer_framing = 256 << 10U;  // around a body that is smaller: as above
inline constexpr std::size_t public_key = 16 << 10U;
inline constexpr std::size_t bearer_token = 16 << 10U;  // longer: none that is fetched
inline constexpr std::size_t user_data = 64 << 10U;

// ---- memory, in bytes: what one answer, and all that are on their way, may take ----------------------------------
inline constexpr std::size_t answer_body = 80 << 20U;        // as it comes, and as text: more is a failed call
inline constexpr std::size_t answer_expansion = 100;         // times the gzip, over the first `answer_small` of text
inline constexpr std::size_t answer_small = 1 << 20U;        // as above
inline constexpr std::size_t answer_model = 128 << 20U;      // what it becomes as rows: a failed poll
inline constexpr std::size_t bodies_in_flight = 256 << 20U;  // of all calls; one holds at most as much as is left

// ---- numbers of things ---------------------------------------------------------------------------------------
inline constexpr std::size_t tags_per_instance = 256;
inline constexpr std::size_t parts_per_type = 64;  // zones, GPUs, disks: of each
inline constexpr std::size_t rows_per_listing = 300'000;
inline constexpr std::size_t rows_per_list = 20'000;       // images, quotas: of one location; more is a failed poll
inline constexpr std::size_t members_beside_rows = 1'000;  // of an answer's object: more is no answer
inline constexpr std::size_t locations_per_account = 1'000;
inline constexpr std::size_t pages_per_listing = 3'000;   // of a hundred rows each: all rows of a listing
inline constexpr std::size_t rejected_told = 100;         // rows of one listing that are reported one by one
inline constexpr std::size_t rows_per_account = 300'000;  // known of one kind, gone ones among them: the poll fails
inline constexpr std::size_t gone_rows_known = 10'000;    // ended, unlisted: older ones are in the catalog only
inline constexpr std::size_t odd_per_row = 8;             // fields of a row that are reported as odd; of a listing:
inline constexpr std::size_t odd_per_listing = 10'000;
inline constexpr std::size_t json_depth = 64;       // deeper: the row is rejected
inline constexpr std::size_t secrets_learned = 16;  // tokens of one credential that are kept out of texts: the newest
inline constexpr std::size_t log_lines_waiting = 10'000;

// ---- time ----------------------------------------------------------------------------------------------------
inline constexpr std::chrono::hours retry_after{1};     // longer waits that a vendor asks for: this long
inline constexpr std::chrono::seconds account_work{5};  // mapping or comparing one answer; longer is a failed poll

}  // namespace tally::limits
