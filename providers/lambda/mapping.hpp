// Lambda's replies as rows of the model: pure functions of the reply and what came before it. Source: Lambda Cloud API
// 1.10.0 and 1.5.3; unknown fields, absent optional ones and nulls are accepted everywhere.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/image.hpp"
#include "cloud/instance.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/location.hpp"
#include "cloud/result.hpp"
#include "providers/rest/answer_memo.hpp"
#include "providers/rest/instance_list.hpp"
#include "providers/rest/row_memo.hpp"

namespace tally::lambda {

/// Reads GET /regions again and again.
class RegionList {
 public:
  /// The redactor outlives the list.
  explicit RegionList(const Redactor& redactor);
  Result<Answer<Location>> read(std::string body, WorkLimit limit = WorkLimit());

 private:
  RowList<Location> rows_;
};

/// What the account's global ruleset lets in to machines wherever rulesets have an effect. Never nullptr.
using OpenPorts = std::shared_ptr<const std::vector<FirewallRule>>;

/// Reads GET /instances again and again.
class InstanceReader {
 public:
  /// The redactor outlives the reader.
  InstanceReader(LoopbackIs loopback, const Redactor& redactor) : loopback_(loopback), redactor_(redactor) {}
  Result<Answer<Instance>> read(std::string body, const OpenPorts& open, Timestamp now, WorkLimit limit = WorkLimit());

 private:
  const LoopbackIs loopback_;
  const Redactor& redactor_;
  OpenPorts open_;  // that the rows in memory were made with
  std::optional<InstanceList> rows_;
};

/// GET /instances/{id}. Error when the answer is for another instance.
Result<Instance> read_instance(const std::string& body, const OpenPorts& open, LoopbackIs loopback,
                               const CloudId& asked, Timestamp now, WorkLimit limit = WorkLimit());

/// GET /images: a row an image and region.
RowForm<Image> image_form();

/// The answer to an operation on instances. Error when the machine is not among those that it was done to: the vendor
/// may have done it to fewer than it was asked for.
Result<> read_operation(std::string_view body, std::string_view answered_as, const CloudId& asked, WorkLimit limit);

struct TypesAnswer {
  Answer<InstanceType> types;   // one row a type and region, unavailable ones included
  std::vector<Location> named;  // regions in which it shows capacity, each once
};

/// Reads GET /instance-types again and again.
class TypeReader {
 public:
  /// The redactor outlives the reader.
  explicit TypeReader(const Redactor& redactor) : redactor_(redactor) {}

  /// `regions`: those that are known. Refused: more regions, or rows, than anybody has; more than
  /// limits::answer_model.
  Result<TypesAnswer> read(const std::string& body, const std::vector<Row<Location>>& regions,
                           WorkLimit limit = WorkLimit());

 private:
  struct Entry {
    std::string name;  // of the type; "" when it cannot be read
    json::Findings findings;
    InstanceType prototype;          // all but what depends on the region
    bool is_capacity_known = false;  // also where it is not among these
    std::vector<Location> regions_with_capacity;
    std::string unread_region;            // why one beside them cannot be read; "": all can
    std::vector<Row<InstanceType>> rows;  // for `rows_version_`
    int rows_version = -1;
    std::size_t size = 0;       // of all but the rows, in memory
    std::size_t rows_size = 0;  // of the rows
  };

  Result<TypesAnswer> read_rows(std::string_view body, WorkLimit& limit);
  static Entry decode(const json::RawRow& raw, json::RowReader& row, bool is_object);
  static std::size_t rows_size(const Entry& entry, const std::vector<Location>& regions);
  static void expand(Entry& entry, const std::vector<Location>& regions);
  void reject(const Entry& entry, std::string_view text, Answer<InstanceType>& listing) const;

  const Redactor& redactor_;
  AnswerMemo<TypesAnswer> last_;  // for `given_`
  RowMemo<Entry> memo_;
  std::vector<Location> given_;    // the regions that are known
  std::vector<Location> regions_;  // that the rows were made for: those, and those that the answer names
  int version_ = 0;
};

}  // namespace tally::lambda
