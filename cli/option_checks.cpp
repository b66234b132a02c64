#include "cli/option_checks.hpp"

#include <CLI/CLI.hpp>
#include <limits>
#include <optional>

#include "cli/given_values.hpp"
#include "cli/show/format.hpp"
#include "cloud/ids.hpp"
#include "cloud/money.hpp"
#include "runtime/number.hpp"
#include "store/plain_json.hpp"

namespace tally::cli {
namespace {

constexpr std::int64_t largest_port = 65'535;

std::string refusal_of(const std::string& text, const std::string& what) {
  return "takes " + what + ", and not \"" + plain(text) + "\"";
}

CLI::Validator takes(const std::string& what, bool (*fits)(const std::string& text)) {
  return {[what, fits](std::string& text) { return fits(text) ? std::string() : refusal_of(text, what); }, ""};
}

/// Puts what was read in the text's place.
template <class Read>
CLI::Validator reads(const std::string& what, Read read) {
  return {[what, read](std::string& text) {
            const std::optional<std::int64_t> number = read(text);
            if (!number) return refusal_of(text, what);
            text = std::to_string(*number);
            return std::string();
          },
          ""};
}

CLI::Validator reads_number(const std::string& what, std::int64_t from,
                            std::int64_t to = std::numeric_limits<std::int64_t>::max()) {
  return reads(what, [from, to](const std::string& text) {
    const auto number = parse_number<std::int64_t>(text);
    return number && *number >= from && *number <= to ? number : std::nullopt;
  });
}

std::optional<std::int64_t> read_seconds(const std::string& text) {
  const auto duration = read_duration(text);
  return duration ? std::optional<std::int64_t>(duration->count()) : std::nullopt;
}

bool is_from_zero(const std::string& text) {
  const auto number = parse_number<double>(text);
  return number && *number >= 0;
}

bool is_price_limit(const std::string& text) {
  const auto number = parse_number<double>(text);
  const auto price = number ? Money::parse(plain_decimal(*number)) : std::nullopt;
  return price && price->nanos > 0;
}

}  // namespace

CLI::Validator takes_path() {
  return takes("a path", [](const std::string& text) { return !text.empty(); });
}

CLI::Validator takes_whole_number() { return reads_number("a whole number from 0 on", 0); }
CLI::Validator takes_positive_whole_number() { return reads_number("a whole number from 1 on", 1); }
CLI::Validator takes_port() { return reads_number("a port from 1 to 65535", 1, largest_port); }
CLI::Validator takes_duration() {
  return reads("a time such as 90s, 20m, 8h or 7d, of ten years at most", read_seconds);
}
CLI::Validator takes_number() { return takes("a number from 0 on", is_from_zero); }
CLI::Validator takes_price() { return takes("a price above 0 and below 9.2 billion", is_price_limit); }

CLI::Validator takes_tag() {
  return takes("KEY=VALUE", [](const std::string& text) { return read_tag(text).has_value(); });
}

CLI::Validator takes_ref_id() {
  return takes(std::string(ref_id_form), [](const std::string& text) { return is_ref_id(text); });
}

}  // namespace tally::cli
