// Notifications on virtual time: a real catalog, and a receiver that does what the test says.
#include "notify/notifier.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <set>
#include <stdexcept>

#include "runtime/guarded.hpp"
#include "store/orphan_watch.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/slow_build.hpp"
#include "tests/store/catalog_world.hpp"

namespace tally::notifier_test {
namespace asio = boost::asio;
using namespace tally::notify;
using namespace tally::store_tests;

namespace {

/// What a receiver does, and what came to it.
struct Receiver {
  bool is_down = false;
  std::string poison;                 // a subject that it never takes
  std::chrono::milliseconds late{0};  // until it answers
  std::optional<std::chrono::milliseconds> retry_after;
  bool answers_cancelled = false;  // its answer comes when nobody waits for it any more
  int lanes = 4;
  std::vector<std::string> taken;  // subject IDs, in order
  std::vector<std::int64_t> deliveries;
  int attempts = 0;
};

asio::awaitable<std::exception_ptr> cut_off_from(asio::awaitable<void> work) {
  std::exception_ptr failure;
  try {
    co_await std::move(work);
  } catch (...) {
    failure = std::current_exception();
  }
  co_return failure;
}

class FakeTarget final : public Target {
 public:
  FakeTarget(Receiver& receiver, Clock& clock) : receiver_(receiver), clock_(clock) {}
  Task<> deliver(std::string body) override {
    ++receiver_.attempts;
    if (receiver_.late.count() > 0) {
      const std::exception_ptr cut_off = co_await cut_off_from(clock_.sleep_until(clock_.now() + receiver_.late));
      if (cut_off && !receiver_.answers_cancelled) std::rethrow_exception(cut_off);
    }
    const auto document = boost::json::parse(body).as_object();
    const auto& event = document.at("event").as_object();
    const std::string subject = event.at("subject_id").is_null() ? "" : event.at("subject_id").as_string().c_str();
    Error error;
    error.kind = Errc::service_unavailable;
    error.message = "no";
    error.retry_after = receiver_.retry_after;
    if (receiver_.is_down || (!receiver_.poison.empty() && subject == receiver_.poison)) {
      co_return tl::unexpected(error);
    }
    receiver_.taken.push_back(subject + (event.at("new").is_null() ? "" : event.at("new").as_string().c_str()));
    receiver_.deliveries.push_back(document.at("delivery").as_int64());
    co_return Result<>();
  }
  [[nodiscard]] std::size_t lanes() const override { return static_cast<std::size_t>(receiver_.lanes); }

 private:
  Receiver& receiver_;
  Clock& clock_;
};

Rule rule_of(const std::string& name, std::vector<std::string> events) {
  Rule rule;
  rule.name = name;
  rule.events = std::move(events);
  rule.url = "http://127.0.0.1/";
  return rule;
}

/// Some commits fail: those from `first` to `last`, counted from 0.
struct RefusedCommits {
  int first = 1 << 20;
  int last = 1 << 20;
  int count = 0;
  static int ask(void* self) {
    auto& of = *static_cast<RefusedCommits*>(self);
    const int number = of.count++;
    return number >= of.first && number <= of.last ? 1 : 0;
  }
};

struct NotifyWorld {
  asio::io_context context;
  ManualClock clock{context};
  World world;
  Rng rng{3};
  CatalogWriter writer{world.catalog, context.get_executor(), context.get_executor(), clock};
  Receiver receiver;
  bool has_no_way = false;  // to whom a rule tells
  std::unique_ptr<Notifier> notifier;
  std::unique_ptr<Tasks> tasks;
  std::exception_ptr failure;  // of what was run last
  int number = 0;

  explicit NotifyWorld(std::vector<Rule> rules = {rule_of("r", {"type_changed"})}) { start(std::move(rules)); }
  ~NotifyWorld() { stop(); }

  /// As a process that starts.
  void start(std::vector<Rule> rules) {
    const DeliveryContext parts{world.file, writer, clock, rng, context.get_executor(), context.get_executor(),
                                nullptr};
    notifier = std::make_unique<Notifier>(parts, [this](const Rule&) {
      if (has_no_way) throw std::runtime_error("no authorities");
      return std::make_unique<FakeTarget>(receiver, clock);
    });
    notifier->begin_with(std::move(rules));
    tasks = std::make_unique<Tasks>(context.get_executor(), nullptr);
    tasks->spawn("notifier", keep_going("notifier", clock, [this] { return notifier->run(); }));
    clock.run_ready();
  }
  void stop() {
    if (!tasks) return;
    tasks->cancel();
    run(notifier->stop());
    tasks.reset();
    notifier.reset();
  }
  void run(asio::awaitable<void> work) {
    asio::co_spawn(context, std::move(work), [this](std::exception_ptr end) { failure = std::move(end); });
    clock.run_ready();
  }
  void apply(std::vector<Rule> rules) { run(notifier->apply(std::move(rules))); }

  /// Events of these subjects, each with the next number.
  void happen(const std::vector<std::string>& subjects, const std::string& kind = "type_changed") {
    ChangeSet changes;
    changes.at = clock.wall_now();
    for (const std::string& subject : subjects) {
      changes.events.push_back({kind, "instance_type", subject, "is_stoppable", {}, std::to_string(++number), {}});
    }
    run(writer.commit(cred, changes));
  }
  [[nodiscard]] std::int64_t count(const std::string& state) const {
    return world.integer("SELECT count(*) FROM deliveries WHERE state = '" + state + "'");
  }
};

}  // namespace

TEST_CASE("a rule tells of what happens from then on, in order", "[notify]") {
  NotifyWorld world(std::vector<Rule>{});
  world.happen({"before"});
  world.clock.advance(2s);
  world.apply({rule_of("r", {"type_changed"})});
  world.happen({"a", "b", "a"});
  world.happen({"c"}, "type_added");
  world.clock.advance(2s);
  CHECK(world.receiver.taken == std::vector<std::string>{"a2", "b3", "a4"});
  CHECK(world.count("delivered") == 3);
  CHECK(world.world.integer("SELECT count(*) FROM deliveries WHERE attempts = 1 AND error IS NULL") == 3);
}

TEST_CASE("a receiver that fails gets everything later, once each, in order of the subject", "[notify]") {
  NotifyWorld world;
  world.receiver.is_down = true;
  world.happen({"a", "b", "a", "a"});
  world.clock.advance(1h);
  CHECK(world.receiver.taken.empty());
  CHECK(world.receiver.attempts > 12);   // at least every five minutes
  CHECK(world.receiver.attempts < 100);  // and not all the time
  CHECK(world.count("waiting") == 4);
  CHECK(world.world.integer("SELECT count(*) FROM deliveries WHERE error = 'no'") == 2);  // the first of each
  world.receiver.is_down = false;
  world.clock.advance(5min);
  REQUIRE(world.receiver.taken.size() == 4);
  std::string of_a;
  for (const std::string& each : world.receiver.taken) of_a += each.front() == 'a' ? each : "";
  CHECK(of_a == "a1a3a4");
  CHECK(world.count("delivered") == 4);
}

TEST_CASE("what one subject's deliveries fail at keeps no other's waiting, and ends after a day", "[notify]") {
  NotifyWorld world;
  world.receiver.poison = "bad";
  world.happen({"bad", "a", "bad", "b"});
  world.clock.advance(1min);
  CHECK(world.receiver.taken == std::vector<std::string>{"a2", "b4"});
  world.clock.advance(25h);
  CHECK(world.count("given_up") == 2);
  CHECK(world.world.integer(
            "SELECT count(*) FROM deliveries WHERE error LIKE 'given up after % attempts in 24 h: no'") == 2);
}

TEST_CASE("a receiver that answers late delays neither the tally nor what others are told", "[notify]") {
  NotifyWorld world;
  world.receiver.late = 25s;
  const std::uint64_t before = world.writer.commits();
  world.happen({"a", "a", "b"});
  CHECK(world.writer.commits() == before + 1);  // at once
  world.clock.advance(26s);
  CHECK(world.receiver.taken == std::vector<std::string>{"a1", "b3"});
  world.clock.advance(26s);
  CHECK(world.receiver.taken == std::vector<std::string>{"a1", "b3", "a2"});
}

TEST_CASE("a restart loses nothing, and what was on its way keeps its delivery", "[notify]") {
  NotifyWorld world;
  world.receiver.late = 10s;
  world.happen({"a", "a", "b"});
  world.clock.advance(1s);
  CHECK(world.receiver.attempts == 2);
  world.stop();
  world.happen({"c"});  // written before it ended, not read
  world.receiver.late = 0s;
  world.start({rule_of("r", {"type_changed"})});
  world.clock.advance(2s);
  CHECK(world.receiver.taken == std::vector<std::string>{"a1", "b3", "a2", "c4"});
  CHECK(std::set<std::int64_t>(world.receiver.deliveries.begin(), world.receiver.deliveries.end()) ==
        std::set<std::int64_t>{1, 2, 3, 4});
}

TEST_CASE("a wall clock that is set gives up nothing", "[notify]") {
  NotifyWorld world;
  world.receiver.is_down = true;
  world.happen({"a"});
  world.clock.advance(10min);
  world.clock.step_wall(48h);
  world.clock.advance(10min);
  CHECK(world.count("waiting") == 1);
  world.clock.step_wall(-96h);
  world.clock.advance(24h);
  CHECK(world.count("given_up") == 1);
}

TEST_CASE("what has waited for a day before a restart gets one more attempt", "[notify]") {
  NotifyWorld world;
  world.receiver.is_down = true;
  world.happen({"a", "b"});
  world.clock.advance(1min);
  world.stop();
  world.clock.advance(30h);
  world.receiver.is_down = false;
  world.receiver.poison = "a";
  world.start({rule_of("r", {"type_changed"})});
  world.clock.advance(1min);
  CHECK(world.receiver.taken == std::vector<std::string>{"b2"});
  CHECK(world.count("given_up") == 1);
}

TEST_CASE("a receiver that asks for time gets it, up to five minutes", "[notify]") {
  NotifyWorld world;
  world.receiver.is_down = true;
  world.receiver.retry_after = 4min;
  world.happen({"a"});
  world.clock.advance(3min + 50s);
  CHECK(world.receiver.attempts == 1);
  world.receiver.retry_after = 10h;
  world.clock.advance(30s);
  CHECK(world.receiver.attempts == 2);
  world.clock.advance(5min);
  CHECK(world.receiver.attempts == 3);
}

TEST_CASE("of more than ten thousand that wait the oldest are given up", "[notify]") {
  if (fakes::is_slow_build) return;  // which makes minutes of it; fewer run the same code
  NotifyWorld world;
  world.receiver.is_down = true;
  std::vector<std::string> subjects;
  for (int i = 0; i < 10'050; ++i) subjects.push_back("s" + std::to_string(i));
  world.happen(subjects);
  world.clock.advance(1min);
  CHECK(world.count("waiting") == 10'000);
  CHECK(world.count("given_up") == 50);
  CHECK(world.world.integer("SELECT max(event_id) FROM deliveries WHERE error = 'given up: more than 10000 were "
                            "waiting'") < 100);
}

TEST_CASE("what waits for a rule that is removed is given up: one that changes goes on", "[notify]") {
  NotifyWorld world({rule_of("kept", {"type_changed"}), rule_of("gone", {"type_changed"})});
  world.receiver.is_down = true;
  world.happen({"a"});
  world.clock.advance(2s);
  Rule changed = rule_of("kept", {"type_changed"});
  changed.url = "http://127.0.0.1/elsewhere";
  world.apply({changed});
  CHECK(world.world.integer("SELECT count(*) FROM deliveries WHERE notify = 'gone' AND error = 'given up: its rule was "
                            "removed'") == 1);
  world.receiver.is_down = false;
  world.clock.advance(5min);
  CHECK(world.receiver.taken == std::vector<std::string>{"a1"});
}

TEST_CASE("rules that cannot be put in force leave those that are", "[notify]") {
  NotifyWorld world;
  world.receiver.is_down = true;
  world.happen({"a"});
  world.clock.advance(2s);
  world.has_no_way = true;
  Rule changed = rule_of("r", {"type_changed"});
  changed.url = "http://127.0.0.1/elsewhere";
  world.apply({changed, rule_of("new", {"type_changed"})});
  CHECK(world.failure);
  world.receiver.is_down = false;
  world.happen({"b"});
  world.clock.advance(5min);
  CHECK(world.receiver.taken == std::vector<std::string>{"a1", "b2"});
  CHECK(world.world.integer("SELECT count(*) FROM deliveries WHERE notify = 'new'") == 0);
}

TEST_CASE("a stop while a receiver answers notes the answer", "[notify]") {
  NotifyWorld world;
  world.receiver.late = 10s;
  world.happen({"a"});
  world.clock.advance(9s);
  world.receiver.answers_cancelled = true;
  world.stop();
  CHECK(world.count("delivered") == 1);
}

TEST_CASE("a catalog that refuses any one commit costs no notification and doubles none", "[notify]") {
  const int refused = GENERATE(range(0, 14));
  NotifyWorld world;
  RefusedCommits commits;
  commits.first = commits.last = refused;
  world.world.catalog.on_commit(&RefusedCommits::ask, &commits);
  for (int i = 0; i < 3; ++i) {
    const std::uint64_t before = world.writer.commits();
    world.happen({"a", "b"});
    if (world.writer.commits() == before) world.happen({"a", "b"});  // that one was refused
    world.clock.advance(10s);
  }
  world.clock.advance(1min);
  world.world.catalog.on_commit(nullptr, nullptr);
  CHECK(world.receiver.taken.size() == 6);
  CHECK(world.count("delivered") == 6);
}

TEST_CASE("a test is one attempt, marked, and shows what came of it", "[notify]") {
  NotifyWorld world;
  std::optional<Result<std::int64_t>> outcome;
  const auto test = [&](const std::string& name) {
    asio::co_spawn(world.context, world.notifier->test(name),
                   [&outcome](const std::exception_ptr&, Result<std::int64_t> result) { outcome = std::move(result); });
    world.clock.run_ready();
    REQUIRE(outcome);
    return *outcome;
  };
  CHECK(test("r").value() == 1);
  CHECK(test("none").error().kind == Errc::resource_not_found);
  world.receiver.is_down = true;
  CHECK(test("r").error().message == "no");
  CHECK(world.world.integer("SELECT count(*) FROM deliveries WHERE event_id IS NULL AND attempts = 1") == 2);
  CHECK(world.count("waiting") == 0);
}

TEST_CASE("an orphan is told of when it is seen twice, and when it is none any more", "[notify]") {
  NotifyWorld world({rule_of("r", {"orphan"})});
  OrphanWatch watch(world.world.file, world.writer, world.clock, world.context.get_executor());
  world.tasks->spawn("orphans", watch.run());
  Instance instance = make_instance("i-1");
  instance.ref_id = RefId();
  world.world.catalog.apply(cred, addition(instance, world.clock.wall_now()), state(instances_listing, now()));
  world.clock.advance(15s);
  CHECK(world.receiver.taken.empty());
  world.clock.advance(10s);
  CHECK(world.receiver.taken == std::vector<std::string>{"i-1no_ref_id"});
  ChangeSet ended = addition(instance, world.clock.wall_now());
  ended.instances.front().ended_at = world.clock.wall_now();
  ended.statuses.clear();
  ended.events.push_back({"instance_ended", "instance", "i-1", {}, {}, {}, {}});
  world.world.catalog.apply(cred, ended, state(instances_listing, now()));
  world.clock.advance(15s);
  CHECK(world.receiver.taken == std::vector<std::string>{"i-1no_ref_id", "i-1"});
  CHECK(world.world.integer("SELECT count(*) FROM events WHERE kind = 'orphan_gone' AND old = 'no_ref_id'") == 1);
}

}  // namespace tally::notifier_test
