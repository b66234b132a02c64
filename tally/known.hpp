// What is known of an account, listing by listing: rows as they were last read, and the problems that last. Values
// only; shared between threads because nothing in it changes once built. The next version is made by NextKnown
// (tally/next_known.hpp), which shares the listings that do not change.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <unordered_set>
#include <utility>

#include "cloud/answer.hpp"
#include "cloud/ids.hpp"
#include "cloud/instance.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/location.hpp"
#include "runtime/clock.hpp"
#include "tally/event.hpp"
#include "tally/listing.hpp"

namespace tally {

struct KnownType {
  Row<InstanceType> row;
  ListingKey listing;
  bool is_listed = true;
  bool is_confirmed = true;  // the listing's last success contained this row
  Timestamp first_seen_at{};
  Timestamp changed_at{};
  Timestamp seen_at{};  // last accepted reading; while confirmed, the listing's last success is the newer truth

  // Not stored.
  int absences = 0;     // consecutive complete answers without it that the breaker held back
  TimePoint told_at{};  // when what last changed it began: an answer that began before says nothing of it
};

inline const InstanceTypeId& id_of(const KnownType& type) { return type.row->id; }
inline bool is_gone(const KnownType& type) { return !type.is_listed; }

struct KnownInstance {
  Row<Instance> row;  // merged; its `price` is the frozen one
  ListingKey listing;
  LifecycleStatus status = LifecycleStatus::pending;
  bool is_confirmed = true;  // the listing's last success contained this row; of an ended one: it is still known
  int absences = 0;          // consecutive complete answers without it while nobody vouched for it
  Timestamp first_seen_at{};
  Timestamp status_since{};
  Timestamp seen_at{};
  std::optional<Timestamp> ended_at;

  // Not stored. The vendor's row as last read, and whether not all of it is taken: when the same object comes again
  // there is nothing to compare.
  Row<Instance> answer;
  bool is_disputed = false;

  // Not stored; steady, so that a clock that is set makes nothing young or old. When this process saw it begin; nothing
  // when it was known before.
  std::optional<TimePoint> born;

  // Not stored: when what last changed it began, or was told (tally/account_queue.hpp): an answer that began before
  // says nothing of it.
  TimePoint told_at{};

  // Not stored: since when no answer has it, and what asking for it by its ID gave.
  std::optional<TimePoint> missing_since;
  bool is_asked_in_vain = false;  // failed at least once since then
  bool is_known_by_id = false;    // the last answer by ID has it, although no listing does
};

inline const CloudId& id_of(const KnownInstance& instance) { return instance.row->cloud_id; }
inline bool is_gone(const KnownInstance& instance) { return instance.ended_at.has_value(); }

/// The rows that one listing owns, and the problems that it shows.
template <class Known>
class KnownListing {
 public:
  using Id = std::remove_cvref_t<decltype(id_of(std::declval<const Known&>()))>;

  /// nullptr: it has no row of this ID.
  [[nodiscard]] const Known* find(const Id& id) const {
    const auto at = rows_.find(id);
    return at == rows_.end() ? nullptr : &*at;
  }
  [[nodiscard]] auto begin() const { return rows_.begin(); }
  [[nodiscard]] auto end() const { return rows_.end(); }
  [[nodiscard]] std::size_t size() const { return rows_.size(); }

  /// How many of the rows are unlisted, or have ended.
  [[nodiscard]] std::size_t gone() const { return gone_; }

  /// In the place of the row that had its ID, if any.
  void put(Known row) {
    erase(id_of(row));
    gone_ += is_gone(row) ? 1 : 0;
    rows_.insert(std::move(row));
  }
  void erase(const Id& id) {
    const auto at = rows_.find(id);
    if (at == rows_.end()) return;
    gone_ -= is_gone(*at) ? 1 : 0;
    rows_.erase(at);
  }

  std::set<ProblemKey> problems;  // those that last now

 private:
  /// A row's ID stands in the row alone. Not noexcept: then tables keep each hash (cloud/ids.hpp).
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const Id& id) const { return std::hash<Id>()(id); }
    std::size_t operator()(const Known& row) const { return std::hash<Id>()(id_of(row)); }
  };
  struct IsSame {
    using is_transparent = void;
    bool operator()(const Known& a, const Known& b) const { return id_of(a) == id_of(b); }
    bool operator()(const Id& id, const Known& row) const { return id == id_of(row); }
    bool operator()(const Known& row, const Id& id) const { return id == id_of(row); }
  };

  std::unordered_set<Known, Hash, IsSame> rows_;
  std::size_t gone_ = 0;
};

/// One version of all rows of a kind: a copy costs what the number of listings costs. An ID belongs to one listing.
/// There is no table of owners beside the rows, which could disagree with them: only an ID that its listing does not
/// have is looked for in the others, which is rare.
template <class Known>
class KnownRows {
 public:
  using Listing = KnownListing<Known>;
  using Id = typename Listing::Id;
  using Listings = std::map<ListingKey, std::shared_ptr<const Listing>>;

  KnownRows() = default;
  explicit KnownRows(Listings listings) : listings_(std::move(listings)) {}

  [[nodiscard]] const Listings& listings() const { return listings_; }

  /// nullptr where nothing is known.
  [[nodiscard]] std::shared_ptr<const Listing> share(const ListingKey& key) const {
    const auto at = listings_.find(key);
    return at == listings_.end() ? nullptr : at->second;
  }

  /// An empty one where nothing is known.
  [[nodiscard]] const Listing& of(const ListingKey& key) const {
    static const Listing nothing{};
    const auto at = listings_.find(key);
    return at == listings_.end() ? nothing : *at->second;
  }

  /// Whichever listing owns it; nullptr when none does.
  [[nodiscard]] const Known* find(const Id& id) const {
    for (const auto& [key, listing] : listings_) {
      if (const Known* row = listing->find(id)) return row;
    }
    return nullptr;
  }
  [[nodiscard]] std::size_t size() const {
    std::size_t rows = 0;
    for (const auto& [key, listing] : listings_) rows += listing->size();
    return rows;
  }
  [[nodiscard]] std::size_t gone() const {
    std::size_t rows = 0;
    for (const auto& [key, listing] : listings_) rows += listing->gone();
    return rows;
  }

 private:
  Listings listings_;
};

using KnownTypes = KnownRows<KnownType>;
using KnownInstances = KnownRows<KnownInstance>;

struct KnownLocation {
  Row<Location> row;
  bool is_listed = true;
  bool is_confirmed = true;
  int absences = 0;
  Timestamp first_seen_at{};
  Timestamp seen_at{};
};

inline bool is_gone(const KnownLocation& location) { return !location.is_listed; }

struct KnownLocations {
  std::map<std::string, KnownLocation> rows;
  std::set<ProblemKey> problems;  // those that last now
};

}  // namespace tally
