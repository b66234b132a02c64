#include "providers/aws/query.hpp"

#include <algorithm>

#include "runtime/ascii.hpp"

namespace tally::aws {
namespace {

bool is_bare(char c) { return ascii::is_letter_or_digit(c) || c == '-' || c == '_' || c == '.' || c == '~'; }

void append_encoded(std::string& body, std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char each : text) {
    const auto c = static_cast<unsigned char>(each);
    if (is_bare(each)) {
      body += each;
    } else if (c == ' ') {
      body += '+';
    } else {
      body += '%';
      body += digits[c >> 4U];
      body += digits[c & 0xfU];
    }
  }
}

}  // namespace

Query::Query(std::string_view action, std::string_view version) {
  parameters_.emplace_back("Action", action);
  parameters_.emplace_back("Version", version);
}

Query& Query::set(std::string name, std::string value) {
  const auto known =
      std::find_if(parameters_.begin(), parameters_.end(), [&](const auto& each) { return each.first == name; });
  if (known != parameters_.end()) {
    known->second = std::move(value);
  } else {
    parameters_.emplace_back(std::move(name), std::move(value));
  }
  return *this;
}

Query& Query::list(const std::string& name, const std::vector<std::string>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    parameters_.emplace_back(name + "." + std::to_string(i + 1), values[i]);
  }
  return *this;
}

Query& Query::filter(std::string name, const std::vector<std::string>& values) {
  const std::string path = "Filter." + std::to_string(++filters_);
  parameters_.emplace_back(path + ".Name", std::move(name));
  return list(path + ".Value", values);
}

std::string Query::body() const {
  std::string body;
  for (const auto& [name, value] : parameters_) {
    if (!body.empty()) body += '&';
    append_encoded(body, name);
    body += '=';
    append_encoded(body, value);
  }
  return body;
}

}  // namespace tally::aws
