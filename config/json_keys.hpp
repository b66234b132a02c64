// What a JSON object looks like from outside: which keys its text has, those that stand there twice included, and where
// it stops being JSON. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tally {

struct JsonKeys {
  std::vector<std::string> keys;  // of the outermost object, as often and in the order in which they stand
  std::size_t read = 0;           // bytes up to the first that is wrong
};

JsonKeys json_keys(std::string_view text);

}  // namespace tally
