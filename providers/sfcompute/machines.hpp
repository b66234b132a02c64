// SF Compute's machines as rows of the model: what a list says of them, what their SKU does, and where SSH reaches
// them, which is asked for one by one. Pure.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/host.hpp"
#include "cloud/ids.hpp"
#include "cloud/instance.hpp"
#include "cloud/redactor.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"
#include "net/json_fields.hpp"
#include "providers/rest/our_tags.hpp"
#include "providers/rest/row_memo.hpp"
#include "providers/sfcompute/skus.hpp"

namespace tally::sfcompute {

/// The vendor's other customers of this kind use the same.
inline constexpr OurTags our_tags{"brev-ref-id", "brev-cloud-cred-ref-id"};

struct Machine {
  Instance instance;            // all but its type, and where SSH reaches it
  std::string sku_id;           // "": none is assigned yet, or it is a node of the old API
  std::string ssh_key;          // by which its place is asked for: its ID, or a VM's; "" when it surely has none now
  std::int64_t updated_at = 0;  // Unix seconds
  json::Findings findings;

  /// It takes up a node.
  [[nodiscard]] bool is_over() const { return instance.status == LifecycleStatus::terminated; }
};

struct Machines {
  std::vector<std::shared_ptr<const Machine>> all;
  std::vector<Rejected> rejected;
};

/// Reads GET /instances again and again.
class MachineList {
 public:
  /// The redactor outlives the list.
  MachineList(LoopbackIs loopback, const Redactor& redactor) : loopback_(loopback), redactor_(redactor) {}

  Result<Machines> read(const std::vector<std::string>& pages, Timestamp now, WorkLimit limit);

 private:
  struct Entry {
    std::shared_ptr<const Machine> machine;  // nothing: no object
    std::string fault;
    std::size_t size = 0;  // in memory, with the row that it becomes
  };
  LoopbackIs loopback_;
  const Redactor& redactor_;
  RowMemo<Entry> memo_;
};

/// One machine, as GET /instances/{id} and POST /instances answer it. Error: for another one than asked (nothing:
/// whichever).
Result<Machine> read_machine(std::string_view body, LoopbackIs loopback, const std::optional<CloudId>& asked,
                             Timestamp now);

/// All tags of such an answer, ours as well. Error when one of them cannot be read: who writes them back would lose it.
/// Error: for another machine than asked.
Result<std::map<std::string, std::string>> read_all_tags(std::string_view body, const CloudId& asked);

/// Where SSH reaches a machine.
struct SshPlace {
  std::string host;                    // an address or a name
  std::optional<std::int32_t> port;    // nothing: not said
  std::vector<std::string> host_keys;  // as OpenSSH writes them, "ssh-ed25519 AAAA…"

  bool operator==(const SshPlace&) const = default;
};
/// GET /instances/{id}/ssh, and its like of the old API.
Result<SshPlace> read_ssh_place(std::string_view body, LoopbackIs loopback);

/// The row of a machine. `skus` may lack its SKU: its type is not known then. `place` may be nothing.
Instance whole_instance(const Machine& machine, const SkuTable& skus, const SshPlace* place);

}  // namespace tally::sfcompute
