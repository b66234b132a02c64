#include "simcloud/rows.hpp"

#include <algorithm>

namespace tally::simcloud {
namespace {

bool has(const std::vector<Fault>& faults, std::string_view kind) {
  return std::any_of(faults.begin(), faults.end(), [kind](const Fault& fault) { return fault.kind == kind; });
}

}  // namespace

void append_row(std::string& list, const std::string& key, const std::string& row, const RowFields& fields,
                std::vector<Fault>& faults) {
  const auto take = [&faults](std::string_view kind) {
    const auto at = std::find_if(faults.begin(), faults.end(), [kind](const Fault& f) { return f.kind == kind; });
    if (at == faults.end()) return false;
    faults.erase(at);
    return true;
  };
  const auto add = [&list, &key](const std::string& text) {
    if (!list.empty()) list += ',';
    list += key + text;
  };
  const std::size_t after_brace = 1;
  if (take("malformed_row")) {
    add(std::string(row).insert(after_brace, fields.malformed));
  } else if (take("huge_number")) {
    std::string broken = row;
    const std::size_t at = broken.find(fields.number);
    if (at != std::string::npos) broken.insert(at + fields.number.size(), std::string(29, '9'));
    add(broken);
  } else {
    add(row);
    if (take("duplicate_row")) {
      std::string other = row;
      const std::size_t at = other.find(fields.price);
      if (at != std::string::npos) other.insert(at + fields.price.size(), "9");
      add(other);
    }
  }
}

Reply list_reply(std::string_view field, char open, char close, const std::string& rows,
                 const std::vector<Fault>& faults) {
  Reply reply;
  if (!field.empty()) reply.body.append("{\"").append(field).append("\":");
  if (has(faults, "null_data")) {
    reply.body += "null";
  } else {
    reply.body += open;
    if (!has(faults, "empty_list")) reply.body += rows;
    reply.body += close;
  }
  if (!field.empty()) reply.body += '}';
  return reply;
}

}  // namespace tally::simcloud
