#include "providers/aws/vcpu_limits.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cloud/decimal.hpp"
#include "cloud/limits.hpp"
#include "net/json_rows.hpp"
#include "net/json_value.hpp"

namespace tally::aws {
namespace {

constexpr std::string_view g_on_demand = "L-DB2E81BA";
constexpr std::string_view g_spot = "L-3819A6DF";
constexpr std::string_view p_on_demand = "L-417A185B";
constexpr std::string_view p_spot = "L-7212CCBC";   // P2 to P4
constexpr std::string_view p5_spot = "L-C4BD4855";  // not confirmed

bool begins_with_digit_after(std::string_view type, std::string_view letters) {
  return type.starts_with(letters) && type.size() > letters.size() && type[letters.size()] >= '0' &&
         type[letters.size()] <= '9';
}

}  // namespace

std::string_view limit_code_of(std::string_view type, UsageClass usage) {
  const bool is_spot = usage == UsageClass::spot;
  for (const std::string_view letters : {"g", "gr", "vt"}) {
    if (begins_with_digit_after(type, letters)) return is_spot ? g_spot : g_on_demand;
  }
  if (!begins_with_digit_after(type, "p")) return "";
  if (!is_spot) return p_on_demand;
  if (type[1] < '5') return p_spot;
  return type[1] == '5' ? p5_spot : "";
}

const std::vector<std::string_view>& limit_codes() {
  static const std::vector<std::string_view> codes = {g_on_demand, p_on_demand, g_spot, p_spot, p5_spot};
  return codes;
}

std::string limit_body(std::string_view code) {
  return boost::json::serialize(boost::json::object{{"ServiceCode", "ec2"}, {"QuotaCode", code}});
}

Result<Quota> read_limit(std::string_view body, std::string_view code) {
  WorkLimit work;
  const auto row = json::single_row(body, "Quota", work);
  if (!row) return tl::unexpected(row.error());
  json::Value value;
  if (row->size() > limits::row || json::Parser().parse(*row, value) != json::Parsed::good) {
    return tl::unexpected(json::bad_reply("the quota cannot be read"));
  }
  Quota quota;
  quota.id = code;
  quota.name = value.text_of("QuotaName");
  if (quota.name.size() > limits::text) quota.name.clear();
  quota.unit = "vcpu";
  const json::Value* granted = value.find("Value");
  const bool is_number = granted != nullptr && granted->kind == json::Value::Kind::number;
  const auto number = is_number ? Decimal::parse(granted->text) : std::nullopt;
  if (number) quota.maximum = number->whole();
  return quota;
}

}  // namespace tally::aws
