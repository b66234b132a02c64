// What a create asks EC2 for. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cloud/create_request.hpp"
#include "cloud/error.hpp"
#include "providers/aws/images.hpp"
#include "providers/aws/query.hpp"
#include "providers/guest/openings.hpp"

namespace tally::aws {

/// Why it cannot be asked for, whatever the vendor says; nothing: it can.
std::optional<Error> find_refusal(const CreateRequest& request);

/// Why a tag may not be set or taken away; "" when it may.
std::string why_no_tag(const std::string& key, const std::string& value);

/// "tally-" and the beginning of the token: of the key pair and the security group of one call, whose machine has that
/// token, too.
std::string belongings_name(const std::string& token);

struct Network {
  std::string vpc;
  std::string subnet;
  std::string zone;
};

struct Parts {
  ImageFacts image;
  Network network;
  std::string key_name;
  std::string group;
};

Query import_key_query(const CreateRequest& request, const CredentialRef& credential);
Query group_query(const CreateRequest& request, const CredentialRef& credential, const std::string& vpc);
Query run_query(const CreateRequest& request, const CredentialRef& credential, const Parts& parts);

/// Both protocols for each opening, which says none; one of any family is one for IPv4 and one for IPv6.
struct Permission {
  std::string protocol;  // "tcp", "udp", "-1"
  std::int32_t from_port = 0;
  std::int32_t to_port = 0;
  std::string network;  // CIDR

  [[nodiscard]] bool is_v6() const { return network.find(':') != std::string::npos; }
  bool operator==(const Permission&) const = default;
};
std::vector<Permission> permissions_of(const std::vector<Opening>& openings, Opening::Way way);
/// SSH from anywhere.
std::vector<Permission> ssh_permissions();
/// All to anywhere, as a new group has for what goes out; over IPv6 where its network has that.
std::vector<Permission> all_traffic();
/// "AuthorizeSecurityGroupIngress" and the like.
Query permissions_query(const std::string& action, const std::string& group,
                        const std::vector<Permission>& permissions);

}  // namespace tally::aws
