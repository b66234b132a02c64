// Instances in a vendor's JSON: lists of them, read again and again (row_list.hpp), and single ones.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/host.hpp"
#include "cloud/instance.hpp"
#include "cloud/redactor.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"
#include "net/json_fields.hpp"
#include "providers/rest/row_list.hpp"

namespace tally {

/// How a vendor's row becomes an instance.
struct InstanceMapping {
  std::string_view field;  // of the list, see RowForm
  /// A pure function from one row's fields to the model; what is wrong is reported on the fields.
  std::function<Instance(const json::Fields& fields, LoopbackIs loopback)> decode;
};

class InstanceList {
 public:
  /// `loopback`: what an address of this machine is in the account's answers. The redactor outlives the list.
  InstanceList(InstanceMapping mapping, LoopbackIs loopback, const Redactor& redactor)
      : rows_({mapping.field, [loopback, decode = std::move(mapping.decode)](
                                  const json::Fields& fields) { return decode(fields, loopback); }},
              redactor) {}

  /// `now`: a creation time well after it is not known. Refused: more than limits::answer_model.
  Result<Answer<Instance>> read(const std::vector<std::string>& pages, Timestamp now, WorkLimit limit = WorkLimit());
  Result<Answer<Instance>> read(std::string page, Timestamp now, WorkLimit limit = WorkLimit());

 private:
  RowList<Instance> rows_;
};

/// Whether it could be a vendor's ID of something: without blanks, controls and slashes, at most limits::id bytes.
bool is_believable_id(std::string_view id);

/// The "id" of a row as the model's; the row is faulty when it has none that could be one.
CloudId read_cloud_id(const json::Fields& fields);

/// Error: what was answered to a question about one instance is about another.
Result<> check_asked(const CloudId& answered, const CloudId& asked);

/// One instance, `text` being its row. Error: not the expected JSON, faulty, or for another instance than asked
/// (nobody was asked for: whichever).
Result<Instance> read_one_instance(std::string_view text, const InstanceMapping& mapping, LoopbackIs loopback,
                                   const std::optional<CloudId>& asked, Timestamp now);

/// What an address of this machine is in the answers of the API at that endpoint.
LoopbackIs loopback_behind(const std::string& endpoint);

}  // namespace tally
