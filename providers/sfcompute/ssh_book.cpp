#include "providers/sfcompute/ssh_book.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "net/json_rows.hpp"

namespace tally::sfcompute {
namespace {

constexpr std::chrono::seconds good_for{60};
constexpr std::size_t most_kept = 8 << 20U;        // bytes: some ten thousand places of three host keys each
constexpr std::chrono::seconds not_ready_for{10};  // a machine has no place until it has booted

/// As the vendor says it: it is read again like its answers.
std::string to_text(const SshPlace& place) {
  boost::json::array keys;
  for (const std::string& key : place.host_keys) {
    const std::size_t space = key.find(' ');
    keys.push_back(boost::json::object{{"key_type", key.substr(0, space)}, {"key", key.substr(space + 1)}});
  }
  boost::json::object said{{"hostname", place.host}, {"host_keys", std::move(keys)}};
  if (place.port) said["port"] = *place.port;
  return boost::json::serialize(said);
}

}  // namespace

void SshBook::recall(const std::string& kept, LoopbackIs loopback) {
  WorkLimit limit;
  const auto rows = json::split_rows(kept, "", json::Container::object, limit);
  if (!rows) return;
  for (const json::RawRow& row : *rows) {
    Result<SshPlace> place = read_ssh_place(row.text, loopback);
    if (place) pages_[row.key].place = std::move(*place);
  }
}

std::optional<std::string> SshBook::unsaved() {
  if (!std::exchange(is_changed_, false)) return std::nullopt;
  std::string all = "{";
  for (const auto& [key, page] : pages_) {
    if (!page.place) continue;
    const std::string row = boost::json::serialize(boost::json::string(key)) + ":" + to_text(*page.place);
    if (all.size() + row.size() + 2 > most_kept) continue;
    all.append(all.size() == 1 ? "" : ",").append(row);
  }
  return all + "}";
}

std::vector<std::shared_ptr<const Machine>> SshBook::due(const std::vector<std::shared_ptr<const Machine>>& machines,
                                                         TimePoint now, std::size_t most) {
  std::map<std::string, Page> kept;
  std::vector<std::pair<TimePoint, std::shared_ptr<const Machine>>> waiting;
  for (const std::shared_ptr<const Machine>& machine : machines) {
    if (machine->ssh_key.empty()) continue;
    const auto known = pages_.find(machine->ssh_key);
    if (known == pages_.end()) {
      waiting.emplace_back(TimePoint::min(), machine);
      continue;
    }
    const Page& page = known->second;
    const bool has_changed = page.updated_at != machine->updated_at;
    if (has_changed || now >= page.asked_at + (page.place ? good_for : not_ready_for)) {
      waiting.emplace_back(has_changed ? TimePoint::min() : page.asked_at, machine);
    }
    kept.insert(pages_.extract(known));
  }
  pages_ = std::move(kept);
  std::stable_sort(waiting.begin(), waiting.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  if (waiting.size() > most) waiting.resize(most);
  std::vector<std::shared_ptr<const Machine>> due;
  for (auto& [asked_at, machine] : waiting) due.push_back(std::move(machine));
  return due;
}

void SshBook::note(const Machine& machine, std::optional<SshPlace> place, TimePoint now) {
  Page& page = pages_[machine.ssh_key];
  page.updated_at = machine.updated_at;
  page.asked_at = now;
  if (!place || page.place == place) return;
  page.place = std::move(place);
  is_changed_ = true;
}

const SshPlace* SshBook::find(const Machine& machine) const {
  const auto known = pages_.find(machine.ssh_key);
  if (known == pages_.end()) return nullptr;
  const std::optional<SshPlace>& place = known->second.place;
  return place ? &*place : nullptr;
}

}  // namespace tally::sfcompute
