// An answer's body as it came over the wire, and the text that it stands for. Receiving is the loop's, which must never
// be held up: so it comes in pieces, which are put together, and inflated, elsewhere.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "cloud/work_limit.hpp"
#include "net/bodies_in_flight.hpp"

namespace tally {

/// Why a call fails whose body finds no room beside those that are being read.
inline constexpr const char* no_room_for_body = "the answers that are being read leave no room in memory for another";

struct EncodedBody {
  std::vector<std::string> pieces;
  bool is_gzip = false;
  bool is_beginning = false;         // enough for its reader: the end may be missing, and what is too much is left
  std::shared_ptr<BodyShare> share;  // counts what is held here, then the text

  /// The text costs nothing to make.
  [[nodiscard]] bool is_text() const { return !is_gzip && pieces.size() <= 1; }
};

/// The text, of at most `most` bytes. Its pieces are freed as they are used up. Error, in
/// words for a person: more text than that, or than limits::answer_expansion makes of it; not the gzip that it claims
/// to be; no room for it; over the limit. Any thread.
tl::expected<std::string, std::string> text_of(EncodedBody& body, std::size_t most, WorkLimit& limit);

}  // namespace tally
