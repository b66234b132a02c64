// Which rows of an answer are believed, where nothing is compared with what was known: images and quotas. Pure.
#pragma once

#include "cloud/redactor.hpp"
#include "cloud/result.hpp"
#include "tally/account_list.hpp"
#include "tally/listing.hpp"

namespace tally {

/// An error: nothing of the answer is believed, its poll failed. Rows that are equal under one ID are one; of different
/// ones neither is believed. `T` is Image or Quota.
template <class T>
Result<AccountList<T>> judge_list(const Answer<T>& answer, const ListingKey& list, const Redactor& redactor);

}  // namespace tally
