// The next version of what is known: a listing is copied when it is first changed, all others are shared with the last
// version. So a change costs what its own listing costs, however many there are. Used by one thread.
#pragma once

#include <map>
#include <memory>
#include <utility>

#include "tally/known.hpp"

namespace tally {

template <class Known>
class NextKnown {
 public:
  using Rows = KnownRows<Known>;
  using Listing = KnownListing<Known>;

  explicit NextKnown(std::shared_ptr<const Rows> last) : last_(std::move(last)) {}

  [[nodiscard]] const Rows& last() const { return *last_; }
  [[nodiscard]] bool is_changed() const { return !changed_.empty(); }

  /// To be changed.
  Listing& of(const ListingKey& key) {
    std::shared_ptr<Listing>& listing = changed_[key];
    if (!listing) listing = std::make_shared<Listing>(last_->of(key));
    return *listing;
  }

  /// Into the listing that it names.
  void put(Known row) {
    Listing& to = of(row.listing);
    to.put(std::move(row));
  }

  /// The last version itself when nothing was changed.
  [[nodiscard]] std::shared_ptr<const Rows> finish() && {
    if (!is_changed()) return std::move(last_);
    typename Rows::Listings listings = last_->listings();
    for (auto& [key, listing] : changed_) listings[key] = std::move(listing);
    return std::make_shared<const Rows>(std::move(listings));
  }

 private:
  std::shared_ptr<const Rows> last_;
  std::map<ListingKey, std::shared_ptr<Listing>> changed_;
};

}  // namespace tally
