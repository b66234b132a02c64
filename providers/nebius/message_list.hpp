// Reads the rows of Nebius's lists: each is decoded by itself, so that one that cannot be read costs only itself, and
// remembered by its bytes, so that an unchanged one is the very same object. One answer at a time; any thread. Heavy:
// include it in .cpp files only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/limits.hpp"
#include "cloud/redactor.hpp"
#include "cloud/work_limit.hpp"
#include "net/json_fields.hpp"
#include "net/json_rows.hpp"
#include "providers/nebius/protos/listing.pb.h"
#include "providers/rest/model_size.hpp"
#include "providers/rest/row_memo.hpp"
#include "runtime/text.hpp"

namespace tally::nebius {

/// What of a message is shown of a row that is rejected. Not a secret's: see Redactor.
template <class Message>
std::string quoted(const Message& message, const Redactor& redactor) {
  return std::string(cut(redactor.clean(printable(message.ShortDebugString(), limits::raw_row)), limits::raw_row - 3));
}

/// `T`: what a row becomes; has `id` (the row's, as the catalog knows it) and `size_of(T)`.
template <class Message, class T>
class MessageList {
 public:
  /// What is wrong with a row is told to the findings.
  using Decode = std::function<T(const Message& message, json::Findings& findings)>;

  /// The redactor outlives the list.
  MessageList(Decode decode, const Redactor& redactor) : decode_(std::move(decode)), redactor_(redactor) {}

  Result<Answer<T>> read(const std::vector<std::string>& pages, ModelSize& size, WorkLimit& limit) {
    typename RowMemo<Entry>::Reading reading(memo_);
    Answer<T> answer;
    for (const std::string& bytes : pages) {
      ::nebius::listing::Page page;
      if (!page.ParseFromString(bytes)) return tl::unexpected(json::bad_reply("a page is not the API's message"));
      if (answer.rows.size() + answer.rejected.size() + static_cast<std::size_t>(page.items_size()) >
          limits::rows_per_listing) {
        return tl::unexpected(json::bad_reply("more rows than anybody has"));
      }
      for (const std::string& item : page.items()) {
        if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
        const Entry& entry = reading.get(item, [this](std::string_view text) { return decode(text); });
        size.add(entry.size);
        if (size.is_too_large()) return tl::unexpected(too_much_to_hold());
        add(answer, entry, item);
      }
    }
    reading.finish();
    return answer;
  }

 private:
  struct Entry {
    Row<T> row;  // nothing: it is no message of its kind
    json::Findings findings;
    std::size_t size = 0;
  };

  Entry decode(std::string_view bytes) const {
    Entry entry;
    Message message;
    if (bytes.size() > limits::row) {
      entry.findings.fault = "is longer than any row";
    } else if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      entry.findings.fault = "is not the API's message";
    } else {
      entry.row = std::make_shared<const T>(decode_(message, entry.findings));
    }
    entry.size = tally::size_of(entry.findings) + (entry.row ? size_of(*entry.row) : sizeof(Entry));
    return entry;
  }

  void add(Answer<T>& answer, const Entry& entry, const std::string& bytes) const {
    if (entry.findings.fault.empty()) {
      json::add_odd(answer.odd, entry.row->id, entry.findings);
      answer.rows.push_back(entry.row);
      return;
    }
    std::string raw;
    Message message;
    if (answer.rejected.size() < limits::rejected_told && entry.row && message.ParseFromString(bytes)) {
      raw = quoted(message, redactor_);
    }
    const std::string id = entry.row && entry.row->id.size() <= 3 * limits::id ? entry.row->id : "";
    answer.rejected.push_back({id, entry.findings.fault, std::move(raw)});
  }

  Decode decode_;
  const Redactor& redactor_;
  RowMemo<Entry> memo_;
};

}  // namespace tally::nebius
