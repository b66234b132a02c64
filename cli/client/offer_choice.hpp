// Which offers a create may take, the cheapest first.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/reader.hpp"

namespace tally::cli {

/// What is wanted; "" and nothing: any.
struct OfferWish {
  std::string gpu;
  std::optional<std::int64_t> count;
  std::optional<double> max_price;  // of the whole machine per hour, in the offer's currency
  std::string credential;
  std::string location;
  bool is_spot = false;
};

struct Offer {
  std::string credential;
  std::string instance_type_id;
  std::string type;
  std::string location;
  double price_per_hour = 0;
  std::string currency;

  auto operator<=>(const Offer&) const = default;
};

/// Why a credential may not create, as the daemon would tell it.
struct CredentialFault {
  std::string kind;  // of the problem
  std::string detail;
};

/// Why no offer can be had through the wish's credential: none of that name is in force, or it may not create. Nothing:
/// it may, or any will do.
std::optional<CredentialFault> fault_of_credential(Reader& reader, const OfferWish& wish);

/// What can be had now, by what the catalog knows for certain, through a credential that may create. Prices in USD come
/// first, and of each currency the cheapest.
std::vector<Offer> find_offers(Reader& reader, const OfferWish& wish);

/// "gpu_8x_h100 in us-east-1 through lambda-prod, 23.92 USD per hour".
std::string title_of(const Offer& offer);

}  // namespace tally::cli
