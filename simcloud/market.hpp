// What is on sale in the simulated world, at what price and where it is in stock; moves by steps.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "simcloud/catalog.hpp"
#include "simcloud/random.hpp"

namespace tally::simcloud {

struct SaleItem {
  Shape shape;
  bool is_listed = true;
  std::set<std::size_t> regions_with_capacity;
};

class Market {
 public:
  Market(std::size_t types, std::size_t regions, Random& random);

  void step(Random& random);

  [[nodiscard]] const std::vector<SaleItem>& sale() const { return sale_; }
  [[nodiscard]] const std::vector<Region>& regions() const { return regions_; }
  [[nodiscard]] bool is_region_listed(std::size_t region) const { return hidden_region_ != region; }
  [[nodiscard]] std::optional<std::size_t> find_region(const std::string& name) const;
  [[nodiscard]] std::optional<std::size_t> find_shape(const std::string& name) const;
  [[nodiscard]] bool is_in_stock(std::size_t shape, std::size_t region) const;

  /// For what is done to the market from outside.
  void set_stock(std::size_t shape, std::size_t region, bool is_in_stock);

 private:
  std::vector<Region> regions_;
  std::vector<SaleItem> sale_;
  std::size_t hidden_region_ = SIZE_MAX;
};

}  // namespace tally::simcloud
