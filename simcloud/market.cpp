#include "simcloud/market.hpp"

#include <algorithm>

namespace tally::simcloud {
namespace {

// How often things happen: once in so many steps, on average.
constexpr std::size_t price_move = 4;
constexpr std::size_t stock_move = 2;
constexpr std::size_t type_vanishes = 30;
constexpr std::size_t type_returns = 6;
constexpr std::size_t region_moves = 60;
constexpr std::size_t at_once = 1000;  // of each thousand items, one may move a step

template <class List, class NameOf>
std::optional<std::size_t> index_of(const List& list, const std::string& name, NameOf name_of) {
  const auto at = std::find_if(list.begin(), list.end(), [&](const auto& item) { return name_of(item) == name; });
  if (at == list.end()) return std::nullopt;
  return static_cast<std::size_t>(at - list.begin());
}

}  // namespace

Market::Market(std::size_t types, std::size_t regions, Random& random) : regions_(make_regions(regions)) {
  for (Shape& shape : make_shapes(types)) {
    SaleItem item;
    item.shape = std::move(shape);
    for (std::size_t region = 0; region < regions_.size(); ++region) {
      if (random.one_in(3)) item.regions_with_capacity.insert(region);
    }
    sale_.push_back(std::move(item));
  }
}

void Market::step(Random& random) {
  for (std::size_t i = 0; i < 1 + sale_.size() / at_once; ++i) {
    SaleItem& item = sale_[random.below(sale_.size())];
    if (random.one_in(price_move)) {
      const int percent = 90 + static_cast<int>(random.below(21));
      item.shape.price_cents = std::max(1, item.shape.price_cents * percent / 100);
    }
    if (random.one_in(stock_move)) {
      const std::size_t region = random.below(regions_.size());
      if (item.regions_with_capacity.erase(region) == 0) item.regions_with_capacity.insert(region);
    }
    if (random.one_in(item.is_listed ? type_vanishes : type_returns)) item.is_listed = !item.is_listed;
  }
  if (random.one_in(region_moves)) {
    hidden_region_ = hidden_region_ == SIZE_MAX ? random.below(regions_.size()) : SIZE_MAX;
  }
}

std::optional<std::size_t> Market::find_region(const std::string& name) const {
  return index_of(regions_, name, [](const Region& region) { return region.name; });
}

std::optional<std::size_t> Market::find_shape(const std::string& name) const {
  return index_of(sale_, name, [](const SaleItem& item) { return item.shape.name; });
}

bool Market::is_in_stock(std::size_t shape, std::size_t region) const {
  const SaleItem& item = sale_.at(shape);
  return item.is_listed && is_region_listed(region) && item.regions_with_capacity.contains(region);
}

void Market::set_stock(std::size_t shape, std::size_t region, bool is_in_stock) {
  SaleItem& item = sale_.at(shape);
  if (is_in_stock) {
    item.is_listed = true;
    item.regions_with_capacity.insert(region);
  } else {
    item.regions_with_capacity.erase(region);
  }
}

}  // namespace tally::simcloud
