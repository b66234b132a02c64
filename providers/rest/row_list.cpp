#include "providers/rest/row_list.hpp"

#include "net/json_quote.hpp"
#include "net/json_rows.hpp"

namespace tally {
namespace {
const std::string& id_of(const Instance& instance) { return instance.cloud_id.str(); }
const std::string& id_of(const InstanceType& type) { return type.id.str(); }
const std::string& id_of(const Image& image) { return image.id; }
const std::string& id_of(const Quota& quota) { return quota.id; }
const std::string& id_of(const Location& location) { return location.name; }
}  // namespace

template <class T>
typename RowList<T>::Entry RowList<T>::decode(const json::RawRow& /*raw*/, json::RowReader& row, bool is_object) const {
  Entry entry;
  if (is_object) entry.row = std::make_shared<const T>(form_.decode(row.fields()));
  entry.findings = row.findings();
  entry.size = size_of(entry.findings) + (entry.row ? size_of(*entry.row) : 0);
  return entry;
}

template <class T>
Result<Answer<T>> RowList<T>::read(const std::vector<std::string>& pages, ModelSize& size, WorkLimit& limit) {
  Result<Sized> read = last_.get(pages, [&] { return read_pages(pages, limit); });
  if (!read) return tl::unexpected(std::move(read).error());
  size = read->size;
  return std::move(read->answer);
}

template <class T>
Result<Answer<T>> RowList<T>::read(const std::vector<std::string>& pages, WorkLimit limit) {
  ModelSize size;
  return read(pages, size, limit);
}

template <class T>
Result<typename RowList<T>::Sized> RowList<T>::read_pages(const std::vector<std::string>& pages, WorkLimit& limit) {
  RowReading<Entry> reading(rows_, "a row", limit);
  Answer<T> answer;
  for (const std::string& page : pages) {
    Result<> read = read_page(page, reading, answer, limit);
    if (!read) return tl::unexpected(std::move(read).error());
  }
  reading.finish();
  return Sized{std::move(answer), reading.size()};
}

template <class T>
Result<> RowList<T>::read_page(const std::string& page, RowReading<Entry>& reading, Answer<T>& answer,
                               WorkLimit& limit) const {
  const auto rows = json::split_rows(page, form_.field, json::Container::list, limit);
  if (!rows) return tl::unexpected(rows.error());
  if (answer.rows.size() + answer.rejected.size() + rows->size() > form_.most) {
    return tl::unexpected(
        json::bad_reply("more than " + std::to_string(form_.most) + " rows, which is not believable"));
  }
  answer.rows.reserve(answer.rows.size() + rows->size());
  const auto add = [&](const json::RawRow& raw, const Entry& entry) -> Result<> {
    if (entry.findings.fault.empty()) {
      json::add_odd(answer.odd, id_of(*entry.row), entry.findings);
      answer.rows.push_back(entry.row);
      return {};
    }
    json::reject(answer.rejected, entry.row ? id_of(*entry.row) : "", entry.findings.fault, raw.text, redactor_);
    return {};
  };
  return reading.each(rows, std::bind_front(&RowList::decode, this), add);
}

template class RowList<Instance>;
template class RowList<InstanceType>;
template class RowList<Location>;
template class RowList<Image>;
template class RowList<Quota>;

}  // namespace tally
