#include "providers/aws/xml.hpp"

#include <algorithm>
#include <cstring>

#include "net/json_rows.hpp"
#include "runtime/number.hpp"
#include "runtime/text.hpp"

namespace tally::aws {
namespace {

std::string_view local_name(const char* name) {
  const char* colon = std::strchr(name, ':');
  return colon == nullptr ? name : colon + 1;
}

}  // namespace

pugi::xml_node child_of(pugi::xml_node parent, std::string_view name) {
  for (const pugi::xml_node child : parent.children()) {
    if (local_name(child.name()) == name) return child;
  }
  return {};
}

Fields Fields::deciding() const {
  Fields same = *this;
  same.decides_ = true;
  return same;
}

pugi::xml_node Fields::find(std::string_view path) const {
  pugi::xml_node at = element_;
  while (!path.empty() && at) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    at = child_of(at, path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return at;
}

std::string_view Fields::raw(std::string_view path) const { return find(path).child_value(); }

std::string Fields::text(std::string_view path, std::size_t longest) const {
  const std::string_view value = raw(path);
  if (value.size() > longest) {
    report(path, "is too long");
    return "";
  }
  if (!is_utf8(value)) {
    report(path, "is not UTF-8");
    return "";
  }
  return std::string(value);
}

std::optional<std::int64_t> Fields::integer(std::string_view path) const {
  const std::string_view value = raw(path);
  if (value.empty()) return std::nullopt;
  const auto number = parse_number<std::int64_t>(value);
  if (number && *number >= 0) return number;
  report(path, "is no whole number from 0 on");
  return std::nullopt;
}

std::optional<std::int32_t> Fields::int32(std::string_view path) const {
  const auto number = integer(path);
  if (!number) return std::nullopt;
  if (*number <= INT32_MAX) return static_cast<std::int32_t>(*number);
  report(path, "is too large");
  return std::nullopt;
}

std::optional<double> Fields::real(std::string_view path) const {
  const std::string_view value = raw(path);
  if (value.empty()) return std::nullopt;
  const auto number = parse_number<double>(value);
  if (!number) report(path, "is no number");
  return number;
}

std::optional<bool> Fields::flag(std::string_view path) const {
  const std::string_view value = raw(path);
  if (value == "true") return true;
  if (value == "false") return false;
  if (!value.empty()) report(path, "is neither true nor false");
  return std::nullopt;
}

std::optional<Timestamp> Fields::time(std::string_view path) const {
  const std::string_view value = raw(path);
  if (value.empty()) return std::nullopt;
  const auto time = value.size() <= limits::text ? parse_rfc3339(value) : std::nullopt;
  if (!time) report(path, "is no time");
  return time;
}

std::optional<Money> Fields::price(std::string_view path) const {
  const std::string_view value = raw(path);
  if (value.empty()) return std::nullopt;
  const auto price = value.size() <= limits::text ? Money::parse(value) : std::nullopt;
  if (!price) report(path, "is no price");
  return price && price->nanos > 0 ? price : std::nullopt;
}

std::vector<Fields> Fields::items(std::string_view path, std::size_t most) const {
  std::vector<Fields> list;
  for (const pugi::xml_node child : find(path).children()) {
    if (local_name(child.name()) != "item") continue;
    if (list.size() == most) {
      report(path, "has more entries than anybody has");
      return {};
    }
    list.emplace_back(child, *findings_);
    list.back().decides_ = decides_;
  }
  return list;
}

std::vector<std::string> Fields::texts(std::string_view path, std::size_t most) const {
  std::vector<std::string> list;
  for (const Fields& item : items(path, most)) {
    std::string text = item.text("", limits::id);
    if (!text.empty()) list.push_back(std::move(text));
  }
  return list;
}

void Fields::report(std::string_view path, std::string_view problem) const {
  if (decides_) {
    if (findings_->fault.empty()) findings_->fault = "`" + std::string(path) + "` " + std::string(problem);
    return;
  }
  const auto is_known = [&](const json::OddField& odd) { return odd.field == path; };
  if (findings_->odd.size() >= limits::odd_per_row) return;
  if (std::any_of(findings_->odd.begin(), findings_->odd.end(), is_known)) return;
  findings_->odd.push_back({std::string(path), std::string(problem)});
}

Result<Document> Document::parse(std::string body, std::string_view root) {
  Document made;
  made.text_ = std::make_unique<std::string>(std::move(body));
  made.document_ = std::make_unique<pugi::xml_document>();
  const pugi::xml_parse_result parsed = made.document_->load_buffer_inplace(made.text_->data(), made.text_->size(),
                                                                            pugi::parse_default, pugi::encoding_utf8);
  if (!parsed) return tl::unexpected(json::bad_reply("it is not the XML that was expected"));
  made.root_ = child_of(made.document_->root(), root);
  if (!made.root_) return tl::unexpected(json::bad_reply("it is no `" + std::string(root) + "`"));
  return made;
}

Fields Document::fields(json::Findings& findings) const { return {root_, findings}; }

std::vector<pugi::xml_node> Document::rows_of(std::string_view list) const {
  std::vector<pugi::xml_node> rows;
  for (const pugi::xml_node child : child_of(root_, list).children()) {
    if (local_name(child.name()) == "item") rows.push_back(child);
  }
  return rows;
}

Result<std::optional<std::string>> Document::next_token() const {
  const std::string_view token = child_of(root_, "nextToken").child_value();
  if (token.empty()) return std::nullopt;
  if (token.size() > limits::row || !is_utf8(token)) {
    return tl::unexpected(json::bad_reply("`nextToken` does not lead to another page"));
  }
  return std::string(token);
}

}  // namespace tally::aws
