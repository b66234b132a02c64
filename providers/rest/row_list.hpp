// Reads a vendor's list again and again: each row is decoded by itself and remembered, so that an unchanged one costs a
// fingerprint, and an unchanged answer one for each page; a row that cannot be read costs only itself. A list may come
// in pages. Of a list that is asked for location by location, each location has a RowList of its own. One answer at a
// time; any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/limits.hpp"
#include "cloud/redactor.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"
#include "net/json_fields.hpp"
#include "providers/rest/answer_memo.hpp"
#include "providers/rest/model_size.hpp"
#include "providers/rest/row_memo.hpp"

namespace tally {

/// The pages of a list that comes in one. Not a braced list, nor a count and a page: those copy it.
inline std::vector<std::string> one_page(std::string page) {
  std::vector<std::string> pages;
  pages.push_back(std::move(page));
  return pages;
}

/// How a list looks, and what its rows become.
template <class T>
struct RowForm {
  std::string_view field;  // of the list in the reply; "": the reply is the list
  /// A pure function from one row's fields to the model; what is wrong is reported on the fields.
  std::function<T(const json::Fields& fields)> decode;
  std::size_t most = limits::rows_per_listing;  // more rows, good or bad, are an error
};

/// Compiled for the rows named in row_list.cpp.
template <class T>
class RowList {
 public:
  /// The redactor outlives the list.
  RowList(RowForm<T> form, const Redactor& redactor) : form_(std::move(form)), redactor_(redactor) {}

  /// All pages of an answer. `size` becomes what its rows take; refused when that is too much.
  Result<Answer<T>> read(const std::vector<std::string>& pages, ModelSize& size, WorkLimit& limit);

  /// As above, for whom the rows are all that it becomes.
  Result<Answer<T>> read(const std::vector<std::string>& pages, WorkLimit limit = WorkLimit());

 private:
  struct Entry {
    json::Findings findings;
    Row<T> row;            // nothing when the text is no object
    std::size_t size = 0;  // of all that, in memory
  };
  struct Sized {
    Answer<T> answer;
    ModelSize size;
  };

  [[nodiscard]] Entry decode(const json::RawRow& raw, json::RowReader& row, bool is_object) const;
  [[nodiscard]] Result<Sized> read_pages(const std::vector<std::string>& pages, WorkLimit& limit);
  [[nodiscard]] Result<> read_page(const std::string& page, RowReading<Entry>& reading, Answer<T>& answer,
                                   WorkLimit& limit) const;

  RowForm<T> form_;
  const Redactor& redactor_;
  AnswerMemo<Sized> last_;
  RowMemo<Entry> rows_;  // of all pages: a row may move from one to another
};

}  // namespace tally
