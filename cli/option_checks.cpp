#include "cli/option_checks.hpp"

#include <CLI/CLI.hpp>

#include "cli/given_values.hpp"
#include "cli/show/format.hpp"
#include "cloud/ids.hpp"
#include "runtime/number.hpp"

namespace tally::cli {
namespace {

template <class Number>
bool is_from_zero(const std::string& text) {
  const auto number = parse_number<Number>(text);
  return number && *number >= 0;
}

template <class Number>
bool is_above_zero(const std::string& text) {
  const auto number = parse_number<Number>(text);
  return number && *number > 0;
}

CLI::Validator takes(const std::string& what, bool (*fits)(const std::string& text)) {
  return {[what, fits](std::string& text) {
            return fits(text) ? std::string() : "takes " + what + ", and not \"" + plain(text) + "\"";
          },
          ""};
}

}  // namespace

CLI::Validator takes_whole_number() { return takes("a whole number from 0 on", is_from_zero<std::int64_t>); }
CLI::Validator takes_positive_whole_number() { return takes("a whole number from 1 on", is_above_zero<std::int64_t>); }
CLI::Validator takes_number() { return takes("a number from 0 on", is_from_zero<double>); }
CLI::Validator takes_positive_number() { return takes("a number above 0", is_above_zero<double>); }

CLI::Validator takes_tag() {
  return takes("KEY=VALUE", [](const std::string& text) { return read_tag(text).has_value(); });
}

CLI::Validator takes_ref_id() {
  return takes(std::string(ref_id_form), [](const std::string& text) { return is_ref_id(text); });
}

}  // namespace tally::cli
