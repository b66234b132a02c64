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
typename RowList<T>::Entry RowList<T>::decode_row(std::string_view text) const {
  Entry entry;
  json::RowReader row;
  const auto kind = row.parse(text);
  entry.is_json = kind != json::RowReader::Kind::not_json;
  if (kind == json::RowReader::Kind::good) {
    entry.row = std::make_shared<const T>(form_.decode(row.fields()));
  }
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
  typename Memo::Reading reading(rows_);
  Sized sized;
  for (const std::string& page : pages) {
    std::optional<Error> wrong = read_page(page, reading, sized, limit);
    if (wrong) return tl::unexpected(std::move(*wrong));
  }
  reading.finish();
  return sized;
}

template <class T>
std::optional<Error> RowList<T>::read_page(const std::string& page, typename Memo::Reading& reading, Sized& sized,
                                           WorkLimit& limit) const {
  auto& [answer, size] = sized;
  const auto rows = json::split_rows(page, form_.field, json::Container::list, limit);
  if (!rows) return rows.error();
  if (answer.rows.size() + answer.rejected.size() + rows->size() > form_.most) {
    return json::bad_reply("more than " + std::to_string(form_.most) + " rows, which is not believable");
  }
  answer.rows.reserve(answer.rows.size() + rows->size());
  for (const json::RawRow& raw : *rows) {
    if (limit.is_over()) return json::too_long_to_read();
    const Entry& entry = reading.get(raw.text, [this](std::string_view text) { return decode_row(text); });
    if (!entry.is_json) return json::bad_reply("a row is not JSON");
    size.add(entry.size);
    if (size.is_too_large()) return too_much_to_hold();
    if (entry.findings.fault.empty()) {
      json::add_odd(answer.odd, id_of(*entry.row), entry.findings);
      answer.rows.push_back(entry.row);
      continue;
    }
    json::reject(answer.rejected, entry.row ? id_of(*entry.row) : "", entry.findings.fault, raw.text, redactor_);
  }
  return std::nullopt;
}

template class RowList<Instance>;
template class RowList<InstanceType>;
template class RowList<Location>;
template class RowList<Image>;
template class RowList<Quota>;

}  // namespace tally
