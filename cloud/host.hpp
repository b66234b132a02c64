// Which hosts are this machine. Pure.
#pragma once

#include <string>

namespace tally {

/// True for "localhost" and addresses of the loopback networks; IPv6 without brackets.
bool is_loopback(const std::string& host);

}  // namespace tally
