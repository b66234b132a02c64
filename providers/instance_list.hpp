// Reads a vendor's list of instances again and again: `{"<field>": [row, ...]}`. Each row is decoded by itself and
// remembered, so that an unchanged one costs a hash; one that cannot be read costs only itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/instance.hpp"
#include "cloud/listing.hpp"
#include "cloud/result.hpp"
#include "net/json.hpp"
#include "providers/row_memo.hpp"

namespace tally {

class InstanceList {
 public:
  /// A pure function from one row's fields to the model; faults are declared on the fields.
  using Decode = Instance (*)(const json::Fields& fields);

  /// `secret_keys`: whose values never leave the row. Views and what they point to outlive the list.
  InstanceList(std::string_view field, Decode decode, std::vector<std::string_view> secret_keys)
      : field_(field), decode_(decode), secret_keys_(std::move(secret_keys)) {}

  Result<Listing<Instance>> read(std::string body);

 private:
  struct Entry {
    bool is_json = true;
    std::string id;
    std::string fault;  // "" when the row is good
    Row<Instance> row;
  };
  Entry decode_row(std::string_view text) const;

  std::string_view field_;
  Decode decode_;
  std::vector<std::string_view> secret_keys_;
  RowMemo<Entry> memo_;
};

/// The "id" of a row as the model's; the row is faulty when it has none that could be one.
CloudId read_cloud_id(const json::Fields& fields);

/// One instance, `text` being its row. Error: not the expected JSON, faulty, or for another instance than asked.
Result<Instance> read_one_instance(std::string_view text, InstanceList::Decode decode, const CloudId& asked);

}  // namespace tally
