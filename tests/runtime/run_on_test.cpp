#include "runtime/run_on.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <thread>

namespace tally::run_on_test {
namespace asio = boost::asio;

namespace {

/// Neither made of nothing nor copied.
struct Page {
  explicit Page(int what) : number(std::make_unique<int>(what)) {}
  std::unique_ptr<int> number;
};

/// Says where it goes away.
struct Held {
  explicit Held(std::thread::id& where) : where_(where) {}
  ~Held() { where_ = std::this_thread::get_id(); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

 private:
  std::thread::id& where_;
};

struct World {
  asio::io_context loop;
  asio::thread_pool worker{1};

  void run(asio::awaitable<void> task) {
    asio::co_spawn(loop, std::move(task), asio::detached);
    loop.run();
  }
};

asio::awaitable<void> read(World& world, std::optional<Page>& page) {
  auto read_page = [number = std::make_unique<int>(7)] { return Page(*number); };
  page = co_await run_on(world.worker.get_executor(), std::move(read_page));
}

asio::awaitable<void> hold(World& world, std::thread::id& gone_on, std::thread::id& back_on) {
  auto work = [held = std::make_unique<Held>(gone_on)] { return std::this_thread::get_id(); };
  const std::thread::id worker = co_await run_on(world.worker.get_executor(), std::move(work));
  CHECK(gone_on == worker);
  back_on = std::this_thread::get_id();
}

template <class Result>
asio::awaitable<void> fail(World& world, std::string& words) {
  std::function<Result()> work = []() -> Result { throw std::runtime_error("broken"); };
  try {
    co_await run_on(world.worker.get_executor(), std::move(work));
  } catch (const std::runtime_error& failure) {
    words = failure.what();
  }
}

}  // namespace

TEST_CASE("what a worker makes comes back, whatever it is", "[runtime]") {
  World world;
  std::optional<Page> page;
  world.run(read(world, page));
  REQUIRE(page);
  CHECK(*page->number == 7);
}

TEST_CASE("what a function holds goes away on the worker, and who waits goes on where it was", "[runtime]") {
  World world;
  std::thread::id gone_on;
  std::thread::id back_on;
  world.run(hold(world, gone_on, back_on));
  CHECK(gone_on != std::this_thread::get_id());
  CHECK(back_on == std::this_thread::get_id());
}

TEST_CASE("what a worker throws is thrown to who waits", "[runtime]") {
  std::string words;
  World world;
  world.run(fail<int>(world, words));
  CHECK(words == "broken");
  words.clear();
  World another;
  another.run(fail<void>(another, words));
  CHECK(words == "broken");
}

}  // namespace tally::run_on_test
