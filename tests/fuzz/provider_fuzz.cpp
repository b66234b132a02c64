// A provider's account on a reply that a fuzzer makes up, in place of each of its recorded ones in turn: its outcome is
// a listing or an error, whatever it holds. Says so by abort().

#include "tests/fuzz/insist.hpp"
#include "tests/providers/recorded_account.hpp"

namespace {

using namespace tally;
using fakes::insist;

template <class T, class Id>
void check(const Result<Answer<T>>& answer, Id id) {
  if (!answer) return insist(!answer.error().message.empty(), "an error without words");
  for (const auto& row : answer->rows) insist(!id(*row).empty(), "a row without an ID");
  for (const Rejected& row : answer->rejected) insist(!row.reason.empty(), "a row is rejected without a reason");
}

void ask(fakes::RecordedAccount& account) {
  check(account.run(account->locations()), [](const Location& row) { return row.name; });
  check(account.types(), [](const InstanceType& row) { return row.id.str(); });
  check(account.run(account->instances(account.scope)), [](const Instance& row) { return row.cloud_id.str(); });
  const auto one = account.run(account->instance(account.instance));
  insist(!one || one->cloud_id == account.instance.cloud_id, "another instance than the one that was asked for");
  if (ListsImages* lister = account->lists_images()) {
    check(account.run(lister->list_images(account.scope, {})), [](const Image& row) { return row.id; });
  }
  if (Quotas* quotas = account->quotas()) {
    check(account.run(quotas->list_quotas(account.scope)), [](const Quota& row) { return row.id; });
  }
  account.http.sent.clear();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fakes::RecordedAccount account(*find_provider(TALLY_FUZZED_PROVIDER));
  const std::string reply(reinterpret_cast<const char*>(data), size);
  for (const std::string& path : account.paths) {
    account.http.reply(path, 200, reply);
    ask(account);
    account.http.reply(path, 200, account.recorded(path));
  }
  return 0;
}
