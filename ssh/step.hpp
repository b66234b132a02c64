// What a part of a contact comes to: done, or words for a person. The stage is told by whoever called it.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace tally {

template <class T>
using OrWords = tl::expected<T, std::string>;
using Step = OrWords<void>;

inline tl::unexpected<std::string> failed(std::string words) { return tl::unexpected<std::string>(std::move(words)); }

}  // namespace tally
