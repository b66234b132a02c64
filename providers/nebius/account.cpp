#include "providers/nebius/account.hpp"

#include <google/protobuf/stubs/logging.h>

#include <utility>

#include "providers/nebius/changing.hpp"
#include "providers/nebius/reading.hpp"

namespace tally {

const Provider& nebius_provider();

namespace nebius {
namespace {

TenantId tenant_of(const Credential& credential) {
  return make_tenant_id("nebius", credential.fields.at("tenant_id").reveal());
}

/// What cannot be read of a message is told of its row; the library would write a line for each such text as well.
std::unique_ptr<Account> open(AccountContext context) {
  [[maybe_unused]] static const auto as_it_was = google::protobuf::SetLogHandler(nullptr);  // before anything is read
  return std::make_unique<NebiusAccount>(std::move(context));
}

}  // namespace

NebiusAccount::NebiusAccount(AccountContext context)
    : context_(std::move(context)),
      reading_(std::make_unique<Reading>(context_)),
      changing_(std::make_unique<Changing>(context_, *reading_)) {}

NebiusAccount::~NebiusAccount() = default;

TenantId NebiusAccount::tenant_id() const { return tenant_of(context_.credential); }

/// A reboot is a stop and a start: it is offered where that was allowed.
Capabilities NebiusAccount::capabilities() const {
  Capabilities all = description().capabilities;
  if (!option<bool>(context_.credential, description(), options::reboot_by_stop)) {
    std::erase(all, "reboot-instance");
  }
  return all;
}

Task<Answer<Location>> NebiusAccount::locations() { return reading_->locations(); }

Task<Offering> NebiusAccount::instance_types(Scope scope) { return reading_->types(std::move(scope.location)); }

Task<Answer<Instance>> NebiusAccount::instances(Scope scope) { return reading_->instances(std::move(scope.location)); }

Task<Instance> NebiusAccount::instance(InstanceRef instance) { return reading_->instance(std::move(instance)); }

Task<Answer<Image>> NebiusAccount::list_images(Scope scope, ImageQuery /*query*/) {
  return reading_->images(std::move(scope.location));
}

Task<Answer<Quota>> NebiusAccount::list_quotas(Scope scope) { return reading_->quotas(std::move(scope.location)); }

Task<Created> NebiusAccount::create(CreateRequest request) { return changing_->create(std::move(request)); }

Task<> NebiusAccount::remove(Handle handle, std::string location) {
  return changing_->remove(std::move(handle), std::move(location));
}

Task<> NebiusAccount::terminate(InstanceRef instance) { return changing_->terminate(std::move(instance)); }

Task<> NebiusAccount::stop(InstanceRef instance) { return changing_->stop(std::move(instance)); }

Task<> NebiusAccount::start(InstanceRef instance) { return changing_->start(std::move(instance)); }

Task<> NebiusAccount::reboot(InstanceRef instance) { return changing_->reboot(std::move(instance)); }
bool NebiusAccount::is_rebooting(const CloudId& instance) const { return changing_->is_rebooting(instance); }

Task<> NebiusAccount::resize_volume(InstanceRef instance, VolumeResize resize) {
  return changing_->resize(std::move(instance), resize);
}

Task<> NebiusAccount::update_tags(InstanceRef instance, TagChanges changes) {
  return changing_->update_tags(std::move(instance), std::move(changes));
}

Task<> NebiusAccount::change_type(InstanceRef instance, std::string type) {
  return changing_->change_type(std::move(instance), std::move(type));
}

}  // namespace nebius

const Provider& nebius_provider() {
  static const Provider provider{nebius::description(), &nebius::open, &nebius::tenant_of, false};
  return provider;
}

}  // namespace tally
