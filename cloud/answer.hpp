// A complete answer to "what is there". Never a part: a call that could not read everything fails instead.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace tally {

/// Rows are immutable and shared: what a pass saw, what is known and what is being written are the same objects.
template <class T>
using Row = std::shared_ptr<const T>;

/// One row of the answer that could not be read. It costs only itself.
struct Rejected {
  std::string id;      // the row's ID as the catalog knows it; "" when even that could not be read
  std::string reason;  // for a person, without the raw text
  std::string raw;     // the vendor's text of the row, cut at 4 KiB; secrets removed
};

/// A field of a row that could not be read, and without which the row is right: it is unknown, the row stays.
struct Odd {
  std::string id;      // the row's
  std::string field;   // the vendor's name for it
  std::string reason;  // for a person
};

template <class T>
struct Answer {
  std::vector<Row<T>> rows;
  std::vector<Rejected> rejected;
  std::vector<Odd> odd;  // of the rows
};

/// Only what is in that location; everything when it is "".
template <class T>
Answer<T> in_location(Answer<T> answer, const std::string& location) {
  if (!location.empty()) std::erase_if(answer.rows, [&](const Row<T>& row) { return row->location != location; });
  return answer;
}

}  // namespace tally
