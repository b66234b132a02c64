#include "providers/sfcompute/description.hpp"

#include "providers/sfcompute/account.hpp"

namespace tally::sfcompute {
namespace {

ProviderDescription make() {
  ProviderDescription vendor;
  vendor.name = "sfcompute";
  vendor.provider_id = "sfcompute";
  vendor.aliases = {"sfc"};
  vendor.api_type = ApiType::global;
  vendor.default_endpoint = "https://api.sfcompute.com";
  vendor.ssh_user = "ubuntu";
  vendor.credential_fields = {{"api_key"},
                              {"organization", false, false},
                              {"workspace", false, false},
                              {"api_url", false, false},
                              {"api_path", false, false}};
  vendor.options = {
      {options::pool, std::string("default"), "the pool whose nodes machines run on: its name, ID or resource path"},
      {options::image, std::string(), "the image of new machines; none: the newest public one with CUDA"},
      {options::legacy_nodes, false, "also lists the nodes of the old API, and can end them"},
      {options::prices, OptionTable<Money>(),
       "an hour's price of a node, by SKU (ID or alias) or type; none: the best ask"},
      {options::public_ipv4, false, "new machines get a public IPv4 address, and the host firewall"}};
  vendor.create.takes_user_data = true;
  vendor.create.takes_image = true;
  vendor.create.takes_tags = true;
  vendor.capabilities = capabilities_of<SfcomputeAccount>(vendor.create);
  return vendor;
}

}  // namespace

const ProviderDescription& description() {
  static const ProviderDescription description = make();
  return description;
}

}  // namespace tally::sfcompute
