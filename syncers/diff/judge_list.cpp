#include "syncers/diff/judge_list.hpp"

#include <string_view>
#include <utility>

#include "syncers/diff/answer_checks.hpp"
#include "syncers/diff/clean_rows.hpp"

namespace tally {
namespace {

/// What the rows of a kind are called, and by what they are told apart.
std::string subject_of(const Image& /*row*/) { return "image"; }
std::string subject_of(const Quota& /*row*/) { return "quota"; }
const std::string& place_of(const Image& image) { return image.location; }
std::string_view place_of(const Quota& /*row*/) { return {}; }
constexpr const char* operation_of(const Image& /*row*/) { return "list images"; }
constexpr const char* operation_of(const Quota& /*row*/) { return "list quotas"; }

template <class T>
class Judge {
 public:
  Judge(const ListingKey& list, const Redactor& redactor)
      : where_(list.location.empty() ? std::string() : "in " + list.location + ": "), redactor_(redactor) {}

  AccountList<T> run(const Answer<T>& answer) && {
    take_rejected(answer.rejected);
    for (const Odd& odd : answer.odd) report({"odd_field", subject_of(T()), odd.id, odd.field}, odd.reason);
    for (const Row<T>& row : answer.rows) see(row);
    for (auto& [key, row] : rows_) {
      if (row) list_.rows.push_back(std::move(row));
    }
    return std::move(list_);
  }

  /// Of several reports under one key the first counts.
  void report(ProblemKey key, std::string detail) {
    key.subject_id = redactor_.clean(std::move(key.subject_id));
    key.value = redactor_.clean(std::move(key.value));
    list_.problems.emplace(std::move(key), where_ + redactor_.clean(std::move(detail)));
  }

 private:
  using Key = std::pair<std::string, std::string>;  // ID and place

  void take_rejected(const std::vector<Rejected>& rows) {
    report_rejected(rows, subject_of(T()), *this);
    for (const Rejected& row : rows) {
      if (row.id.empty()) {
        list_.may_lack_rows = true;
      } else {
        list_.unread.insert(row.id);
      }
    }
  }

  void see(const Row<T>& row) {
    if (list_.unread.contains(row->id)) return;
    if (holds_secret(*row, redactor_)) {
      return refuse(*row, "row_rejected", "what identifies the row holds a secret of the credential");
    }
    Row<T> clean = cleaned(row, redactor_);
    const auto [at, is_new] = rows_.try_emplace(Key(row->id, place_of(*row)), clean);
    if (is_new || at->second == nullptr || *at->second == *clean) return;
    at->second = nullptr;
    refuse(*row, "duplicate_id", "two rows have this ID, and are not the same");
  }

  void refuse(const T& row, std::string kind, std::string why) {
    list_.unread.insert(row.id);
    report({std::move(kind), subject_of(T()), row.id, ""}, std::move(why));
  }

  const std::string where_;
  const Redactor& redactor_;
  AccountList<T> list_;
  std::map<Key, Row<T>> rows_;  // nullptr: different ones had this key
};

}  // namespace

template <class T>
Result<AccountList<T>> judge_list(const Answer<T>& answer, const ListingKey& list, const Redactor& redactor) {
  if (auto refusal = find_refusal(answer, operation_of(T()), limits::rows_per_list)) return tl::unexpected(*refusal);
  return Judge<T>(list, redactor).run(answer);
}

template Result<AccountList<Image>> judge_list(const Answer<Image>&, const ListingKey&, const Redactor&);
template Result<AccountList<Quota>> judge_list(const Answer<Quota>&, const ListingKey&, const Redactor&);

}  // namespace tally
