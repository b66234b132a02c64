// What a pass over 20,000 type rows and 10,000 instances of each provider costs in its account, beside the least that
// any reading of the same answers can: every value decoded and hashed. The answers are the simulated cloud's, taken
// once; sockets, diff and commit are poll_bench's. CPU of this thread; compare ratios within one run only.
// `provider_bench [PROVIDER...]`
#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/asio/io_context.hpp>
#include <map>

#include "bench/cpu_time.hpp"
#include "bench/json_floor.hpp"
#include "net/authorizer.hpp"
#include "net/outgoing_request.hpp"
#include "providers/registry.hpp"
#include "runtime/contains.hpp"
#include "runtime/system_clock.hpp"
#include "simcloud/face.hpp"
#include "tests/fakes/memory_cache.hpp"
#include "tests/fakes/run_task.hpp"

namespace {

using namespace tally;

constexpr std::size_t wanted_types = 20'000;
constexpr std::size_t machines = 10'000;
constexpr std::size_t first_guess = 1'000;
const std::string key = "key";

/// Each request costs the cloud once; later ones get the same answer.
class TakenAnswers final : public HttpClient {
 public:
  TakenAnswers(const simcloud::Face& face, std::size_t types, std::size_t instances)
      : face_(face), world_(options(types, instances)) {}

  Task<Response> send(Request request) override {
    Response& answer = answers_[request.url];
    if (answer.status == 0) answer = co_await ask(std::move(request));
    co_return answer;
  }
  /// What all of them cost to take and read, and nothing more.
  double floor_ms() {
    const double begin = cpu_ms();
    for (const auto& [url, answer] : answers_) {
      const Response taken = answer;
      if (taken.body.starts_with('{') || taken.body.starts_with('[')) floors_[url].has_changed(taken.body);
    }
    return cpu_ms() - begin;
  }
  [[nodiscard]] double megabytes() const {
    double bytes = 0;
    for (const auto& [url, answer] : answers_) bytes += static_cast<double>(answer.body.size());
    return bytes / 1e6;
  }
  [[nodiscard]] std::size_t requests() const { return answers_.size(); }

 private:
  static simcloud::WorldOptions options(std::size_t types, std::size_t instances) {
    simcloud::WorldOptions options;
    options.types = types;
    options.instances = instances;
    return options;
  }
  boost::asio::awaitable<Response> ask(Request request) {
    const std::size_t host = request.url.find("://") + 3;
    const std::size_t path = request.url.find('/', host);
    simcloud::Asked call = simcloud::make_asked(std::string(name_of(request.method)), request.url.substr(path));
    call.headers["host"] = request.url.substr(host, path - host);
    call.body = request.body.reveal();
    std::vector<Header> headers = std::move(request.headers);
    if (request.authorizer != nullptr) {
      const auto vouched = co_await request.authorizer->authorize(nullptr);
      headers.insert(headers.end(), vouched.value().begin(), vouched.value().end());
    }
    for (const Header& header : headers) {
      call.headers[boost::algorithm::to_lower_copy(header.name)] = std::string(header.value.reveal());
    }
    simcloud::Reply reply = simcloud::answer(face_, world_, key, call, {});
    Response answer;
    answer.status = reply.status;
    answer.body = std::move(reply.body);
    co_return answer;
  }

  const simcloud::Face& face_;
  simcloud::World world_;
  std::map<std::string, Response> answers_;
  std::map<std::string, bench::JsonFloor> floors_;
};

class Bench {
 public:
  Bench(const Provider& provider, std::size_t types, std::size_t instances)
      : provider_(provider), face_(*simcloud::find_face(provider.description.name)), http_(face_, types, instances) {
    open();
  }

  /// CPU of what the account does in one pass.
  double pass_ms() {
    types_ = instances_ = 0;
    const double begin = cpu_ms();
    std::vector<std::string> places = {""};
    if (provider_.description.api_type == ApiType::locational) {
      places.clear();
      const auto locations = run(account_->locations());
      for (const Row<Location>& row : locations.rows) places.push_back(row->name);
    }
    for (const std::string& place : places) {
      types_ += run(account_->instance_types({place})).types.rows.size();
      instances_ += run(account_->instances({place})).rows.size();
    }
    return cpu_ms() - begin;
  }
  /// Nothing is known but what the answers are.
  void open() {
    Credential credential = simcloud::credential_at(face_, "http://127.0.0.1:1" + std::string(face_.base), key);
    credential.ref = CredentialRef("bench");
    if (credential.endpoint.empty()) credential.endpoint = provider_.description.default_endpoint;
    account_ = provider_.open(
        AccountContext{credential, http_, budget_, clock_, rng_, cache_, context_.get_executor(), Redactor()});
  }
  [[nodiscard]] std::size_t types() const { return types_; }
  [[nodiscard]] std::size_t instances() const { return instances_; }
  TakenAnswers& http() { return http_; }

 private:
  template <class T>
  T run(Task<T> task) {
    Result<T> result = fakes::run_task(context_, std::move(task));
    if (!result) throw std::runtime_error(to_text(result.error()));
    return std::move(*result);
  }

  const Provider& provider_;
  const simcloud::Face& face_;
  boost::asio::io_context context_;
  SystemClock clock_;
  Rng rng_{1};
  TenantBudget budget_{clock_, {"", 1e6, 1e6}};
  fakes::MemoryCache cache_;
  TakenAnswers http_;
  std::unique_ptr<Account> account_;
  std::size_t types_ = 0;
  std::size_t instances_ = 0;
};

/// That of the middle of five.
template <class F>
double middle(F run) {
  std::vector<double> all;
  for (int i = 0; i < 5; ++i) all.push_back(run());
  std::sort(all.begin(), all.end());
  return all[all.size() / 2];
}

void measure(const Provider& provider) {
  Bench guess(provider, first_guess, 0);
  guess.pass_ms();
  const std::size_t types = first_guess * wanted_types / std::max<std::size_t>(guess.types(), 1);
  Bench bench(provider, types, machines);
  bench.pass_ms();  // takes the answers
  const double first = middle([&bench] {
    bench.open();
    return bench.pass_ms();
  });
  const double unchanged = middle([&bench] { return bench.pass_ms(); });
  const double floor = middle([&bench] { return bench.http().floor_ms(); });
  fmt::print("{:<12}{:>9}{:>11}{:>10}{:>8.1f}{:>10.1f}{:>10.1f}{:>10.1f}{:>9.1f}{:>9.2f}\n", provider.description.name,
             bench.types(), bench.instances(), bench.http().requests(), bench.http().megabytes(), first, unchanged,
             floor, first / floor, unchanged / floor);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> only(argv + 1, argv + argc);
  fmt::print("{:<12}{:>9}{:>11}{:>10}{:>8}{:>10}{:>10}{:>10}{:>18}\n", "CPU ms", "types", "instances", "requests", "MB",
             "first", "unchanged", "floor", "times the floor");
  for (const simcloud::Face* face : simcloud::faces()) {
    const bool is_wanted = only.empty() || contains(only, face->provider);
    if (!is_wanted) continue;
    try {
      measure(*find_provider(face->provider));
    } catch (const std::exception& error) {
      fmt::print("{:<12}{}\n", face->provider, error.what());
    }
  }
  return 0;
}
