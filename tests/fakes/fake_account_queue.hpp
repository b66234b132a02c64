// An account's queue that takes whatever it is told and remembers it; listings come when the test says so.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tally/account_queue.hpp"

namespace tally::fakes {

class FakeAccountQueue final : public AccountQueue {
 public:
  std::vector<InstanceNews> told;
  std::vector<std::string> poked;
  std::map<std::string, TimePoint> listed;  // by location: when the last complete list began
  std::set<std::string> hiding;             // whose list has rows that nobody can place
  bool takes = true;

  boost::asio::awaitable<bool> tell(InstanceNews news) override {
    told.push_back(std::move(news));
    co_return takes;
  }
  void poke(const std::string& location) override { poked.push_back(location); }
  [[nodiscard]] bool hides_rows(const std::string& location) const override { return hiding.contains(location); }
  boost::asio::awaitable<bool> is_listed_since(std::string location, TimePoint began, TimePoint) override {
    const auto at = listed.find(location);
    co_return at != listed.end() && at->second > began;
  }
};

}  // namespace tally::fakes
