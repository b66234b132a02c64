// A user's own user data beside the script that we have a machine run at its first start. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cloud/result.hpp"

namespace tally {

/// The bytes of a create's user data; "" when there is none. Refused (invalid_request, `user_data_base64`): what is no
/// base64, more than limits::user_data.
Result<std::string> read_user_data(std::string_view base64);

/// For a machine with cloud-init: both, as a MIME multi-part of which our script runs first; only one of them: that as
/// it is. `script` is "" or ASCII that begins with `#!`; `user_data` is bytes. Refused (invalid_request): what
/// cloud-init would not know by its beginning, more than `most_bytes` when merged.
Result<std::string> multipart_user_data(const std::string& script, const std::string& user_data,
                                        std::size_t most_bytes);

/// For a vendor that runs one script: ours, which then has the user's in a file and runs it, when all went well before.
/// Refused: what does not begin with `#!` (not_implemented), more than `most_bytes` when merged (invalid_request).
Result<std::string> script_user_data(const std::string& script, const std::string& user_data, std::size_t most_bytes);

}  // namespace tally
