#include "providers/rest/instance_list.hpp"

#include <algorithm>

#include "net/json_rows.hpp"
#include "net/url.hpp"
#include "providers/rest/model_size.hpp"
#include "runtime/ascii.hpp"

namespace tally {
namespace {

/// No GPU cloud is older, and no clock that a vendor keeps is further ahead.
bool is_believable_birth(const std::optional<Timestamp>& created_at, Timestamp now) {
  constexpr Timestamp first_cloud{std::chrono::sys_days(std::chrono::year(2010) / 1 / 1)};
  return !created_at || (*created_at >= first_cloud && *created_at <= now + std::chrono::minutes(5));
}

}  // namespace

bool is_believable_id(std::string_view id) {
  return !id.empty() && id.size() <= limits::id &&
         std::none_of(id.begin(), id.end(), [](char c) { return c == ' ' || c == '/' || ascii::is_control(c); });
}

CloudId read_cloud_id(const json::Fields& fields) {
  const std::string id = fields.deciding().text("id", limits::id);
  if (is_believable_id(id)) return CloudId(id);
  fields.deciding().report("id", "is missing or no ID");
  return {};
}

Result<Answer<Instance>> InstanceList::read(const std::vector<std::string>& pages, Timestamp now, WorkLimit limit) {
  ModelSize size;
  Result<Answer<Instance>> answer = rows_.read(pages, size, limit);
  if (!answer) return answer;
  for (Row<Instance>& row : answer->rows) {
    if (is_believable_birth(row->created_at, now)) continue;
    auto unborn = std::make_shared<Instance>(*row);
    unborn->created_at.reset();
    size.add(size_of(*unborn));
    if (size.is_too_large()) return tl::unexpected(too_much_to_hold());
    row = std::move(unborn);
  }
  return answer;
}

Result<Answer<Instance>> InstanceList::read(std::string page, Timestamp now, WorkLimit limit) {
  return read(one_page(std::move(page)), now, limit);
}

Result<> check_asked(const CloudId& answered, const CloudId& asked) {
  if (answered == asked) return {};
  return tl::unexpected(json::bad_reply("the answer is for another instance"));
}

Result<Instance> read_one_instance(std::string_view text, const InstanceMapping& mapping, LoopbackIs loopback,
                                   const std::optional<CloudId>& asked, Timestamp now) {
  json::RowReader row;
  if (row.parse(text) != json::RowReader::Kind::good) {
    return tl::unexpected(json::bad_reply("the instance is " + row.findings().fault));
  }
  Instance instance = mapping.decode(row.fields(), loopback);
  if (!row.findings().fault.empty()) return tl::unexpected(json::bad_reply(row.findings().fault));
  const Result<> is_its = asked ? check_asked(instance.cloud_id, *asked) : Result<>();
  if (!is_its) return tl::unexpected(is_its.error());
  if (!is_believable_birth(instance.created_at, now)) instance.created_at.reset();
  return instance;
}

LoopbackIs loopback_behind(const std::string& endpoint) {
  const auto url = parse_http_url(endpoint);
  return url && is_loopback(url->host) ? LoopbackIs::an_instances : LoopbackIs::nobodys;
}

}  // namespace tally
