#include "providers/aws/order.hpp"

#include <algorithm>
#include <array>

#include "providers/aws/machines.hpp"
#include "providers/guest/refusal.hpp"
#include "providers/guest/user_data.hpp"
#include "providers/rest/create_attributes.hpp"
#include "runtime/base64.hpp"

namespace tally::aws {
namespace {

constexpr std::array honoured = {
    attributes::sub_location,     attributes::spot,      attributes::image,  attributes::disk_size,
    attributes::additional_disks, attributes::vpc,       attributes::subnet, attributes::firewall,
    attributes::key_pair,         attributes::user_data, attributes::tags};
constexpr std::size_t most_user_data = std::size_t{16} << 10U;
constexpr std::size_t most_tags = 50;
constexpr std::size_t own_tags_count = 4;
constexpr std::ptrdiff_t longest_tag_key = 128;  // characters
constexpr std::ptrdiff_t longest_tag_value = 256;
constexpr std::size_t token_part = 20;
constexpr std::string_view prefix = "tally-";
constexpr std::size_t most_additional_disks = 9;  // /dev/sdf to /dev/sdn

std::optional<Error> find_bad_disk(const CreateRequest& request) {
  if (request.additional_disks.size() > most_additional_disks) {
    return refused(Errc::invalid_request, "additional_disks", "are more than nine");
  }
  for (const Disk& disk : request.additional_disks) {
    if (!disk.size) return refused(Errc::invalid_request, "additional_disks", "have no size");
    if (!disk.mount_path.empty()) {
      return refused(Errc::not_implemented, "additional_disks", "cannot be mounted by EC2: leave out `mount_path`");
    }
  }
  return std::nullopt;
}

/// The tags of a create, our own among them.
std::vector<std::pair<std::string, std::string>> tags_of(const CreateRequest& request,
                                                         const CredentialRef& credential) {
  std::vector<std::pair<std::string, std::string>> tags = {
      {std::string(own_tags::name), request.name.empty() ? request.ref_id.str() : request.name},
      {std::string(own_tags::ref_id), request.ref_id.str()},
      {std::string(own_tags::credential), credential.str()},
      {std::string(own_tags::managed), "true"}};
  tags.insert(tags.end(), request.tags.begin(), request.tags.end());
  return tags;
}

void add_tags(Query& query, int specification, const char* resource,
              const std::vector<std::pair<std::string, std::string>>& tags) {
  const std::string path = "TagSpecification." + std::to_string(specification);
  query.set(path + ".ResourceType", resource);
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const std::string tag = path + ".Tag." + std::to_string(i + 1);
    query.set(tag + ".Key", tags[i].first).set(tag + ".Value", tags[i].second);
  }
}

/// What a key that the machine is to read about itself may not hold.
bool fits_metadata(const std::string& key) {
  return key.find_first_of(" /") == std::string::npos && key != "." && key != ".." && key != "_index";
}

void add_disks(Query& query, const CreateRequest& request, const std::string& root_device) {
  const auto add = [&query](int number, const std::string& device, std::optional<Bytes> size, const std::string& type) {
    const std::string path = "BlockDeviceMapping." + std::to_string(number);
    query.set(path + ".DeviceName", device);
    if (size) query.set(path + ".Ebs.VolumeSize", std::to_string(gib_of(*size)));
    query.set(path + ".Ebs.VolumeType", type.empty() ? "gp3" : type).set(path + ".Ebs.DeleteOnTermination", "true");
  };
  int number = 0;
  if (!root_device.empty()) add(++number, root_device, request.disk_size, "");
  char letter = 'f';
  for (const Disk& disk : request.additional_disks)
    add(++number, std::string("/dev/sd") + letter++, disk.size, disk.type);
}

/// Of UTF-8: the bytes that begin one.
std::ptrdiff_t characters_of(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](unsigned char byte) { return (byte & 0xC0U) != 0x80U; });
}

}  // namespace

std::optional<Error> find_refusal(const CreateRequest& request) {
  if (auto refusal = find_not_honoured(request, honoured)) return refusal;
  if (auto missing = find_missing({{"ref_id", request.ref_id.empty()},
                                   {"token", request.token.empty()},
                                   {"type", request.type.empty()},
                                   {"location", request.location.empty()}})) {
    return missing;
  }
  if (request.public_key.empty() && request.key_pair_name.empty()) {
    return refused(Errc::invalid_request, "public_key", "is missing: nobody could log in");
  }
  const bool is_known_key = request.public_key.empty() || request.public_key.starts_with("ssh-ed25519 ") ||
                            request.public_key.starts_with("ssh-rsa ");
  if (!is_known_key) return refused(Errc::invalid_request, "public_key", "must be RSA or Ed25519: EC2 takes no other");
  if (request.tags.size() > most_tags - own_tags_count) {
    return refused(Errc::invalid_request, "tags", "are more than fit beside tallyd's own four: 46");
  }
  if (auto bad = find_bad_tag(request.tags, why_no_tag)) return bad;
  const Result<std::string> user_data = read_user_data(request.user_data_base64);
  if (!user_data) return user_data.error();
  if (user_data->size() > most_user_data) {
    return refused(Errc::invalid_request, "user_data_base64", "is over 16 KiB, which is all that EC2 takes");
  }
  if (auto bad = find_bad_disk(request)) return bad;
  if (const auto openings = openings_of(request.firewall); !openings) return openings.error();
  return std::nullopt;
}

std::string why_no_tag(const std::string& key, const std::string& value) {
  if (key.empty()) return "has no name";
  if (key.starts_with("aws:")) return "is AWS's own: no tag may begin with aws:";
  if (key == own_tags::name) return "is the machine's name";
  if (key == own_tags::ref_id || key == own_tags::credential || key == own_tags::managed) return "is tallyd's own";
  if (characters_of(key) > longest_tag_key) return "has a name of more than 128 characters";
  if (characters_of(value) > longest_tag_value) return "has a value of more than 256 characters";
  return "";
}

std::string belongings_name(const std::string& token) { return std::string(prefix) + token.substr(0, token_part); }

Query import_key_query(const CreateRequest& request, const CredentialRef& credential) {
  Query query("ImportKeyPair");
  query.set("KeyName", belongings_name(request.token)).set("PublicKeyMaterial", to_base64(request.public_key));
  add_tags(query, 1, "key-pair", tags_of(request, credential));
  return query;
}

Query group_query(const CreateRequest& request, const CredentialRef& credential, const std::string& vpc) {
  Query query("CreateSecurityGroup");
  query.set("GroupName", belongings_name(request.token))
      .set("GroupDescription", "of the machine " + request.ref_id.str());
  query.set("VpcId", vpc);
  add_tags(query, 1, "security-group", tags_of(request, credential));
  return query;
}

Query run_query(const CreateRequest& request, const CredentialRef& credential, const Parts& parts) {
  Query query("RunInstances");
  query.set("ImageId", parts.image.image.id).set("InstanceType", request.type);
  query.set("MinCount", "1").set("MaxCount", "1").set("ClientToken", request.token).set("KeyName", parts.key_name);
  if (!request.user_data_base64.empty()) query.set("UserData", request.user_data_base64);
  query.set("NetworkInterface.1.DeviceIndex", "0").set("NetworkInterface.1.SubnetId", parts.network.subnet);
  query.set("NetworkInterface.1.SecurityGroupId.1", parts.group);
  query.set("NetworkInterface.1.AssociatePublicIpAddress", "true");
  query.set("NetworkInterface.1.DeleteOnTermination", "true");
  add_disks(query, request, parts.image.root_device);
  const auto tags = tags_of(request, credential);
  add_tags(query, 1, "instance", tags);
  add_tags(query, 2, "volume", tags);
  add_tags(query, 3, "network-interface", tags);
  if (request.is_spot) {
    add_tags(query, 4, "spot-instances-request", tags);
    query.set("InstanceMarketOptions.MarketType", "spot");
    query.set("InstanceMarketOptions.SpotOptions.SpotInstanceType", "one-time");
    query.set("InstanceMarketOptions.SpotOptions.InstanceInterruptionBehavior", "terminate");
  }
  query.set("MetadataOptions.HttpTokens", "required").set("MetadataOptions.HttpEndpoint", "enabled");
  const bool fit = std::all_of(tags.begin(), tags.end(), [](const auto& tag) { return fits_metadata(tag.first); });
  if (fit) query.set("MetadataOptions.InstanceMetadataTags", "enabled");
  return query;
}

std::vector<Permission> permissions_of(const std::vector<Opening>& openings, Opening::Way way) {
  std::vector<Permission> permissions;
  for (const Opening& opening : openings) {
    if (opening.way != way) continue;
    std::vector<std::string> networks = {opening.network};
    if (opening.network.empty()) {
      networks = {"0.0.0.0/0", "::/0"};
      if (opening.family == Opening::Family::v4) networks.pop_back();
      if (opening.family == Opening::Family::v6) networks.erase(networks.begin());
    }
    for (const char* protocol : {"tcp", "udp"}) {
      for (const std::string& network : networks) {
        permissions.push_back({protocol, opening.from_port, opening.to_port, network});
      }
    }
  }
  return permissions;
}

std::vector<Permission> ssh_permissions() { return {{"tcp", 22, 22, "0.0.0.0/0"}, {"tcp", 22, 22, "::/0"}}; }

std::vector<Permission> all_traffic() { return {{"-1", 0, 0, "0.0.0.0/0"}, {"-1", 0, 0, "::/0"}}; }

Query permissions_query(const std::string& action, const std::string& group,
                        const std::vector<Permission>& permissions) {
  Query query(action);
  query.set("GroupId", group);
  for (std::size_t i = 0; i < permissions.size(); ++i) {
    const Permission& each = permissions[i];
    const std::string path = "IpPermissions." + std::to_string(i + 1);
    query.set(path + ".IpProtocol", each.protocol);
    if (each.protocol != "-1") {
      query.set(path + ".FromPort", std::to_string(each.from_port)).set(path + ".ToPort", std::to_string(each.to_port));
    }
    query.set(path + (each.is_v6() ? ".Ipv6Ranges.1.CidrIpv6" : ".IpRanges.1.CidrIp"), each.network);
  }
  return query;
}

}  // namespace tally::aws
