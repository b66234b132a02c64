// What a create announces before it makes it.
#include "lifecycle/resources.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include "tests/lifecycle/lifecycle_world.hpp"

namespace tally::lifecycle::resources_test {
using namespace test;

namespace {

boost::asio::awaitable<void> keep(Task<> work, std::shared_ptr<Result<>> to) { *to = co_await std::move(work); }

/// A create that goes on, beside the service.
struct Creating : World {
  Creating() {
    Journal journal(process->credential, process->writer, process->clock, process->context.get_executor(), {});
    desk = std::make_shared<Desk>(DeskParts(), Options(), process->clock, process->context.get_executor(), nullptr,
                                  std::move(journal));
    OperationRecord record;
    record.id = "op";
    record.created_at = now();
    JournalChanges begun;
    begun.operations.push_back(record);
    process->catalog.apply(process->credential, begun);
    create_of_it = desk->journal.add(std::move(record));
  }
  void announce(HandleKind kind, const std::string& name) {
    auto noted = std::make_shared<Result<>>(vendor_error());
    boost::asio::co_spawn(process->context, keep(announce_resource(desk, create_of_it, {kind, "", name}), noted),
                          boost::asio::detached);
    process->clock.run_ready();
    CHECK(*noted);
  }
  static tl::unexpected<Error> vendor_error() { return tl::unexpected(Error()); }
  /// By name, of memory and of the journal: they are the same.
  [[nodiscard]] std::string announced() const {
    std::string names;
    for (const ResourceRecord& one : create_of_it->resources) names += one.handle.name + " ";
    CHECK(names == text("SELECT group_concat(name || ' ', '') FROM (SELECT name FROM operation_resources ORDER BY "
                        "kind)"));
    return names;
  }

  DeskPtr desk;
  OperationPtr create_of_it;
};

}  // namespace

TEST_CASE("a part that is announced takes the place of the one of its kind whose name was taken", "[lifecycle]") {
  Creating world;
  world.announce(HandleKind::key, "job");
  CHECK(world.announced() == "job ");
  world.announce(HandleKind::key, "job");
  CHECK(world.announced() == "job ");
  world.announce(HandleKind::key, "job-2");
  CHECK(world.announced() == "job-2 ");
  world.announce(HandleKind::script, "job");
  CHECK(world.announced() == "job-2 job ");
}

}  // namespace tally::lifecycle::resources_test
