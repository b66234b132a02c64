// The JSON columns of the catalog, written and read. Keys are the members' names, with the unit added: sizes end in
// `_bytes`, money in `_nanos` beside a `currency`. What the vendor did not give ("" or empty) is left out.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/instance.hpp"
#include "cloud/instance_type.hpp"

namespace tally {

std::string to_json_text(const std::vector<std::string>& list);
std::string to_json_text(const std::vector<Gpu>& gpus);
std::string to_json_text(const std::vector<Storage>& storage);
std::string to_json_text(const TypeAttributes& attributes);
std::string to_json_text(const InstanceAttributes& attributes);
std::string to_json_text(const std::map<std::string, std::string>& tags);

/// Reads back what to_json_text wrote. Throws std::exception when the text is anything else.
template <class T>
T from_json_text(std::string_view text);

extern template std::vector<std::string> from_json_text(std::string_view text);
extern template std::vector<Gpu> from_json_text(std::string_view text);
extern template std::vector<Storage> from_json_text(std::string_view text);
extern template TypeAttributes from_json_text(std::string_view text);
extern template InstanceAttributes from_json_text(std::string_view text);
extern template std::map<std::string, std::string> from_json_text(std::string_view text);

}  // namespace tally
