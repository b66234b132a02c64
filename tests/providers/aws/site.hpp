// An account on EC2's recorded replies, and what it was asked.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/providers/recorded_account.hpp"

namespace tally::fakes {

inline const std::string ec2 = "https://ec2.us-east-1.amazonaws.com/#";
inline const std::string pricing = "https://api.pricing.us-east-1.amazonaws.com/#GetProducts";
inline const std::string quotas = "https://servicequotas.us-east-1.amazonaws.com/#GetServiceQuota";
inline const std::string machine_id = "i-0aee8bc700b5f3b7c";

class Ec2Site : public RecordedAccount {
 public:
  Ec2Site() : RecordedAccount(*find_provider("aws")) {}
  Result<Created> create() { return run((*this)->creates()->create(order)); }
  void refuse(const std::string& action, int status, const std::string& file_name) {
    http.reply(ec2 + action, status, file(file_name));
  }
  /// The bodies of the requests of that action, in order.
  std::vector<std::string> bodies(const std::string& action) {
    std::vector<std::string> all;
    for (const auto& call : http.sent) {
      if (call.body.starts_with("Action=" + action + "&")) all.push_back(call.body);
    }
    return all;
  }
  std::string only(const std::string& action) {
    const auto all = bodies(action);
    REQUIRE(all.size() == 1);
    return all.front();
  }
};

inline void check_has(const std::string& body, const std::vector<std::string>& parameters) {
  for (const std::string& each : parameters) CHECK_THAT("&" + body + "&", Catch::Contains("&" + each + "&"));
}

}  // namespace tally::fakes
