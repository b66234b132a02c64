#include "daemon/credential_check.hpp"

#include "cloud/late.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds deadline_of_a_step{20};

template <class T>
std::size_t rows_in(const Answer<T>& answer) {
  return answer.rows.size();
}
std::size_t rows_in(const Offering& offering) { return offering.types.rows.size(); }

template <class T>
asio::awaitable<Result<T>> run_step(std::string name, Task<T> list, Clock& clock, std::vector<api::CheckStep>& steps) {
  const TimePoint began = clock.now();
  Result<T> answer = co_await with_deadline(clock, began + deadline_of_a_step, name, std::move(list));
  api::CheckStep& step = steps.emplace_back();
  step.name = std::move(name);
  step.took = std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - began);
  if (answer) {
    step.rows = rows_in(*answer);
  } else {
    step.error = answer.error();
  }
  co_return answer;
}

}  // namespace

asio::awaitable<std::vector<api::CheckStep>> check_account(Account& account, ApiType api_type, Clock& clock) {
  std::vector<api::CheckStep> steps;
  Scope scope;
  if (api_type == ApiType::locational) {
    const auto locations = co_await run_step("list locations", account.locations(), clock, steps);
    if (locations && !locations->rows.empty()) scope.location = locations->rows.front()->name;
  }
  co_await run_step("list instance types", account.instance_types(scope), clock, steps);
  co_await run_step("list instances", account.instances(scope), clock, steps);
  co_return steps;
}

}  // namespace tally
