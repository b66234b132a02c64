// How AWS refuses, in XML (EC2, STS) and in JSON (Pricing, Service Quotas, SSM). Pure.
#pragma once

#include "providers/rest/dialect.hpp"

namespace tally::aws {

Dialect dialect();

/// What helps against a session that is over.
inline constexpr const char* new_session_advice = "give the credential a new session token";

/// Whether a code may mean that the request's date was wrong.
bool may_mean_skew(std::string_view code);

/// Whether a refusal is one that a region which the account has not enabled answers, whatever it is asked: none of
/// something that was named, be it another's image or a product of AWS Marketplace.
bool may_mean_closed_region(const Error& refusal);

}  // namespace tally::aws
