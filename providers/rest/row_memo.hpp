// Remembers what the rows of the last answer became, by the fingerprints of their texts: an unchanged vendor row costs
// one, and yields the very same objects, which the diff recognises by their address. Nothing of the texts is kept. One
// answer at a time.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"
#include "net/json_fields.hpp"
#include "net/json_rows.hpp"
#include "providers/rest/model_size.hpp"
#include "runtime/fingerprint.hpp"

namespace tally {

template <class Value>
class RowMemo {
 public:
  /// One answer being read. What is not finished when it goes away is forgotten. The memo outlives it.
  class Reading {
   public:
    explicit Reading(RowMemo& memo) : memo_(memo) {}
    ~Reading() { memo_.current_.clear(); }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

    /// The value for a row of this text: the last answer's for the same, else what `decode` makes of it.
    template <class Decode>
    Value& get(std::string_view text, Decode decode) {
      const Fingerprint key = fingerprint(text);
      Map& current = memo_.current_;
      if (const auto at = current.find(key); at != current.end()) return at->second;
      if (auto known = memo_.previous_.extract(key)) return current.insert(std::move(known)).position->second;
      return current.emplace(key, decode(text)).first->second;
    }

    /// The answer is complete: what it did not contain is forgotten.
    void finish() {
      memo_.previous_ = std::exchange(memo_.current_, {});
      memo_.current_.reserve(memo_.previous_.size());
    }

   private:
    RowMemo& memo_;
  };

 private:
  using Map = std::unordered_map<Fingerprint, Value>;
  Map previous_;
  Map current_;
};

/// One JSON answer being read, each row by itself. It is given up when it takes too long, when a row is not JSON, and
/// when the rows would become more than limits::answer_model. `Entry`: what is remembered of a row, with the `size` of
/// what that becomes, in bytes of memory.
template <class Entry>
class RowReading {
 public:
  /// `row_name`: as in the error "an instance is not JSON". What it is given outlives it.
  RowReading(RowMemo<Entry>& memo, const char* row_name, WorkLimit& limit)
      : memo_(memo), row_name_(row_name), limit_(limit) {}

  /// Goes through what split_rows() answered. A row is remembered by its text and key; of a new one
  /// `decode(const json::RawRow&, json::RowReader&, bool is_object)` makes the entry: of no object there are only
  /// findings. `visit(const json::RawRow&, Entry&)` takes each row, and ends the reading by an error.
  template <class Decode, class Visit>
  Result<> each(const Result<std::vector<json::RawRow>>& rows, Decode decode, Visit visit) {
    using Kind = json::RowReader::Kind;
    if (!rows) return tl::unexpected(rows.error());
    for (const json::RawRow& raw : *rows) {
      if (limit_.is_over()) return tl::unexpected(json::too_long_to_read());
      Kind kind = Kind::good;  // enough to be remembered
      Entry& entry = memo_.get(raw.whole, [&](std::string_view /*whole*/) {
        json::RowReader row;
        kind = row.parse(raw.text);
        return decode(raw, row, kind == Kind::good);
      });
      if (kind == Kind::not_json) return tl::unexpected(json::bad_reply(std::string(row_name_) + " is not JSON"));
      size_.add(entry.size);
      if (size_.is_too_large()) return tl::unexpected(too_much_to_hold());
      if (Result<> visited = visit(raw, entry); !visited) return visited;
    }
    return {};
  }

  /// The answer is complete. What is not finished is forgotten.
  void finish() { memo_.finish(); }

  /// Of all rows until now; what a visit makes of them beyond that is its to add.
  ModelSize& size() { return size_; }

 private:
  typename RowMemo<Entry>::Reading memo_;
  const char* row_name_;
  WorkLimit& limit_;
  ModelSize size_;
};

}  // namespace tally
