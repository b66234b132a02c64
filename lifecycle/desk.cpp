#include "lifecycle/desk.hpp"

#include <utility>

#include "runtime/guarded.hpp"

namespace tally::lifecycle {
namespace asio = boost::asio;
namespace {

constexpr std::chrono::minutes may_be_unlisted{10};  // a machine that a create has just answered

}  // namespace

Desk::Desk(DeskParts of, const Options& with, Clock& time, const asio::any_io_executor& on,
           std::function<std::string()> ids, Journal records)
    : parts(std::move(of)),
      options(with),
      clock(time),
      loop(on),
      tasks(on, report_failure),
      new_id(std::move(ids)),
      journal(std::move(records)) {}

bool has_live_machine(const Desk& desk, const Operation& create) {
  if (!create.has_machine()) return false;
  const KnownInstance* known = desk.find(create.record.cloud_id);
  if (known != nullptr) return !known->ended_at && known->status != LifecycleStatus::terminated;
  if (!create.record.settled_at) return true;  // nobody has seen it yet, nor a list without it
  return create.record.finished_at && desk.clock.wall_now() - *create.record.finished_at < may_be_unlisted;
}

asio::awaitable<bool> is_listed_since(DeskPtr desk, std::string listing, TimePoint since, TimePoint until) {
  const std::shared_ptr<void> lender = desk->parts.lender;
  co_return co_await desk->parts.queue->is_listed_since(std::move(listing), since, until);
}

asio::awaitable<void> tell(DeskPtr desk, InstanceNews news) {
  const std::shared_ptr<void> lender = desk->parts.lender;
  co_await desk->parts.queue->tell(std::move(news));
}

asio::awaitable<void> tell(DeskPtr desk, Instance machine) {
  InstanceNews news;
  news.location = desk->listing_of(machine.location);
  news.what = std::make_shared<const Instance>(std::move(machine));
  co_await tell(desk, std::move(news));
}

asio::awaitable<void> show(DeskPtr desk, CloudId machine, Overlay overlay) {
  const KnownInstance* known = desk->find(machine);
  if (known == nullptr) co_return;
  Instance vendors = *known->row;
  vendors.status = known->status;
  // A machine that is shown so already may be shown so by an operation of an earlier process.
  if (known->status != overlay.status) overlay.before = known->status;
  std::optional<Instance> shown = overlaid(vendors, overlay, desk->clock.now());
  desk->parts.overlays->add(machine, std::move(overlay));
  if (shown) co_await tell(desk, std::move(*shown));
}

void stop_showing(const Desk& desk, const OperationRecord& operation) {
  desk.parts.overlays->remove(operation.cloud_id, operation.id);
  desk.parts.queue->poke(desk.listing_of(operation.location));
}

}  // namespace tally::lifecycle
