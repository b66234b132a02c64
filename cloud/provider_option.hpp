// What a provider lets a configuration say of a credential beside its secret fields: declared in the provider's
// description, read and checked like everything else, handed to the account typed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cloud/money.hpp"

namespace tally {

/// A service of the vendor's under a name of its own: {name = "eu", url = "https://..."}.
struct NamedUrl {
  std::string name;
  std::string url;  // without a trailing slash

  bool operator==(const NamedUrl&) const = default;
};

template <class Value>
using OptionTable = std::map<std::string, Value, std::less<>>;

/// A text, a number, a switch, a list of texts, a table of texts, of prices per hour, or of lists of texts, or
/// services.
using OptionValue = std::variant<std::string, std::int64_t, bool, std::vector<std::string>, OptionTable<std::string>,
                                 OptionTable<Money>, OptionTable<std::vector<std::string>>, std::vector<NamedUrl>>;

/// What a configuration gave, by the names below.
using GivenOptions = std::map<std::string, OptionValue, std::less<>>;

/// One that a configuration may give.
struct ProviderOption {
  std::string_view name;      // in [credential.options]
  OptionValue default_value;  // its type is the option's
  std::string_view help;      // for people, what it does
};

}  // namespace tally
