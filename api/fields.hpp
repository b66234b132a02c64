// Reads the JSON object that a request's body is, field by field, and keeps each fault by the name of its field:
// "firewall_rules.ingress[0].to_port". What is null is absent. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/message.hpp"

namespace tally::api {

enum class Need { optional, required };

class Fields {
 public:
  struct Fault {
    std::string field;  // "": the body itself
    std::string detail;
  };
  using Read = std::function<void(Fields& fields)>;

  /// An empty body has no fields.
  explicit Fields(const std::string& body);

  /// Whether the field is there, be it null.
  [[nodiscard]] bool has(const std::string& name) const { return left_.contains(name); }

  /// A whole number within bounds; nothing when it is absent.
  std::optional<std::int64_t> whole(const std::string& name, std::int64_t least, std::int64_t most,
                                    Need need = Need::optional);

  /// "" when it is absent. A text that is required is not empty.
  std::string text(const std::string& name, Need need = Need::optional);

  /// False when it is absent.
  bool flag(const std::string& name);

  std::vector<std::string> texts(const std::string& name, Need need = Need::optional);

  /// An object of texts; one that is null is there without a value.
  std::map<std::string, std::optional<std::string>> text_map(const std::string& name, Need need = Need::optional);

  /// An object in the object, and a list of objects: `read` is called with each.
  void object(const std::string& name, const Read& read);
  void objects(const std::string& name, const Read& read);

  /// What was read is wrong for another reason.
  void fail(const std::string& name, std::string detail);

  /// To be called when all was read: each field at fault, also those that nobody read.
  [[nodiscard]] std::vector<Fault> faults() const;

  /// Likewise: 400 that names the first field at fault, and in `problems` each of several.
  [[nodiscard]] std::optional<Response> refusal() const;

 private:
  Fields(boost::json::value value, std::string path);
  std::optional<boost::json::value> take(const std::string& name, Need need);
  void read_within(boost::json::value value, const std::string& name, const Read& read);

  std::string path_;           // before each name: "", "firewall_rules.ingress[0]."
  boost::json::object left_;   // what nobody has read yet
  std::vector<Fault> faults_;  // whole names
};

}  // namespace tally::api
