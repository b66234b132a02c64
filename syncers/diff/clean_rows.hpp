// A credential's secrets taken out of accepted rows: some vendors echo a key in a name, a tag or a message. What
// identifies a row is never altered: a row whose ID holds a secret is not accepted. Pure.
#pragma once

#include "cloud/answer.hpp"
#include "cloud/image.hpp"
#include "cloud/instance.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/location.hpp"
#include "cloud/redactor.hpp"

namespace tally {

/// A secret stands in what identifies the row or says what and where it is.
bool holds_secret(const InstanceType& row, const Redactor& redactor);
bool holds_secret(const Instance& row, const Redactor& redactor);
bool holds_secret(const Location& row, const Redactor& redactor);
bool holds_secret(const Image& row, const Redactor& redactor);
bool holds_secret(const Quota& row, const Redactor& redactor);

/// The row itself, or a copy of it without the secrets in its other texts.
Row<InstanceType> cleaned(const Row<InstanceType>& row, const Redactor& redactor);
Row<Instance> cleaned(const Row<Instance>& row, const Redactor& redactor);
Row<Location> cleaned(const Row<Location>& row, const Redactor& redactor);
Row<Image> cleaned(const Row<Image>& row, const Redactor& redactor);
Row<Quota> cleaned(const Row<Quota>& row, const Redactor& redactor);

}  // namespace tally
